import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Circuit, type Clock, isCallTimeoutError, systemClock } from './index.ts'
import { PendingPermits } from './pending.ts'
import { CallPermit } from './permit.ts'
import { VirtualClock } from './testing/index.ts'

const never = () => new Promise<never>(() => {})

/** A clock whose timers can be let go of, as Node's can. `set` counts them. */
function nodeLike(clock: VirtualClock) {
  const timers = new Map<unknown, boolean>()
  const counted: Clock & { set: number; held: () => number } = {
    set: 0,
    held: () => [...timers.values()].filter(Boolean).length,
    now: () => clock.now(),
    setTimeout(callback, ms) {
      counted.set++
      const timer = {
        id: clock.setTimeout(() => {
          timers.delete(timer)
          callback()
        }, ms),
        ref: () => timers.has(timer) && timers.set(timer, true),
        unref: () => timers.has(timer) && timers.set(timer, false),
      }
      timers.set(timer, true)
      return timer
    },
    clearTimeout(timer) {
      timers.delete(timer)
      clock.clearTimeout((timer as { id: unknown } | undefined)?.id)
    },
  }
  return counted
}

describe('permits that are pending', () => {
  const finish = vi.fn<(permit: CallPermit) => undefined>()
  const owner = { name: 'payments', finish, judge: () => 'success' as const }
  const pending = new PendingPermits(systemClock)
  const permits = [0, 1, 2, 3].map(startedAt => new CallPermit(owner, startedAt, 1_000))
  const [first, second, third, last] = permits as [CallPermit, CallPermit, CallPermit, CallPermit]

  /** Those that are still pending, which are overdue by then. */
  function left(): Set<CallPermit> {
    finish.mockClear()
    pending.settleOverdue(5_000)
    return new Set(finish.mock.calls.map(([permit]) => permit))
  }

  it('leave in whatever order they are settled, once each', () => {
    for (const permit of permits) pending.add(permit)
    pending.delete(second)
    pending.delete(second)
    expect(left()).toEqual(new Set([first, third, last]))
    pending.delete(last)
    pending.delete(first)
    expect(left()).toEqual(new Set([third]))
    pending.delete(third)
    expect(left()).toEqual(new Set())
  })

  it('are not touched by the end of one that was not', () => {
    pending.add(first)
    pending.delete(second)
    expect(left()).toEqual(new Set([first]))
    pending.delete(first)
  })

  it('are looked for no more once they have ended', () => {
    pending.add(second)
    expect(pending.overdueAt).toBe(1_001)
    pending.delete(second)
    expect(pending.overdueAt).toBe(Infinity)
  })
})

describe('one timer for all calls with a limit', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('calls one after the other do not set a timer each', async () => {
    const clock = nodeLike(new VirtualClock())
    const circuit = new Circuit('payments', { timeoutMs: 2_000, clock })
    for (let i = 0; i < 1_000; i++) await circuit.run(() => i)
    expect(clock.set).toBe(1)
  })

  it('calls of many circuits do not set a timer each, and keep none of the circuits', async () => {
    const clock = nodeLike(new VirtualClock())
    for (let i = 0; i < 100; i++) await new Circuit(`tenant-${i}`, { timeoutMs: 2_000, clock }).run(() => i)
    expect(clock.set).toBe(1)
  })

  it('a call of any circuit finds what is overdue of another one', async () => {
    const clock = new VirtualClock()
    const [abandoned, other] = ['abandoned', 'other'].map(name => new Circuit(name, { clock })) as [
      Circuit,
      Circuit,
    ]
    await abandoned.acquire({ timeoutMs: 1_000 })
    clock.freeze(1_001)
    await other.run(() => 1)
    expect(abandoned.status().calls.failures).toBe(1)
  })

  it('keeps the process alive while a call runs, and no longer', async () => {
    const clock = nodeLike(new VirtualClock())
    const circuit = new Circuit('payments', { timeoutMs: 2_000, clock })
    await circuit.run(() => expect(clock.held()).toBe(1))
    expect(clock.held()).toBe(0)
    await circuit.run(() => circuit.run(() => expect(clock.held()).toBe(1)))
    expect(clock.held()).toBe(0)
  })

  it('cuts every call at its own limit, and none that ended before it', async () => {
    const calls = fc.array(
      fc.record({
        beginsAt: fc.integer({ min: 0, max: 500 }),
        timeoutMs: fc.integer({ min: 1, max: 300 }),
        lastsMs: fc.integer({ min: 0, max: 400 }),
      }),
      { minLength: 1, maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(calls, fc.boolean(), async (given, unreffable) => {
        const virtual = new VirtualClock()
        const clock = unreffable ? nodeLike(virtual) : virtual
        const start = virtual.now()
        const circuit = new Circuit('payments', { failureRate: 1, minimumCalls: 1_000, clock })
        const ends: number[] = []
        given.forEach(({ beginsAt, timeoutMs, lastsMs }, i) => {
          const call = () => new Promise<void>(resolve => void virtual.setTimeout(resolve, lastsMs))
          const ended = () => {
            ends[i] = virtual.now() - start
          }
          virtual.setTimeout(() => void circuit.run(call, { timeoutMs }).then(ended, ended), beginsAt)
        })
        await virtual.advance(1_000)
        expect(ends).toEqual(
          given.map(({ beginsAt, timeoutMs, lastsMs }) => beginsAt + Math.min(timeoutMs, lastsMs)),
        )
        expect('held' in clock ? clock.held() : virtual.pending).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  it.each([-3_600_000, 3_600_000])(
    'a clock that is set by %i ms keeps no call beyond its limit',
    async step => {
      const virtual = new VirtualClock()
      let offset = 0
      const clock: Clock = { ...nodeLike(virtual), now: () => virtual.now() + offset }
      const circuit = new Circuit('payments', { timeoutMs: 2_000, clock })
      const ended = vi.fn<(error: unknown) => void>()
      circuit.run(never).catch(ended)
      await virtual.advance(1_000)
      offset = step
      await virtual.advance(1_000)
      expect(ended.mock.calls.map(([error]) => isCallTimeoutError(error))).toEqual([true])
    },
  )

  it('a clock that stands still, as a fake Date does, keeps no call from its limit', async () => {
    const virtual = new VirtualClock()
    const clock: Clock = { ...nodeLike(virtual), now: () => 0 }
    const circuit = new Circuit('payments', { clock })
    const ends: number[] = []
    const start = virtual.now()
    for (const timeoutMs of [500, 2_000, 1_000]) {
      circuit.run(never, { timeoutMs }).catch(() => ends.push(virtual.now() - start))
    }
    await virtual.advance(2_000)
    expect(ends).toEqual([500, 1_000, 2_000])
  })

  it("a test's fake timers cut a call, though a timer of before them, or of other ones, is left", async () => {
    const circuit = new Circuit('payments', { timeoutMs: 2_000 })
    await circuit.run(() => 1)
    for (let i = 0; i < 2; i++) {
      vi.useFakeTimers()
      const ended = vi.fn<(error: unknown) => void>()
      circuit.run(never).catch(ended)
      await vi.advanceTimersByTimeAsync(2_000)
      expect(ended.mock.calls.map(([error]) => isCallTimeoutError(error))).toEqual([true])
      await circuit.run(() => 1)
      expect(vi.getTimerCount()).toBe(0)
      vi.useRealTimers()
    }
  })
})
