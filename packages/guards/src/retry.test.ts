import { Circuit, type CircuitEvent, type CircuitOptions, isCallTimeoutError } from '@breakwater/circuit'
import { settle, VirtualClock } from '@breakwater/circuit/testing'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type RetryOptions, retry } from './index.ts'

const down = new Error('down')

/** The random number is always one half, so that waits are known. */
function setUp(options: RetryOptions = {}, more: Partial<CircuitOptions> = {}) {
  const clock = new VirtualClock()
  const events: CircuitEvent[] = []
  const circuit = new Circuit('users', {
    clock,
    random: () => 0.5,
    failureRate: 1,
    minimumCalls: 1_000,
    retry: retry(options),
    listener: event => events.push(event),
    ...more,
  } as CircuitOptions)
  const waits = () => events.flatMap(event => (event.type === 'retry' ? [event.waitMs] : []))
  return { clock, circuit, events, waits }
}

/** Fails the given number of times, then answers. */
const failing = (times: number, error: unknown = down) => {
  const call = vi.fn(async () => {
    if (call.mock.calls.length <= times) throw error
    return 'answer'
  })
  return call
}

const idempotent = { idempotent: true }

describe('retry', () => {
  it('makes a call again until it succeeds, waiting longer each time', async () => {
    const { clock, circuit, events, waits } = setUp({ attempts: 4 })
    const call = failing(3)
    const run = circuit.run(call, idempotent)
    await clock.advance(1_000)
    expect(await run).toBe('answer')
    expect(waits()).toEqual([50, 100, 200])
    expect(events.flatMap(event => (event.type === 'retry' ? [event.attempt] : []))).toEqual([1, 2, 3])
    expect(circuit.status().calls).toMatchObject({ calls: 4, failures: 3 })
    expect(clock.pending).toBe(0)
  })

  it('gives up after so many attempts, with the last error, and calls no fallback before', async () => {
    const { clock, circuit } = setUp({ attempts: 3 })
    const call = failing(9)
    const fallback = vi.fn((error: unknown) => error)
    const run = circuit.run(call, { ...idempotent, fallback })
    await clock.advance(10_000)
    expect(await run).toBe(down)
    expect(call).toHaveBeenCalledTimes(3)
    expect(fallback).toHaveBeenCalledTimes(1)
  })

  it('makes a value again that was judged a failure, and gives the last one', async () => {
    const { clock, circuit } = setUp({ attempts: 2 })
    const call = vi.fn(async () => new Response(null, { status: 503 }))
    const run = circuit.run(call, idempotent)
    await clock.advance(1_000)
    expect((await run).status).toBe(503)
    expect(call).toHaveBeenCalledTimes(2)
  })

  describe('is for idempotent calls only', () => {
    it.each([
      [{}, {}, 1],
      [{}, { idempotent: false }, 1],
      [{}, { idempotent: true }, 3],
      [{ idempotent: true }, {}, 3],
      [{ idempotent: true }, { idempotent: false }, 1],
    ])('policy %j, call %j: %i attempts', async (policy, given, attempts) => {
      const { clock, circuit } = setUp(policy)
      const call = failing(9)
      const run = circuit.run(call, given).catch(error => error)
      await clock.advance(10_000)
      expect(await run).toBe(down)
      expect(call).toHaveBeenCalledTimes(attempts)
    })
  })

  it('makes no call again that brought no failure: an answer of 404, an error that is ignored', async () => {
    const { clock, circuit } = setUp({}, { classify: () => 'ignored' })
    const ignored = failing(9)
    await expect(circuit.run(ignored, idempotent)).rejects.toBe(down)
    const missing = failing(9, { status: 404 })
    await expect(setUp().circuit.run(missing, idempotent)).rejects.toEqual({ status: 404 })
    expect([ignored, missing].map(({ mock }) => mock.calls.length)).toEqual([1, 1])
    expect(clock.pending).toBe(0)
  })

  describe('a retry around a breaker keeps retrying its own rejection (cockatiel)', () => {
    it('an open circuit is asked once', async () => {
      const { circuit, clock, events } = setUp({ idempotent: true })
      await circuit.forceOpen({ by: 'ana', reason: 'test' })
      const call = vi.fn()
      await expect(circuit.run(call)).rejects.toMatchObject({ name: 'CircuitOpenError' })
      expect(call).not.toHaveBeenCalled()
      expect(events.filter(({ type }) => type === 'rejection')).toHaveLength(1)
      expect(clock.pending).toBe(0)
    })

    it('a call that opened the circuit ends with its own error, at once', async () => {
      const { circuit, clock } = setUp({ idempotent: true }, {
        consecutiveFailures: 2,
        failureRate: undefined,
        minimumCalls: undefined,
      } as never)
      const call = failing(9)
      const run = circuit.run(call).catch(error => error)
      await clock.advance(50)
      expect(await run).toBe(down)
      expect(call).toHaveBeenCalledTimes(2)
      expect(circuit.status().state).toBe('OPEN')
    })

    it('a circuit that opens during the wait is not asked', async () => {
      const { circuit, clock, events } = setUp({ idempotent: true }, {
        consecutiveFailures: 3,
        failureRate: undefined,
        minimumCalls: undefined,
      } as never)
      const call = failing(9)
      const run = circuit.run(call).catch(error => error)
      await settle()
      for (const _ of [1, 2]) await circuit.run(failing(9), { idempotent: false }).catch(() => {})
      await clock.advance(1_000)
      expect(await run).toBe(down)
      expect(call).toHaveBeenCalledTimes(1)
      expect(events.filter(({ type }) => type === 'rejection')).toEqual([])
    })
  })

  describe('keeps to a budget', () => {
    const burst = async (circuit: Circuit, calls: number, call: () => unknown) => {
      for (let n = 0; n < calls; n++) await circuit.run(call).catch(() => {})
    }

    it('of a fifth of the calls in the window', async () => {
      const { circuit, clock } = setUp({ attempts: 2, idempotent: true, baseMs: 0.001 })
      await burst(circuit, 100, async () => 'answer')
      const call = vi.fn(async () => Promise.reject(down))
      const runs = Array.from({ length: 40 }, () => circuit.run(call).catch(() => {}))
      await clock.advance(100)
      await Promise.all(runs)
      // A fifth of what is no retry itself: of 100 that succeeded, and of 40 that failed less the 24 under way.
      expect(call).toHaveBeenCalledTimes(40 + 24)
    })

    it('of three where there are few calls, and anew when the window has passed', async () => {
      const { circuit, clock } = setUp({ attempts: 2, idempotent: true, baseMs: 1 })
      for (const total of [5 + 3, 2 * (5 + 3)]) {
        const call = vi.fn(async () => Promise.reject(down))
        const runs = Array.from({ length: 5 }, () => circuit.run(call).catch(() => {}))
        await clock.advance(100)
        await Promise.all(runs)
        expect(call.mock.calls.length).toBe(total === 8 ? total : 8)
        await clock.advance(20_000)
      }
    })

    it.each([-600_000, -3_600_000, 600_000])(
      'that was spent until a clock that had been set by %i ms was there again',
      async setMs => {
        const time = new VirtualClock()
        let offMs = 0
        const clock = { ...time, now: () => time.now() + offMs }
        const { circuit } = setUp({ attempts: 2, idempotent: true, baseMs: 1 }, { clock })
        for (let round = 0; round < 3; round++) {
          const call = vi.fn(async () => Promise.reject(down))
          const runs = Array.from({ length: 5 }, () => circuit.run(call).catch(() => {}))
          await time.advance(100)
          await Promise.all(runs)
          expect(call).toHaveBeenCalledTimes(5 + 3)
          offMs += setMs
          // A budget learns of the time by what asks for it.
          circuit.run(() => Promise.reject(down)).catch(() => {})
          await time.advance(20_000)
        }
      },
    )

    it('of its own for each circuit, also where they share one policy (two breakers of opossum share a cache)', async () => {
      const policy = retry({ attempts: 2, idempotent: true, baseMs: 1, minimumRetries: 1 })
      const clock = new VirtualClock()
      const circuits = ['a', 'b'].map(name => new Circuit(name, { clock, retry: policy }))
      for (const circuit of circuits) {
        const call = failing(1)
        const run = circuit.run(call)
        await clock.advance(10)
        expect(await run).toBe('answer')
      }
    })
  })

  describe('respects Retry-After', () => {
    const busy = (seconds: string) => ({ status: 429, headers: { 'retry-after': seconds } })

    it('waits as long as it asks', async () => {
      const { circuit, clock, waits } = setUp({ idempotent: true })
      const run = circuit.run(failing(1, busy('3')))
      await clock.advance(3_000)
      expect(await run).toBe('answer')
      expect(waits()).toEqual([3_000])
    })

    it('does not try again where that is longer than the maximum wait', async () => {
      const { circuit, clock } = setUp({ idempotent: true, maxMs: 2_000 })
      const call = failing(1, busy('3'))
      await expect(circuit.run(call)).rejects.toEqual(busy('3'))
      expect(call).toHaveBeenCalledTimes(1)
      expect(clock.pending).toBe(0)
    })
  })

  it('never goes past the deadline', async () => {
    const { circuit, clock } = setUp({ idempotent: true })
    const call = failing(9)
    await expect(circuit.run(call, { deadline: clock.now() + 50 })).rejects.toBe(down)
    expect(call).toHaveBeenCalledTimes(1)
    expect(clock.pending).toBe(0)
  })

  it('limits each attempt by the time limit, and all of them by the deadline', async () => {
    const { circuit, clock } = setUp({ attempts: 9, idempotent: true, baseMs: 2 }, { timeoutMs: 400 })
    const signals: AbortSignal[] = []
    const startedAt: number[] = []
    const begin = clock.now()
    const hang = (signal: AbortSignal) => {
      signals.push(signal)
      startedAt.push(clock.now() - begin)
      return new Promise(() => {})
    }
    const run = circuit.run(hang, { deadline: begin + 1_000 }).catch(error => error)
    await clock.advance(2_000)
    expect(isCallTimeoutError(await run)).toBe(true)
    expect(startedAt).toEqual([0, 401, 803])
    expect(new Set(signals).size).toBe(3)
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it('ends its wait when the caller aborts, with the reason', async () => {
    const { circuit, clock } = setUp({ idempotent: true })
    const controller = new AbortController()
    const call = failing(1)
    const run = circuit.run(call, { signal: controller.signal })
    await settle()
    expect(clock.pending).toBe(1)
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(run).rejects.toBe(reason)
    expect(call).toHaveBeenCalledTimes(1)
    expect(clock.pending).toBe(0)
  })

  it('waits at random between nothing and a bound that doubles up to the cap', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        fc.integer({ min: 1, max: 1_000 }),
        async (attempt, randomNumber, baseMs) => {
          const clock = new VirtualClock()
          const emit = vi.fn()
          const scope = { policy: { windowMs: 1_000 }, clock, random: () => randomNumber, emit } as never
          const { again } = retry({ attempts: 99, baseMs, maxMs: 5_000 })(scope)
          const now = clock.now()
          const waiting = again({
            attempt,
            retryAfterMs: 0,
            calls: 1_000,
            now,
            deadline: Infinity,
            signal: undefined,
          })
          await clock.advance(5_000)
          expect(await waiting).toBe(true)
          const bound = Math.min(5_000, baseMs * 2 ** (attempt - 1))
          const { waitMs } = emit.mock.calls[0]![0]
          expect(waitMs).toBeLessThanOrEqual(bound)
          expect(Math.abs(waitMs - randomNumber * bound)).toBeLessThanOrEqual(1)
        },
      ),
    )
  })

  it.each([
    [{ attempts: 0 }, 'retry: attempts: got 0; allowed is a whole number above 0, at most 2147483647'],
    [{ attempts: 1.5 }, /^retry: attempts: got 1.5/],
    [{ baseMs: -1 }, /^retry: baseMs: got -1/],
    [{ baseMs: 50_000 }, 'retry: baseMs: got 50000; allowed is at most maxMs, 20000'],
    [{ budgetRate: 2 }, /^retry: budgetRate: got 2/],
    [{ idempotent: 'yes' }, 'retry: idempotent: got "yes"; allowed is true or false'],
    [{ retries: 3 }, /^retry: option: got "retries"; allowed is attempts, baseMs/],
  ])('refuses %j', (options, message) => {
    expect(() => retry(options as RetryOptions)).toThrow(message)
  })

  it('is refused by a circuit where it is no policy', () => {
    expect(() => new Circuit('a', { retry: { attempts: 3 } as never })).toThrow(
      'retry: got an object; allowed is a function',
    )
  })
})
