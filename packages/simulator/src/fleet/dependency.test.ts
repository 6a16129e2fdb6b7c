import { describe, expect, it } from 'vitest'
import { Engine } from '../engine/engine.ts'
import { Random } from '../engine/random.ts'
import { Dependency } from './dependency.ts'
import type { DependencyOptions } from './dependency-options.ts'

/** A dependency and its callers. */
class Harness {
  readonly engine = new Engine(0)
  readonly random: Random
  readonly dependency: Dependency
  /** When and how each call ended, in the order of the answers. */
  readonly answers: { readonly from: number; readonly at: number; readonly ok: boolean }[] = []

  constructor(options: DependencyOptions = {}, seed = 1) {
    this.random = new Random(seed)
    this.dependency = new Dependency(this.engine, this.random.fork('dependency'), options)
  }

  calls(count: number, broken = false): void {
    const from = this.engine.now
    for (let call = 0; call < count; call++) {
      this.dependency.call(({ ok }) => this.answers.push({ from, at: this.engine.now, ok }), broken)
    }
  }

  /** Calls arrive as a Poisson process from now on; the rate may depend on the time since then, ms. */
  async load(forMs: number, perSecond: number | ((ms: number) => number)): Promise<void> {
    const start = this.engine.now
    const random = this.random.fork(`arrivals at ${start}`)
    const peak = typeof perSecond === 'number' ? perSecond : 1_000
    const arrive = () => {
      const ms = this.engine.now - start
      if (typeof perSecond === 'number' || random.chance(perSecond(ms) / peak)) this.calls(1)
      next()
    }
    const next = () => {
      const at = this.engine.now + random.exponential(1_000 / peak)
      if (at < start + forMs) this.engine.at(at, arrive)
    }
    next()
    await this.engine.run(start + forMs)
  }

  pass(ms: number): Promise<void> {
    return this.engine.run(this.engine.now + ms)
  }

  get times(): number[] {
    return this.answers.map(({ from, at }) => at - from).sort((a, b) => a - b)
  }

