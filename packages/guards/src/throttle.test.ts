import { Circuit, type CircuitEvent, type CircuitOptions } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type ThrottleOptions, throttle } from './index.ts'

/** Random numbers that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function setUp(options: ThrottleOptions = {}, more: Partial<CircuitOptions> = {}) {
  const clock = new VirtualClock()
  const events: CircuitEvent[] = []
  const circuit = new Circuit('search', {
    clock,
    random: seeded(7),
    failureRate: 1,
    minimumCalls: 1_000_000,
    throttle: throttle(options),
    listener: event => events.push(event),
    ...more,
  } as CircuitOptions)
  return { clock, circuit, events }
}

describe('throttle', () => {
  it('sheds nothing while enough calls succeed', async () => {
    const { circuit, events } = setUp()
    let n = 0
    const half = async () => {
      if (n++ % 2) throw new Error('busy')
    }
    for (let call = 0; call < 500; call++) await circuit.run(half).catch(() => {})
    expect(n).toBe(500)
    expect(events.some(({ type }) => type === 'rejection')).toBe(false)
  })

  it('lets through about twice as many as are accepted, and all again once they are', async () => {
    const { circuit, clock } = setUp()
    let sent = 0
    let capacity = 100
    const overloaded = async () => {
      if (++sent > capacity) throw Object.assign(new Error('busy'), { status: 503 })
    }
    const minute = async () => {
      for (let second = 0; second < 60; second++) {
        sent = 0
        for (let call = 0; call < 400; call++) await circuit.run(overloaded).catch(() => {})
        await clock.advance(1_000)
      }
      return sent
    }
    await minute()
    await minute()
    const shedding = await minute()
    // The formula's balance lies at successes / successRate = 200 of 400.
    expect(shedding).toBeGreaterThan(180)
    expect(shedding).toBeLessThan(230)
    capacity = 400
    await minute()
    await minute()
    expect(await minute()).toBe(400)
  })

  it.each([-600_000, -3_600_000, 600_000])(
    'shed calls to a dependency that was well, until a clock that had been set by %i ms was there again',
    async setMs => {
      const time = new VirtualClock()
      let offMs = 0
      const clock = { ...time, now: () => time.now() + offMs }
      const { circuit, events } = setUp({}, { clock })
      const second = async (call: () => Promise<unknown>) => {
        for (let n = 0; n < 10; n++) await circuit.run(call).catch(() => {})
        await time.advance(1_000)
      }
      const busy = () => Promise.reject(new Error('busy'))
      const shedding = () => events.splice(0).some(({ type }) => type === 'rejection')
      for (let n = 0; n < 120; n++) await second(busy)
      offMs = setMs
      let recovery = 0
      for (; shedding(); recovery++) await second(async () => 'found')
      // With a clock that is right it takes as long: calls that are shed count as failed.
      expect(recovery).toBeLessThanOrEqual(220)
      for (let n = 0; n < 120; n++) await second(busy)
      expect(shedding()).toBe(true)
    },
  )

  it('rejects with a reason of its own, or lets the fallback answer', async () => {
    const { circuit, events } = setUp({}, { random: () => 0 })
    const call = vi.fn(async () => Promise.reject(new Error('busy')))
    await circuit.run(call).catch(() => {})
    await expect(circuit.run(call)).rejects.toMatchObject({
      name: 'CircuitOpenError',
      reason: 'throttled',
      retryAfterMs: 1_000,
    })
    expect(await circuit.run(call, { fallback: () => 'cached' })).toBe('cached')
    expect(call).toHaveBeenCalledTimes(1)
    expect(events.filter(({ type }) => type === 'rejection')).toHaveLength(2)
    expect(circuit.status().state).toBe('CLOSED')
  })

  it('says what it would shed, and sheds nothing, where the circuit only observes', async () => {
    const { circuit, events } = setUp({}, { random: () => 0 })
    await circuit.observeOnly({ by: 'ana', reason: 'try it' })
    const call = vi.fn(async () => Promise.reject(new Error('busy')))
    for (let n = 0; n < 3; n++) await circuit.run(call).catch(() => {})
    expect(call).toHaveBeenCalledTimes(3)
    expect(events.filter(event => event.type === 'rejection' && event.observed)).toHaveLength(2)
  })

  it('keeps no probe from an open circuit, and takes no account of what is ignored', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('search', {
      clock,
      random: () => 0,
      consecutiveFailures: 2,
      probes: 1,
      recoveryMs: 0,
      openMs: 1_000,
      throttle: throttle({ maxShedRate: 1, windowMs: 60_000 }),
      classify: ({ ok }) => (ok ? 'success' : 'ignored'),
    })
    const call = vi.fn(async () => Promise.reject(new Error('aborted')))
    for (let n = 0; n < 5; n++) await circuit.run(call).catch(() => {})
    expect(call).toHaveBeenCalledTimes(5)
  })

  it('never sheds more than the cap, so that recovery is noticed', async () => {
    const { circuit } = setUp({ maxShedRate: 0.5 })
    const call = vi.fn(async () => Promise.reject(new Error('busy')))
    for (let n = 0; n < 1_000; n++) await circuit.run(call).catch(() => {})
    expect(call.mock.calls.length).toBeGreaterThan(400)
    expect(call.mock.calls.length).toBeLessThan(600)
  })

  it('sheds with the probability of the formula', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 50 }),
        fc.nat({ max: 50 }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (successes, failures, successRate, chance) => {
          const throttler = throttle({ successRate, maxShedRate: 1 })({ random: () => chance } as never)
          for (let n = 0; n < successes; n++) throttler.count(true, 1_000, 1_000)
          for (let n = 0; n < failures; n++) throttler.count(false, 1_000, 1_000)
          const requests = successes + failures
          const probability = Math.max(0, (requests - successes / successRate) / (requests + 1))
          expect(throttler.sheds(1_000)).toBe(chance < probability)
        },
      ),
    )
  })

  it.each([
    [{ successRate: 0 }, /^throttle: successRate: got 0/],
    [{ successRate: 1.1 }, /^throttle: successRate: got 1.1/],
    [{ windowMs: 'x' }, /^throttle: windowMs: got "x"/],
    [{ k: 2 }, 'throttle: option: got "k"; allowed is successRate, windowMs, maxShedRate'],
  ])('refuses %j', (options, message) => {
    expect(() => throttle(options as ThrottleOptions)).toThrow(message)
  })
})
