import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runs } from '../../../../test/tier.ts'
import type { LabelChange, Source } from '../model.ts'
import { detectLabelChange, type LabelChangeEvent } from './label-change.ts'

const start = Date.UTC(2026, 0, 1)

/** What happens to a secret: its label moves to a version, its tags change, it is looked up without an event. */
const happening = fc.record({
  // Far enough apart that no event can be taken for one of the label change before.
  afterMs: fc.oneof(fc.integer({ min: 11_000, max: 40_000 }), fc.integer({ min: 11_000, max: 3_600_000 })),
  what: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom('A', 'A', 'B', 'B', 'C') },
    { weight: 1, arbitrary: fc.constantFrom('tags' as const, 'look' as const) },
  ),
  /** When each copy of the label change's event arrives; none where it is lost. */
  native: fc.oneof(
    fc.constantFrom([], [], [800]),
    fc.array(fc.integer({ min: 500, max: 7_200_000 }), { minLength: 1, maxLength: 3 }),
  ),
  /** The same of the event of CloudTrail. */
  trail: fc.oneof(fc.constantFrom([], [], []), fc.tuple(fc.integer({ min: 500, max: 7_200_000 }))),
})

type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never

interface State {
  readonly current: string
  readonly previous: string
  readonly changedAt: number
  readonly movedAt: number
  readonly labelChanges: number
}

/** Plays a history in the order of time, and shows each look at the secret. */
function play(history: readonly Happening[]) {
  let at = start
  let state: State = { current: 'A', previous: 'C', changedAt: start, movedAt: start, labelChanges: 0 }
  const states: (State & { at: number })[] = [{ ...state, at }]
  const looks: { at: number; event?: LabelChangeEvent; labelChange?: number }[] = [{ at: start + 1 }]
  for (const { afterMs, what, native, trail } of history) {
    at += afterMs
    if (what === 'look') looks.push({ at })
    else if (what === 'tags') state = { ...state, changedAt: at }
    else if (what !== state.current) {
      const { current: previous, labelChanges } = state
      state = { current: what, previous, changedAt: at, movedAt: at, labelChanges: labelChanges + 1 }
      const eventAt = Math.floor(at / 1_000) * 1_000
      const moved = { versionId: what, at: eventAt, origin: 'label-updated' } as const
      for (const delay of native)
        looks.push({ at: at + delay, event: moved, labelChange: state.labelChanges })
      const rotated = { at: eventAt + 1_000, origin: 'rotation-succeeded' } as const
      for (const delay of trail) looks.push({ at: at + delay + 1_000, event: rotated })
    }
    states.push({ ...state, at })
  }
  looks.sort((one, other) => one.at - other.at)
  return looks.map(look => ({ ...look, state: states.findLast(({ at }) => at <= look.at)! }))
}

const sourceOf = ({ current, previous, changedAt }: State): Source => ({
  kind: 'secret',
  arn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-a1b2c3',
  name: 'db',
  labels: { AWSCURRENT: current, AWSPREVIOUS: previous },
  changedAt,
})

it('detectLabelChange knows the version, counts each visible change once, and never takes one to be too early', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 12, size: 'max' }), history => {
      let record: LabelChange | undefined
      /** Label changes that are accounted for by the record. */
      let counted = 0
      for (const { at, event, labelChange: reported, state } of play(history)) {
        const given = { source: sourceOf(state), label: 'AWSCURRENT', now: at, ...(event && { event }) }
        const before = record
        const { labelChange, change } = detectLabelChange({ ...given, ...(before && { record: before }) })
        record = labelChange!
        expect(record.versionId).toBe(state.current)
        expect(record.sequence - (before?.sequence ?? 0)).toBe(change === 'new' ? 1 : 0)
        expect(record.movedAt).toBeLessThanOrEqual(Math.max(state.changedAt, before?.movedAt ?? 0))

        // What can be seen: another version, another one before it, or an event of a label change not counted yet.
        const visible =
          before?.versionId !== state.current ||
          before.previous !== state.previous ||
          (reported !== undefined && reported > counted)
        expect(change).toBe(
          visible ? 'new' : event?.versionId && event.versionId !== state.current ? 'old' : 'same',
        )
        if (visible) counted = state.labelChanges
        // Services that began before the label change are to count as stale; those that began in its second do anyway.
        if (counted === state.labelChanges) expect(record.movedAt).toBeGreaterThan(state.movedAt - 1_000)

        const again = detectLabelChange({ ...given, record })
        expect(again.change).not.toBe('new')
        expect(again.labelChange).toBe(record)
      }
    }),
    { seed: 6, numRuns: runs(150, 2_000) },
  )
})

it('detectLabelChange misses no label that is away and back within seconds', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 9_000 }), { minLength: 2, maxLength: 2 })
  fc.assert(
    fc.property(gaps, fc.boolean(), ([away = 0, back = 0], lostFirst) => {
      const state = { current: 'A', previous: 'B', changedAt: start, movedAt: start, labelChanges: 0 }
      const eventAt = (at: number) => Math.floor(at / 1_000) * 1_000
      const first: LabelChangeEvent = { versionId: 'A', at: start, origin: 'label-updated' }
      const look = { label: 'AWSCURRENT', now: start + 20_000 }
      const seen = detectLabelChange({
        ...look,
        source: sourceOf(state),
        ...(!lostFirst && { event: first }),
      }).labelChange!
      const returned = start + away + back
      const again = detectLabelChange({
        ...look,
        record: seen,
        source: sourceOf({ ...state, changedAt: returned }),
        event: { ...first, at: eventAt(returned) },
      }).labelChange!
      expect(again.movedAt).toBeGreaterThan(returned - 1_000)
    }),
    { seed: 6, numRuns: runs(100, 2_000) },
  )
})