  get okShare(): number {
    return this.answers.filter(({ ok }) => ok).length / this.answers.length
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
/** The distance from the expected value, as a share of it. */
const deviation = (value: number, expected: number) => Math.abs(value / expected - 1)
/** 50 servers at 20 calls a second each. */
const fragile: DependencyOptions = {
  sigma: 0,
  servers: 50,
  collapse: { backlog: 200, restartMs: 2_000, warmUpMs: 10_000, coldShare: 0.1 },
}

describe('a healthy dependency', () => {
  it('answers in lognormal times, half of them below the median, never before call() has returned', async () => {
    const on = new Harness()
    on.calls(4_000)
    expect(on.answers).toHaveLength(0)
    expect(on.dependency.inFlight).toBe(4_000)
    await on.pass(1_000)
    expect(deviation(on.times[2_000]!, 50)).toBeLessThan(0.03)
    // The 97.7th percentile is two sigmas up.
    expect(deviation(on.times[3_909]!, 50 * Math.exp(0.6))).toBeLessThan(0.05)
    expect(on.okShare).toBe(1)
    const { calls, succeeded, failed, inFlight, backlog, down, healthySince } = on.dependency
    expect({ calls, succeeded, failed, inFlight }).toEqual({
      calls: 4_000,
      succeeded: 4_000,
      failed: 0,
      inFlight: 0,
    })
    expect({ backlog, down, healthySince }).toEqual({ backlog: 0, down: false, healthySince: 0 })
  })

  it('fails a share of the calls, by errorRate', async () => {
    const on = new Harness({ errorRate: 0.1 })
    on.calls(4_000)
    await on.pass(1_000)
    expect(deviation(on.dependency.failed, 400)).toBeLessThan(0.1)
    expect(deviation(on.okShare, 0.9)).toBeLessThan(0.02)
  })

  it('fails the calls of a broken caller fast, and spends no server on them', async () => {
    const on = new Harness({ servers: 1, queueLimit: 0, sigma: 0 })
    on.calls(3, true)
    expect(on.dependency).toMatchObject({ inFlight: 3, backlog: 0 })
    on.calls(1)
    await on.pass(1_000)
    expect(on.answers.map(({ at, ok }) => [at, ok])).toEqual([
      [20, false],
      [20, false],
      [20, false],
      [50, true],
    ])
  })
})

describe('a dependency of limited capacity', () => {
  it('serves no more at once than it has servers; the others wait in line', async () => {
    const on = new Harness({ servers: 2, sigma: 0 })
    on.calls(5)
    expect(on.dependency).toMatchObject({ inFlight: 5, backlog: 3 })
    await on.pass(50)
    expect(on.dependency).toMatchObject({ inFlight: 3, backlog: 1 })
    await on.pass(1_000)
    expect(on.times).toEqual([50, 50, 100, 100, 150])
  })

  it('serves calls in the order of their arrival: a caller that calls again on an answer does not jump the queue', async () => {
    const on = new Harness({ servers: 1, sigma: 0 })
    const order: string[] = []
    on.dependency.call(() => {
      order.push('a')
      on.dependency.call(() => order.push('a again'))
    })
    on.dependency.call(() => order.push('b'))
    on.dependency.call(() => order.push('c'))
    await on.pass(50)
    expect(on.dependency).toMatchObject({ inFlight: 3, backlog: 2 })
    await on.pass(1_000)
    expect(order).toEqual(['a', 'b', 'c', 'a again'])
  })

  it('refuses a call at once when the queue is full', async () => {
    const on = new Harness({ servers: 1, queueLimit: 2, sigma: 0 })
    on.calls(5)
    expect(on.answers).toHaveLength(0)
    await on.pass(0)
    expect(on.answers).toEqual([
      { from: 0, at: 0, ok: false },
      { from: 0, at: 0, ok: false },
    ])
    await on.pass(1_000)
    expect(on.dependency).toMatchObject({ calls: 5, succeeded: 3, failed: 2, inFlight: 0 })
  })

  it('caps the throughput under too much load', async () => {
    const on = new Harness({ servers: 10, queueLimit: 100 })
    await on.load(20_000, 400)
    const capacity = (10 / (50 * Math.exp(0.3 ** 2 / 2))) * 1_000
    expect(deviation(on.dependency.succeeded / 20, capacity)).toBeLessThan(0.03)
    expect(on.dependency.backlog).toBeGreaterThan(90)
  })

  it('makes calls wait as queueing theory says (Pollaczek-Khinchine)', async () => {
    const on = new Harness({ servers: 1, latencyMs: 10 })
    await on.load(400_000, 60)
    const service = 10 * Math.exp(0.3 ** 2 / 2)
    const square = 100 * Math.exp(2 * 0.3 ** 2)
    const wait = (0.06 * square) / (2 * (1 - 0.06 * service))
    expect(deviation(mean(on.times), service + wait)).toBeLessThan(0.05)
  })

  it('goes on with the work of a caller that gave up', async () => {
    const on = new Harness({ servers: 1, sigma: 0 })
    for (let call = 0; call < 3; call++) on.dependency.call(() => {})
    on.calls(1)
    await on.pass(1_000)
    expect(on.times).toEqual([200])
    expect(on.dependency.succeeded).toBe(4)
  })
})

describe('a dependency with faults', () => {
  it('fails its share of the calls in a brownout, in the usual time, on top of the noise', async () => {
    const on = new Harness({ errorRate: 0.2 })
    on.dependency.condition = { mode: 'brownout', errorRate: 0.5 }
    on.calls(4_000)
    expect(on.dependency.down).toBe(false)
    await on.pass(1_000)
    expect(deviation(on.okShare, 0.4)).toBeLessThan(0.05)
    expect(deviation(on.times[2_000]!, 50)).toBeLessThan(0.03)
  })

  it('takes a multiple of the time when slow, and fails nothing', async () => {
    const on = new Harness({ sigma: 0 })
    on.calls(1)
    on.dependency.condition = { mode: 'slow', factor: 4 }
    on.calls(2)
    await on.pass(100)
    on.dependency.condition = { mode: 'healthy' }
    on.calls(1)
    await on.pass(1_000)
    expect(on.answers.map(({ at, ok }) => [at, ok])).toEqual([
      [50, true],
      [150, true],
      [200, true],
      [200, true],
    ])
    expect(on.dependency.healthySince).toBe(100)
  })

  it('loses servers to slowness: the throughput falls by the factor', async () => {
    const on = new Harness({ servers: 10, sigma: 0, queueLimit: 50 })
    on.dependency.condition = { mode: 'slow', factor: 4 }
    await on.load(20_000, 200)
    expect(deviation(on.dependency.succeeded / 20, 50)).toBeLessThan(0.03)
  })

  it('fails everything in an outage, what is served and what waits included', async () => {
    const on = new Harness({ servers: 1, sigma: 0 })
    on.calls(3)
    await on.pass(10)
    on.dependency.condition = { mode: 'outage' }
    expect(on.dependency).toMatchObject({ down: true, inFlight: 3, backlog: 0 })
    on.calls(2)
    await on.pass(90)
    expect(on.answers.map(({ at, ok }) => [at, ok])).toEqual(Array(5).fill([30, false]))
    expect(on.dependency).toMatchObject({ reachedWhileDown: 2, failed: 5, healthySince: 0 })
    on.dependency.condition = { mode: 'healthy' }
    expect(on.dependency).toMatchObject({ down: false, healthySince: 100 })
    on.calls(1)
    await on.pass(1_000)
    expect(on.answers.at(-1)).toEqual({ from: 100, at: 150, ok: true })
    expect(on.dependency.reachedWhileDown).toBe(2)
  })

  it('fails a call that began in the outage and is pending when it ends', async () => {
    const on = new Harness({ sigma: 0 })
    on.dependency.condition = { mode: 'outage' }
    on.calls(1)
    await on.pass(10)
    on.dependency.condition = { mode: 'healthy' }
    await on.pass(1_000)
    expect(on.answers).toEqual([{ from: 0, at: 20, ok: false }])
  })

  it('answers no call while it hangs, and fails them all when the outage ends', async () => {
    const on = new Harness({ servers: 1, sigma: 0 })
    on.calls(2)
    await on.pass(10)
    on.dependency.condition = { mode: 'outage', hang: true }
    on.calls(2)
    await on.pass(60_000)
    expect(on.answers).toHaveLength(0)
    expect(on.dependency).toMatchObject({ inFlight: 4, backlog: 0, reachedWhileDown: 2 })
    on.dependency.condition = { mode: 'healthy' }
    await on.pass(1_000)
    expect(on.answers.map(({ at, ok }) => [at, ok])).toEqual(Array(4).fill([60_030, false]))
    expect(on.dependency).toMatchObject({ inFlight: 0, failed: 4 })
  })

  it('answers a broken caller though it hangs, and does not count that call as reached', async () => {
    const on = new Harness({ sigma: 0 })
    on.dependency.condition = { mode: 'outage', hang: true }
    on.calls(1, true)
    await on.pass(1_000)
    expect(on.answers).toEqual([{ from: 0, at: 20, ok: false }])
    expect(on.dependency.reachedWhileDown).toBe(0)
  })

  it('takes a second outage for the same one when only hang changes', async () => {
    const on = new Harness({ sigma: 0 })
    on.dependency.condition = { mode: 'outage', hang: true }
    on.calls(1)
    on.dependency.condition = { mode: 'outage' }
    on.calls(1)
    await on.pass(100)
    expect(on.times).toEqual([20, 20])
  })

  it('is not healthy before the last fault is over', async () => {
    const on = new Harness()
    on.dependency.condition = { mode: 'outage' }
    await on.pass(100)
    on.dependency.condition = { mode: 'slow', factor: 2 }
    await on.pass(100)
    expect(on.dependency.healthySince).toBe(0)
    on.dependency.condition = { mode: 'healthy' }
    await on.pass(100)
    on.dependency.condition = { mode: 'healthy' }
    expect(on.dependency.healthySince).toBe(200)
  })
})

describe('a collapse', () => {
  /** Has one call more than its servers and its queue can take. */
  const collapsed = async (options: DependencyOptions = fragile) => {
    const on = new Harness(options)
    on.calls(251)
    await on.pass(0)
    return on
  }

  it('comes when more calls wait than it can take, and no sooner', async () => {
    const on = new Harness(fragile)
    on.calls(250)
    expect(on.dependency).toMatchObject({ down: false, backlog: 200, collapses: 0 })
    on.calls(1)
    expect(on.dependency).toMatchObject({ down: true, backlog: 0, collapses: 1, inFlight: 251 })
    await on.pass(20)
    expect(on.dependency).toMatchObject({ failed: 251, inFlight: 0 })
  })

  it('does not come when the queue is kept short', async () => {
    const on = await collapsed({ ...fragile, queueLimit: 200 })
    expect(on.dependency).toMatchObject({ down: false, collapses: 0, failed: 1 })
  })

  it('fails everything fast until the restart; that is no outage of the scenario', async () => {
    const on = await collapsed()
    await on.pass(1_990)
    on.answers.length = 0
    on.calls(1)
    await on.pass(10)
    expect(on.dependency).toMatchObject({ down: false, healthySince: 2_000, reachedWhileDown: 0 })
    await on.pass(100)
    expect(on.answers).toEqual([{ from: 1_990, at: 2_010, ok: false }])
  })

  it('starts cold and gets warmer in a straight line', async () => {
    const on = await collapsed()
    await on.pass(2_000)
    on.answers.length = 0
    const at: number[] = []
    for (const from of [0, 5_000, 9_990, 10_000]) {
      await on.engine.run(2_000 + from)
      on.calls(1)
    }
    await on.pass(1_000)
    for (const { from, at: to } of on.answers) {
      // The area under the line of its speed is the work it did.
      const speed = (ms: number) => Math.min(1, 0.1 + (0.9 * (ms - 2_000)) / 10_000)
      const steps = 10_000
      let work = 0
      for (let step = 0; step < steps; step++) work += speed(from + ((to - from) * (step + 0.5)) / steps)
      at.push((work / steps) * (to - from))
    }
    expect(at).toHaveLength(4)
    for (const work of at) expect(deviation(work, 50)).toBeLessThan(1e-4)
    expect(on.times.at(-1)).toBeGreaterThan(400)
    expect(on.times[0]).toBe(50)
  })

  it('starts cold after an outage, too', async () => {
    const on = new Harness(fragile)
    on.dependency.condition = { mode: 'outage' }
    await on.pass(1_000)
    on.dependency.condition = { mode: 'healthy' }
    on.calls(1)
    await on.pass(1_000)
    expect(on.times[0]).toBeGreaterThan(400)
    expect(on.dependency.collapses).toBe(0)
  })

  it('lasts until outage and restart are both over when they overlap', async () => {
    const inside = await collapsed()
    inside.dependency.condition = { mode: 'outage' }
    await inside.pass(500)
    inside.dependency.condition = { mode: 'healthy' }
    expect(inside.dependency).toMatchObject({ down: true, healthySince: 0 })
    await inside.pass(1_500)
    expect(inside.dependency).toMatchObject({ down: false, healthySince: 2_000 })

    const beyond = await collapsed()
    beyond.dependency.condition = { mode: 'outage' }
    await beyond.pass(12_000)
    expect(beyond.dependency).toMatchObject({ down: true, healthySince: 0 })
    beyond.dependency.condition = { mode: 'healthy' }
    expect(beyond.dependency).toMatchObject({ down: false, healthySince: 12_000 })
    beyond.answers.length = 0
    beyond.calls(1)
    await beyond.pass(1_000)
    expect(beyond.times[0]).toBeGreaterThan(400)
  })

  it('never comes under a load it can serve', async () => {
    const on = new Harness(fragile)
    await on.load(20_000, 700)
    expect(on.dependency).toMatchObject({ collapses: 0, failed: 0 })
  })

  it('comes again and again when the full load returns at once', async () => {
    const on = await collapsed()
    await on.load(30_000, 700)
    expect(on.dependency.collapses).toBeGreaterThan(5)
    on.answers.length = 0
    await on.load(10_000, 700)
    expect(on.okShare).toBeLessThan(0.2)
  })

  it('comes once when the load returns as the dependency warms up', async () => {
    const on = await collapsed()
    await on.pass(2_000)
    await on.load(15_000, ms => 700 * Math.min(1, 0.05 + (0.95 * ms) / 12_000))
    await on.load(10_000, 700)
    expect(on.dependency).toMatchObject({ collapses: 1, failed: 251, down: false })
  })
})

describe('a source of randomness', () => {
  const run = async (seed: number) => {
    const on = new Harness({ ...fragile, sigma: 0.3, errorRate: 0.01 }, seed)
    await on.load(2_000, 900)
    on.dependency.condition = { mode: 'outage' }
    await on.load(1_000, 900)
    on.dependency.condition = { mode: 'healthy' }
    await on.load(3_000, 900)
    return on.answers
  }

  it('gives the same run for the same seed, and another for another', async () => {
    const first = await run(7)
    expect(first.length).toBeGreaterThan(4_000)
    expect(await run(7)).toEqual(first)
    expect(await run(8)).not.toEqual(first)
  })

  it('changes no latency through a fault that is over', async () => {
    const times = async (fault: boolean) => {
      const on = new Harness({ errorRate: 0.1 })
      if (fault) {
        on.dependency.condition = { mode: 'outage' }
        on.calls(100)
        await on.pass(1_000)
        on.dependency.condition = { mode: 'healthy' }
      } else await on.pass(1_000)
      on.answers.length = 0
      on.calls(100)
      await on.pass(1_000)
      return on.answers
    }
    expect(await times(true)).toEqual(await times(false))
  })
})

describe('bad input', () => {
  const collapse = fragile.collapse!
  it.each<[string, DependencyOptions]>([
    ['latencyMs', { latencyMs: -1 }],
    ['sigma', { sigma: Number.NaN }],
    ['failureMs', { failureMs: Infinity }],
    ['servers', { servers: 0 }],
    ['servers', { servers: 1.5 }],
    ['servers', { collapse }],
    ['queueLimit', { queueLimit: -1 }],
    ['errorRate', { errorRate: 1.1 }],
    ['collapse.backlog', { servers: 1, collapse: { ...collapse, backlog: -1 } }],
    ['collapse.restartMs', { servers: 1, collapse: { ...collapse, restartMs: -1 } }],
    ['collapse.warmUpMs', { servers: 1, collapse: { ...collapse, warmUpMs: -1 } }],
    ['collapse.coldShare', { servers: 1, collapse: { ...collapse, coldShare: 0 } }],
  ])('is named: %s in %o', (name, options) => {
    expect(() => new Harness(options)).toThrow(new RegExp(`^Dependency: ${name}: got .*; allowed is `))
  })

  it('is named in a condition, which then stays as it was', () => {
    const { dependency } = new Harness()
    for (const [name, condition] of [
      ['condition.mode', { mode: 'tired' as 'healthy' }],
      ['condition.errorRate', { mode: 'brownout', errorRate: 2 }],
      ['condition.factor', { mode: 'slow', factor: -1 }],
    ] as const) {
      expect(() => {
        dependency.condition = condition
      }).toThrow(new RegExp(`^Dependency: ${name}: got .*; allowed is `))
    }
    expect(dependency.condition).toEqual({ mode: 'healthy' })
  })

  it('may be at the edge: no latency, no warm-up', async () => {
    const on = new Harness({ ...fragile, latencyMs: 0, collapse: { ...collapse, warmUpMs: 0 } })
    on.dependency.condition = { mode: 'outage' }
    on.dependency.condition = { mode: 'healthy' }
    on.calls(1)
    await on.pass(0)
    expect(on.answers).toEqual([{ from: 0, at: 0, ok: true }])
  })
})
