import { describe, expect, it } from 'vitest'
import type { RunResult, StateChange } from '../run/result.ts'
import { simulate } from '../run/simulate.ts'
import { scenarioNamed } from '../scenario/library.ts'
import { courseOf } from './course.ts'

const outage = await simulate(scenarioNamed('outage'), { seed: 1, size: 20, detail: true })
const textOf = (run: RunResult) => courseOf(run).replaceAll('&nbsp;', ' ')
const change = (to: string, atMs: number): StateChange => ({
  atMs,
  from: '',
  to,
  generation: 1,
  reason: '',
  environment: 'env-1',
})

/** An outage from 16.6 s to 45 s; the circuit closes at 54.2 s, and ramps for ten seconds. */
const recovered: RunResult = {
  ...outage,
  durationMs: 75_000,
  faults: [{ fromMs: 16_600, toMs: 45_000, label: 'outage' }],
  transitions: [change('OPEN', 16_672), change('HALF_OPEN', 54_140), change('CLOSED', 54_226)],
  measures: { ...outage.measures, openedMs: 72, closedMs: 86 },
  timeline: {
    ...outage.timeline,
    bucketMs: 500,
    shed: Array.from({ length: 150 }, (_, bucket) => (bucket >= 33 && bucket < 129 ? 500 : 0)),
  },
}

describe('the course of a run', () => {
  it('hid behind 86 ms to close when the outage ended, the circuit closed and all calls flowed', () => {
    const text = textOf(recovered)
    expect(text).toContain(
      'Faults: outage from 16.6 s to 45 s. The circuit opened at 16.7 s, 72 ms after the outage',
    )
    expect(text).toContain(
      'The fault ended at 45 s; the circuit closed at 54.2 s, 9.2 s later: 9.1 s of open time and 86 ms of probes.',
    )
    expect(text).toContain('From 64.5 s on no call was shed: full traffic 19.5 s after the fault.')
  })

  it('counts from the fault of the dependency, although the table broke first', () => {
    const faults = [{ fromMs: 10_000, toMs: 10_000, label: 'table: down' }, ...recovered.faults]
    const text = textOf({ ...recovered, faults })
    expect(text).toContain('Faults: table: down at 10 s, outage from 16.6 s to 45 s.')
    expect(text).toContain('72 ms after the outage began')
    expect(text).toContain('The last fault ended at 45 s')
  })

  it('says what did not come to an end', () => {
    expect(textOf({ ...recovered, faults: [{ fromMs: 16_600, toMs: 75_000, label: 'outage' }] })).toContain(
      'outage from 16.6 s to the end.',
    )
    expect(textOf({ ...recovered, transitions: recovered.transitions.slice(0, 2) })).toContain(
      'At the end of the run the circuit was HALF_OPEN.',
    )
    const shed = recovered.timeline.shed.map(() => 1)
    expect(textOf({ ...recovered, timeline: { ...recovered.timeline, shed } })).toContain(
      'Calls were shed until the end of the run.',
    )
    const again = [...recovered.transitions, change('OPEN', 56_000), change('CLOSED', 60_000)]
    expect(textOf({ ...recovered, transitions: again })).toContain(
      'closed at 60 s, 15 s later, after 1 more opening.',
    )
  })

  it('names three faults, and counts the others', () => {
    const faults = [1, 2, 3, 4, 5].map(n => ({
      fromMs: n * 10_000,
      toMs: n * 10_000 + 5_000,
      label: 'outage',
    }))
    expect(textOf({ ...recovered, faults })).toMatch(
      /30 s to 35 s and 2 more, the last of them outage from 50 s/,
    )
  })

  it('is short where nothing happened', () => {
    const measures = { ...outage.measures, openedMs: undefined, opens: 0, shed: 0, reachedWhileDown: 0 }
    const quiet = { ...measures, firstShedMs: undefined, lastShedMs: undefined }
    expect(textOf({ ...recovered, faults: [], transitions: [], measures: quiet })).toBe(
      'Nothing was broken in these 75 s. The circuit stayed closed, no call was shed.',
    )
  })
})
