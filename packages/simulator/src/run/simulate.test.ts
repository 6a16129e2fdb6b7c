import { describe, expect, it } from 'vitest'
import { scenarioNamed } from '../scenario/library.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { schemeNames } from '../schemes.ts'
import { simulate } from './simulate.ts'

const outage = scenarioNamed('outage')

describe('a run', () => {
  it('is the same for the same seed, and another for another', async () => {
    const [once, again, other] = [
      await simulate(outage, { seed: 7, size: 10, detail: true }),
      await simulate(outage, { seed: 7, size: 10, detail: true }),
      await simulate(outage, { seed: 8, size: 10, detail: true }),
    ]
    expect(again).toEqual(once)
    expect(other.measures).not.toEqual(once.measures)
  })

  it('is not changed by being looked at closely', async () => {
    const { measures } = await simulate(outage, { seed: 7, size: 10 })
    expect((await simulate(outage, { seed: 7, size: 10, detail: true })).measures).toEqual(measures)
  })

  it('accounts for every call', async () => {
    for (const name of ['outage', 'killed-probers', 'cold-start-storm', 'table-down']) {
      const { measures } = await simulate(scenarioNamed(name), { seed: 3, size: 10 })
      const { calls, succeeded, failed, shed, turnedAway, lost } = measures
      // Those still under way when the load ends are not counted as ended.
      const ended = succeeded + failed + shed + turnedAway + lost
      expect(calls - ended).toBeGreaterThanOrEqual(0)
      expect(calls - ended).toBeLessThanOrEqual(20)
    }
  })

  it('has a time line that adds up, and a row for each environment', async () => {
    const { timeline, heat, measures } = await simulate(outage, { seed: 2, size: 10, detail: true })
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
    expect(sum(timeline.offered)).toBe(measures.calls)
    expect(sum(timeline.shed)).toBe(measures.shed)
    expect(
      new Set(Object.values(timeline).flatMap(values => (Array.isArray(values) ? [values.length] : []))),
    ).toEqual(new Set([150]))
    expect(heat.rows.length).toBeGreaterThanOrEqual(10)
    expect(heat.rows.join('')).toMatch(/c.*o/)
  })
})

describe('the dependency and the fleet do what a scenario says', () => {
  const story = (more: Partial<Scenario>): Scenario => ({
    name: 'story',
    title: 'A story.',
    durationMs: 20_000,
    sizes: [10],
    fleet: { callsPerSecond: 50 },
    happenings: [],
    ...more,
  })
  const run = (more: Partial<Scenario>) => simulate(story(more), { seed: 1, size: 10 })

  it('nothing happens: every call is answered', async () => {
    const { measures } = await run({})
    expect(measures).toMatchObject({ failed: 0, shed: 0, opens: 0, writes: 0, goodput: 1 })
  })

  it('a fleet frozen by a load of 0 makes no calls', async () => {
    const { measures } = await run({ happenings: [{ atMs: 0, loadFactor: 0 }] })
    expect(measures.calls).toBe(0)
  })

  it('a burst beyond the limit of environments turns calls away', async () => {
    const { measures } = await run({ happenings: [{ atMs: 5_000, burst: 5 }] })
    expect(measures.turnedAway).toBeGreaterThan(0)
  })

  it('killed environments lose their calls and are replaced', async () => {
    const { measures } = await run({ happenings: [{ atMs: 5_000, kill: 1 }] })
    expect(measures.lost).toBeGreaterThan(0)
    expect(measures.succeeded + measures.lost).toBeGreaterThan(measures.calls - 20)
  })

  it('what a scenario expects and does not get is a violation with a trace', async () => {
    const { violations } = await run({
      happenings: [{ atMs: 5_000, dependency: { mode: 'outage' } }],
      expect: { opens: [0, 0] },
    })
    expect(violations).toMatchObject([
      { invariant: 'expected', message: expect.stringContaining('expected 0 to 0') },
    ])
    expect(violations[0]!.trace.length).toBeGreaterThan(0)
  })
})

describe('other breakers', () => {
  it.each(schemeNames)('%s opens in an outage and lets calls through again after it', async scheme => {
    const { measures } = await simulate(outage, { seed: 1, size: 10, scheme })
    expect(measures.shed).toBeGreaterThan(0)
    expect(measures.succeeded).toBeGreaterThan(250)
  })

  it('real time is back after a run under the virtual date', async () => {
    await simulate(outage, { seed: 1, size: 1, scheme: 'cockatiel' })
    expect(Math.abs(Date.now() - performance.timeOrigin - performance.now())).toBeLessThan(60_000)
  })
})
