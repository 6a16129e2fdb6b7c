import { describe, expect, it } from 'vitest'
import type { BreakerFactory } from '../fleet/breaker.ts'
import { scenarioNamed } from '../scenario/library.ts'
import type { Scenario } from '../scenario/scenario.ts'
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

  it.each(['global-table', 'record-restored'])(
    'of %s is the same for the same seed, as revisions grow by its seed',
    async name => {
      const once = await simulate(scenarioNamed(name), { seed: 4, size: 2, detail: true })
      expect(await simulate(scenarioNamed(name), { seed: 4, size: 2, detail: true })).toEqual(once)
    },
  )

  it('is not changed by recording its details', async () => {
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
    const { timeline, heatMap, measures } = await simulate(outage, { seed: 2, size: 10, detail: true })
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
    expect(sum(timeline.offered)).toBe(measures.calls)
    expect(sum(timeline.shed)).toBe(measures.shed)
    expect(
      new Set(Object.values(timeline).flatMap(values => (Array.isArray(values) ? [values.length] : []))),
    ).toEqual(new Set([150]))
    expect(heatMap.rows.length).toBeGreaterThanOrEqual(10)
    expect(heatMap.rows.join('')).toMatch(/c.*o/)
  })
})

describe('the dependency and the fleet do what a scenario says', () => {
  const scenarioWith = (more: Partial<Scenario>): Scenario => ({
    name: 'story',
    title: 'A scenario of a test.',
    durationMs: 20_000,
    sizes: [10],
    fleet: { callsPerSecond: 50 },
    events: [],
    ...more,
  })
  const run = (more: Partial<Scenario>) => simulate(scenarioWith(more), { seed: 1, size: 10 })

  it('without events every call is answered', async () => {
    const { measures } = await run({})
    expect(measures).toMatchObject({ failed: 0, shed: 0, opens: 0, writes: 0, goodput: 1 })
  })

  it('a fleet frozen by a load of 0 makes no calls', async () => {
    const { measures } = await run({ events: [{ atMs: 0, loadFactor: 0 }] })
    expect(measures.calls).toBe(0)
  })

  it('a burst beyond the limit of environments turns calls away', async () => {
    const { measures } = await run({ events: [{ atMs: 5_000, burst: 5 }] })
    expect(measures.turnedAway).toBeGreaterThan(0)
  })

  it('killed environments lose their calls and are replaced', async () => {
    const { measures } = await run({ events: [{ atMs: 5_000, kill: 1 }] })
    expect(measures.lost).toBeGreaterThan(0)
    expect(measures.succeeded + measures.lost).toBeGreaterThan(measures.calls - 20)
  })

  it('Regions whose tables differ in the end have not converged', async () => {
    const outageOf = (replicationMs: number) =>
      run({
        policy: { recoveryMs: 0 },
        regions: { replicationMs },
        events: [{ atMs: 5_000, dependency: { mode: 'outage' } }],
      })
    const [soon, never] = [await outageOf(100), await outageOf(10_000_000)]
    const converges = ({ violations }: typeof soon) =>
      violations.flatMap(({ invariant, message }) => (invariant === 'converges' ? [message] : []))
    expect(converges(soon)).toEqual([])
    expect(converges(never)).toEqual([expect.stringMatching(/^Regions differ in .+ state/)])
  })

  it('an expectation that is not met is a violation with a trace', async () => {
    const { violations } = await run({
      events: [{ atMs: 5_000, dependency: { mode: 'outage' } }],
      expect: { opens: [0, 0] },
    })
    expect(violations).toMatchObject([
      { invariant: 'expected', message: expect.stringContaining('expected 0 to 0') },
    ])
    expect(violations[0]!.trace.length).toBeGreaterThan(0)
  })
})

describe('a custom breaker', () => {
  const none: BreakerFactory = {
    name: 'none',
    create: () => ({
      state: 'c',
      run: call =>
        call().then(
          () => 'success',
          () => 'failure',
        ),
    }),
  }

  it('handles the calls in place of the circuit, under its own name', async () => {
    const { breaker, measures, violations } = await simulate(outage, { seed: 1, size: 10, breaker: none })
    expect([breaker, violations]).toEqual(['none', []])
    expect(measures).toMatchObject({ shed: 0, opens: 0, reads: 0, writes: 0 })
    expect(measures.failed).toBeGreaterThan(300)
  })

  it('sees each call end at the time limit, and may wrap the whole run', async () => {
    const hang = scenarioNamed('hang')
    const times: number[] = []
    const wrapRun = async (now: () => number, run: () => Promise<void>) => {
      times.push(now())
      await run()
      times.push(now())
    }
    const { measures } = await simulate(hang, { seed: 1, size: 10, breaker: { ...none, wrapRun } })
    expect(times[1]! - times[0]!).toBe(hang.durationMs + 60_000)
    expect(measures.failed).toBeGreaterThan(50)
  })

  it('has its openings counted by the state that it keeps in the table', async () => {
    const writing: BreakerFactory = {
      name: 'writing',
      create: ({ table }) => ({
        state: 'c',
        run: async call => {
          if (await table.get('circuit', true)) return 'rejected'
          await call().catch(() => table.put('circuit', { state: 'OPEN' }))
          return 'success'
        },
      }),
    }
    const { measures } = await simulate(outage, { seed: 1, size: 10, breaker: writing })
    expect(measures.opens).toBe(1)
    expect(measures.shed).toBeGreaterThan(0)
  })
})

describe('bad options', () => {
  it.each([
    [{ seed: 1, size: 0 }, 'simulate: size: got 0; allowed is a whole number above 0'],
    [{ seed: -1, size: 1 }, 'simulate: seed: got -1'],
    [{ seed: 1, size: 1, breaker: 'cockatiel' as never }, 'simulate: breaker: got "cockatiel"'],
    [{ seed: 1, size: 1, scheme: 'all' } as never, 'simulate: option: got "scheme"'],
  ])('are refused: %o', async (options, message) => {
    await expect(simulate(outage, options)).rejects.toThrow(message)
  })
})
