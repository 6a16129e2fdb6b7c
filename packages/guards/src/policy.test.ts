import { getEventListeners } from 'node:events'
import { Circuit, type CircuitEvent, type CircuitOptions, isCircuitOpenError } from '@breakwater/circuit'
import { settle, VirtualClock } from '@breakwater/circuit/testing'
import {
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  fallback,
  handleAll,
  handleWhen,
  type IFailureEvent,
  noop,
  retry,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { asPolicy, fromPolicy } from './policy.ts'
import { classifyPolicy, isWorthRetrying } from './policy-errors.ts'
import { retry as retryPolicy } from './retry.ts'

/** A circuit on a virtual clock, and the outcomes of its calls. One failure opens it unless options say otherwise. */
function circuitOf(options: CircuitOptions = { consecutiveFailures: 1 }) {
  const clock = new VirtualClock()
  const outcomes: string[] = []
  const listener = (event: CircuitEvent) => void (event.type === 'call' && outcomes.push(event.outcome))
  const circuit = new Circuit('payments', { clock, random: () => 0.5, listener, ...options })
  return { circuit, clock, outcomes }
}

async function openCircuit() {
  const opened = circuitOf()
  await (await opened.circuit.acquire()).fail()
  opened.outcomes.length = 0
  return opened
}

const works = async () => 'answer'
const fails = () => Promise.reject(new Error('connection reset'))
/** Never answers; ends with its signal. */
const hangs = ({ signal }: { signal: AbortSignal }) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

// The fake timers are for cockatiel: its retries and timeouts take no other clock.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

describe('asPolicy', () => {
  it('runs a call through the circuit, and gives it a signal', async () => {
    const { circuit, outcomes } = circuitOf()
    const fn = vi.fn((_: { signal: AbortSignal }) => 'answer')
    expect(await asPolicy(circuit).execute(fn)).toBe('answer')
    expect(fn).toHaveBeenCalledExactlyOnceWith({ signal: expect.any(AbortSignal) })
    expect(outcomes).toEqual(['success'])
  })

  it('passes on what the call throws, now or later', async () => {
    const { circuit, outcomes } = circuitOf({ consecutiveFailures: 3 })
    const error = new Error('connection reset')
    const now = () => {
      throw error
    }
    await expect(asPolicy(circuit).execute(now)).rejects.toBe(error)
    await expect(asPolicy(circuit).execute(() => Promise.reject(error))).rejects.toBe(error)
    expect(outcomes).toEqual(['failure', 'failure'])
  })

  it('throws CircuitOpenError while the circuit is open, and does not make the call', async () => {
    const { circuit } = await openCircuit()
    const fn = vi.fn(works)
    const error = await asPolicy(circuit)
      .execute(fn)
      .catch(error => error)
    expect(isCircuitOpenError(error)).toBe(true)
    expect(error).toMatchObject({ circuit: 'payments', retryAfterMs: expect.any(Number) })
    expect(fn).not.toHaveBeenCalled()
  })

  it('follows the outer signal, counts its abort neither way, and leaves no listener on it', async () => {
    const { circuit, outcomes } = circuitOf()
    const caller = new AbortController()
    const policy = asPolicy(circuit)
    await policy.execute(works, caller.signal)
    let inner!: AbortSignal
    const running = policy.execute(context => {
      inner = context.signal
      return hangs(context)
    }, caller.signal)
    running.catch(() => {})
    await settle()
    const reason = new Error('user left')
    caller.abort(reason)
    await expect(running).rejects.toBe(reason)
    expect(inner.reason).toBe(reason)
    expect(outcomes).toEqual(['success', 'ignored'])
    await expect(policy.execute(works, caller.signal)).rejects.toBe(reason)
    expect(getEventListeners(caller.signal, 'abort')).toEqual([])
  })

  it.each([
    ['without a signal', undefined],
    ['with one', new AbortController().signal],
  ])('bounds each call by `timeoutMs`, %s', async (_, signal) => {
    const { circuit, clock, outcomes } = circuitOf()
    const running = asPolicy(circuit, { timeoutMs: 100 }).execute(hangs, signal)
    running.catch(() => {})
    await clock.advance(100)
    await expect(running).rejects.toThrow('timed a call out after 100 ms')
    expect(outcomes).toEqual(['failure'])
    expect(clock.pending).toBe(0)
  })

  it.each([
    [undefined, 1],
    [{ idempotent: false }, 1],
    [{ idempotent: true }, 2],
  ])("says to the circuit's own retry with %j that calls may be made %i times", async (options, times) => {
    const { circuit, clock } = circuitOf({
      consecutiveFailures: 9,
      retry: retryPolicy({ attempts: 2, baseMs: 1 }),
    })
    const fn = vi.fn(fails)
    const running = asPolicy(circuit, options).execute(fn)
    running.catch(() => {})
    await clock.advance(1)
    await expect(running).rejects.toThrow('reset')
    expect(fn).toHaveBeenCalledTimes(times)
  })

  describe('notifies listeners', () => {
    function observed(circuit: Circuit) {
      const policy = asPolicy(circuit)
      const [onSuccess, onFailure] = [vi.fn(), vi.fn<(event: IFailureEvent) => void>()]
      const disposables = [policy.onSuccess(onSuccess), policy.onFailure(onFailure)]
      return { policy, onSuccess, onFailure, off: () => disposables.forEach(item => void item.dispose()) }
    }
    const duration = expect.any(Number)

    it('of a success', async () => {
      const { policy, onSuccess, onFailure } = observed(circuitOf().circuit)
      await policy.execute(works)
      expect(onSuccess).toHaveBeenCalledExactlyOnceWith({ duration })
      expect(onFailure).not.toHaveBeenCalled()
    })

    it('of a failure of the dependency, as handled', async () => {
      const { policy, onSuccess, onFailure } = observed(circuitOf().circuit)
      const error = new Error('connection reset')
      await expect(policy.execute(() => Promise.reject(error))).rejects.toBe(error)
      expect(onFailure).toHaveBeenCalledExactlyOnceWith({ duration, handled: true, reason: { error } })
      expect(onSuccess).not.toHaveBeenCalled()
    })

    it.each([['failure'], [{ outcome: 'failure', retryAfterMs: 5 }]] as const)(
      'of a value that was judged %j',
      async verdict => {
        const { circuit } = circuitOf({ classify: () => verdict })
        const { policy, onSuccess, onFailure } = observed(circuit)
        expect(await policy.execute(works)).toBe('answer')
        expect(onFailure).toHaveBeenCalledExactlyOnceWith({
          duration,
          handled: true,
          reason: { value: 'answer' },
        })
        expect(onSuccess).not.toHaveBeenCalled()
      },
    )

    it('of a rejection, of an abort and of an answer like 404, as not handled', async () => {
      const { circuit } = circuitOf()
      const { policy, onFailure } = observed(circuit)
      const reasons: unknown[] = [Object.assign(new Error('no such order'), { status: 404 })]
      await policy.execute(() => Promise.reject(reasons[0])).catch(() => {})
      const caller = new AbortController()
      const running = policy.execute(hangs, caller.signal).catch(error => reasons.push(error))
      await settle()
      caller.abort()
      await running
      await circuit.run(fails).catch(() => {})
      await policy.execute(works).catch(error => reasons.push(error))
      expect(reasons).toHaveLength(3)
      expect(onFailure.mock.calls).toEqual(
        reasons.map(error => [{ duration, handled: false, reason: { error } }]),
      )
    })

    it('as success where the classifier answers nonsense', async () => {
      const { policy, onSuccess } = observed(circuitOf({ classify: () => null as never }).circuit)
      await policy.execute(works)
      expect(onSuccess).toHaveBeenCalledOnce()
    })

    it('how long it took, in ms', async () => {
      const { policy, onSuccess } = observed(circuitOf().circuit)
      const now = vi.spyOn(performance, 'now').mockReturnValueOnce(1_000).mockReturnValueOnce(1_250)
      await policy.execute(works)
      expect(onSuccess).toHaveBeenCalledExactlyOnceWith({ duration: 250 })
      now.mockRestore()
    })

    it('of failures where there is no listener to successes', async () => {
      const policy = asPolicy(circuitOf().circuit)
      const onFailure = vi.fn()
      policy.onFailure(onFailure)
      await policy.execute(fails).catch(() => {})
      expect(onFailure).toHaveBeenCalledOnce()
    })

    it('until they are disposed of, each by itself', async () => {
      const { policy, onSuccess, off } = observed(circuitOf().circuit)
      const { dispose } = policy.onSuccess(onSuccess)
      await policy.execute(works)
      expect(onSuccess).toHaveBeenCalledTimes(2)
      dispose()
      dispose()
      await policy.execute(works)
      expect(onSuccess).toHaveBeenCalledTimes(3)
      off()
      await policy.execute(works)
      expect(onSuccess).toHaveBeenCalledTimes(3)
    })

    it('and judges nothing twice while there are none', async () => {
      const classify = vi.fn(() => 'success' as const)
      const { circuit } = circuitOf({ classify })
      await asPolicy(circuit).execute(works)
      expect(classify).toHaveBeenCalledOnce()
    })

    it('a listener that throws neither fails a successful call nor runs it again (opossum, cockatiel)', async () => {
      const { policy } = observed(circuitOf({ consecutiveFailures: 9 }).circuit)
      const observer = vi.fn()
      const broken = () => {
        throw new Error('broken listener')
      }
      for (const event of [policy.onSuccess, policy.onFailure]) {
        event(broken)
        event(() => Promise.reject(new Error('broken asynchronous listener')))
        event(observer)
      }
      const fn = vi.fn(works)
      await expect(policy.execute(fn)).resolves.toBe('answer')
      expect(fn).toHaveBeenCalledOnce()
      await expect(policy.execute(fails)).rejects.toThrow('reset')
      expect(observer).toHaveBeenCalledTimes(2)
    })
  })

  it.each([
    [() => asPolicy(undefined as never), 'asPolicy: circuit: got undefined; allowed is a Circuit'],
    [() => asPolicy({} as never), 'asPolicy: circuit: got an object; allowed is a Circuit'],
    [
      () => asPolicy(new Circuit('a'), { fallback: works } as never),
      'asPolicy: option: got "fallback"; allowed is timeoutMs, idempotent',
    ],
    [() => asPolicy(new Circuit('a'), { timeoutMs: 0 }), 'asPolicy: timeoutMs: got 0; allowed is'],
    [
      () => asPolicy(new Circuit('a'), { idempotent: 'yes' as never }),
      'asPolicy: idempotent: got "yes"; allowed is true or false',
    ],
  ])('refuses bad input: %s', (make, message) => {
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  it('takes what is no function for a mistake of the caller', async () => {
    const { circuit, outcomes } = circuitOf()
    await expect(asPolicy(circuit).execute(undefined as never)).rejects.toThrow(
      'asPolicy: fn: got undefined; allowed is a function',
    )
    expect(outcomes).toEqual([])
  })
})

describe("asPolicy within cockatiel's wrap", () => {
  it("a retry around a breaker keeps retrying the breaker's own rejection (cockatiel)", async () => {
    const attempts = async (filter: typeof handleAll) => {
      const { circuit } = circuitOf()
      const rejected = vi.fn()
      circuit.on(event => event.type === 'rejection' && rejected())
      const fn = vi.fn(fails)
      const policy = wrap(retry(filter, { maxAttempts: 5 }), asPolicy(circuit))
      const running = policy.execute(fn).catch(error => error)
      await vi.runAllTimersAsync()
      expect(isCircuitOpenError(await running)).toBe(true)
      expect(fn).toHaveBeenCalledOnce()
      return rejected.mock.calls.length
    }
    expect(await attempts(handleAll)).toBe(5)
    // The one that tells the retry to stop.
    expect(await attempts(handleWhen(isWorthRetrying))).toBe(1)
  })

  it('a retry outside makes a failed call again, with one signal of its own for each attempt', async () => {
    const { circuit, outcomes } = circuitOf({ consecutiveFailures: 9 })
    const again = retry(handleWhen(isWorthRetrying), { maxAttempts: 3 })
    const contexts: { signal: AbortSignal; attempt: number }[] = []
    const running = wrap(again, asPolicy(circuit)).execute(async context => {
      contexts.push(context)
      if (contexts.length < 3) throw new Error('connection reset')
      return 'answer'
    })
    await vi.runAllTimersAsync()
    expect(await running).toBe('answer')
    expect(outcomes).toEqual(['failure', 'failure', 'success'])
    expect(contexts.map(({ attempt }) => attempt)).toEqual([0, 1, 2])
    expect(new Set(contexts.map(({ signal }) => signal)).size).toBe(3)
  })

  it('a retry outside stops when the caller aborts, whatever the reason', async () => {
    const { circuit, outcomes } = circuitOf()
    const caller = new AbortController()
    const fn = vi.fn(hangs)
    const policy = wrap(retry(handleWhen(isWorthRetrying), { maxAttempts: 3 }), asPolicy(circuit))
    const running = policy.execute(fn, caller.signal)
    running.catch(() => {})
    await settle()
    caller.abort(new Error('user left'))
    await expect(running).rejects.toThrow('user left')
    expect(fn).toHaveBeenCalledOnce()
    expect(outcomes).toEqual(['ignored'])
    expect(getEventListeners(caller.signal, 'abort')).toEqual([])
  })

  it.each([
    [TimeoutStrategy.Aggressive, 'deaf', 'Operation timed out after 50ms'],
    [TimeoutStrategy.Aggressive, 'heedful', 'This operation was aborted'],
    [TimeoutStrategy.Cooperative, 'heedful', 'This operation was aborted'],
  ])('a timeout inside (%s, %s call) is a failure, and worth a retry', async (strategy, kind, message) => {
    const { circuit, outcomes } = circuitOf({ consecutiveFailures: 2 })
    const again = retry(handleWhen(isWorthRetrying), { maxAttempts: 3 })
    const fn = kind === 'deaf' ? () => new Promise<never>(() => {}) : hangs
    const running = wrap(again, asPolicy(circuit), timeout(50, strategy)).execute(fn)
    const timedOut: unknown[] = []
    again.onRetry(reason => timedOut.push('error' in reason && reason.error))
    running.catch(() => {})
    await vi.advanceTimersByTimeAsync(200)
    await expect(running).rejects.toSatisfy(isCircuitOpenError)
    expect(timedOut.map(String)).toEqual([expect.stringContaining(message), expect.stringContaining(message)])
    expect(outcomes).toEqual(['failure', 'failure'])
  })

  it('a timeout outside ends the call and counts neither way', async () => {
    const { circuit, outcomes } = circuitOf()
    const running = wrap(timeout(50, TimeoutStrategy.Aggressive), asPolicy(circuit)).execute(hangs)
    running.catch(() => {})
    await vi.advanceTimersByTimeAsync(50)
    await expect(running).rejects.toThrow('timed out after 50ms')
    expect(outcomes).toEqual(['ignored'])
  })

  it('a full bulkhead outside rejects before the circuit is asked', async () => {
    const { circuit, outcomes } = circuitOf()
    const policy = wrap(bulkhead(1), asPolicy(circuit))
    const first = policy.execute(() => settle())
    await expect(policy.execute(works)).rejects.toThrow('Bulkhead capacity exceeded')
    await first
    expect(outcomes).toEqual(['success'])
  })

  it('a fallback outside answers for an open circuit', async () => {
    const { circuit } = await openCircuit()
    const policy = wrap(fallback(handleWhen(isCircuitOpenError), 'pending'), asPolicy(circuit))
    expect(await policy.execute(works)).toBe('pending')
  })

  it('is the first policy, whose events wrap passes on, or the last', async () => {
    const { circuit } = circuitOf()
    const first = wrap(asPolicy(circuit), noop, bulkhead(1))
    const succeeded = vi.fn()
    first.onSuccess(succeeded)
    expect(await first.execute(works)).toBe('answer')
    expect(succeeded).toHaveBeenCalledOnce()
    const last = wrap(noop, bulkhead(1), timeout(50, TimeoutStrategy.Aggressive), asPolicy(circuit))
    expect(await last.execute(works)).toBe('answer')
  })

  it('may be nested in another circuit, and in a breaker of cockatiel', async () => {
    const [outer, inner] = [circuitOf(), await openCircuit()]
    const breaker = circuitBreaker(handleAll, { halfOpenAfter: 1_000, breaker: new ConsecutiveBreaker(9) })
    const policy = wrap(breaker, asPolicy(outer.circuit), asPolicy(inner.circuit))
    await expect(policy.execute(works)).rejects.toSatisfy(isCircuitOpenError)
    expect(outer.outcomes).toEqual(['ignored'])
    expect(inner.outcomes).toEqual([])
  })
})

describe('fromPolicy', () => {
  const guarded = (options?: CircuitOptions) =>
    circuitOf({ consecutiveFailures: 1, classify: classifyPolicy, ...options } as CircuitOptions)

  it("passes the circuit's signal through the policy to the call, and its answer back", async () => {
    const { circuit, outcomes } = guarded()
    const call = vi.fn((signal: AbortSignal) => (signal.aborted ? 'late' : 'answer'))
    expect(await circuit.run(fromPolicy(bulkhead(1))(call))).toBe('answer')
    expect(call).toHaveBeenCalledExactlyOnceWith(expect.any(AbortSignal))
    expect(outcomes).toEqual(['success'])
    expect(fromPolicy(noop)(call)).toHaveLength(1)
  })

  it("ends the call with the caller's abort and with the circuit's time limit", async () => {
    const { circuit, clock, outcomes } = guarded({ consecutiveFailures: 9 })
    const signals: AbortSignal[] = []
    const call = fromPolicy(timeout(5_000, TimeoutStrategy.Aggressive))(signal => {
      signals.push(signal)
      return hangs({ signal })
    })
    const caller = new AbortController()
    const aborted = circuit.run(call, { signal: caller.signal })
    const late = circuit.run(call, { timeoutMs: 100 })
    aborted.catch(() => {})
    late.catch(() => {})
    await settle()
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false])
    caller.abort(new Error('user left'))
    await clock.advance(100)
    await expect(aborted).rejects.toThrow('user left')
    await expect(late).rejects.toThrow('timed a call out after 100 ms')
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
    expect(outcomes).toEqual(['ignored', 'failure'])
    expect(getEventListeners(caller.signal, 'abort')).toEqual([])
  })

  it("ends the call with the policy's own timeout, which is a failure", async () => {
    const { circuit, outcomes } = guarded()
    let inner!: AbortSignal
    const call = fromPolicy(timeout(50, TimeoutStrategy.Aggressive))(signal => {
      inner = signal
      return new Promise(() => {})
    })
    const running = circuit.run(call)
    running.catch(() => {})
    await vi.advanceTimersByTimeAsync(50)
    await expect(running).rejects.toMatchObject({ isTaskCancelledError: true })
    expect(inner.aborted).toBe(true)
    expect(outcomes).toEqual(['failure'])
  })

  it('a full bulkhead opens no circuit', async () => {
    const { circuit, outcomes } = guarded()
    const call = fromPolicy(bulkhead(1))(() => settle())
    const first = circuit.run(call)
    await expect(circuit.run(call)).rejects.toMatchObject({ isBulkheadRejectedError: true })
    await first
    expect(outcomes).toEqual(['ignored', 'success'])
    expect(circuit.status().state).toBe('CLOSED')
  })

  it('a full bulkhead gives the permit of a probe back', async () => {
    const { circuit, clock } = guarded({ probes: 1, recoveryMs: 0 } as CircuitOptions)
    await circuit.run(fails).catch(() => {})
    await clock.advance(circuit.status().retryAt! - clock.now())
    const full = bulkhead(0)
    await expect(circuit.run(fromPolicy(full)(works))).rejects.toMatchObject({
      isBulkheadRejectedError: true,
    })
    expect(circuit.status().state).toBe('HALF_OPEN')
    expect(await circuit.run(works)).toBe('answer')
    expect(circuit.status().state).toBe('CLOSED')
  })

  it('a breaker of cockatiel that is open or isolated opens no circuit', async () => {
    const { circuit, outcomes } = guarded()
    const breaker = circuitBreaker(handleAll, { halfOpenAfter: 1_000, breaker: new ConsecutiveBreaker(1) })
    const call = fromPolicy(breaker)(works)
    await breaker.execute(fails).catch(() => {})
    await expect(circuit.run(call)).rejects.toMatchObject({ isBrokenCircuitError: true })
    breaker.isolate()
    await expect(circuit.run(call)).rejects.toMatchObject({ isIsolatedCircuitError: true })
    expect(outcomes).toEqual(['ignored', 'ignored'])
  })

  it('a retry inside is one call of the circuit', async () => {
    const { circuit, outcomes } = guarded()
    const call = vi.fn(works).mockRejectedValueOnce(new Error('connection reset'))
    const running = circuit.run(fromPolicy(retry(handleAll, { maxAttempts: 2 }))(call))
    await vi.runAllTimersAsync()
    expect(await running).toBe('answer')
    expect(call).toHaveBeenCalledTimes(2)
    expect(outcomes).toEqual(['success'])
  })

  it('leaves nothing unhandled when the circuit gave up on a call that waits in a bulkhead', async () => {
    const { circuit, clock, outcomes } = guarded({ consecutiveFailures: 9 })
    let free = () => {}
    const taken = new Promise<void>(resolve => {
      free = resolve
    })
    const queue = fromPolicy(bulkhead(1, 1))
    const first = circuit.run(queue(() => taken))
    const call = vi.fn(works)
    const waiting = circuit.run(queue(call), { timeoutMs: 100 })
    waiting.catch(() => {})
    await clock.advance(100)
    await expect(waiting).rejects.toThrow('100 ms')
    free()
    await first
    await settle()
    expect(call).not.toHaveBeenCalled()
    expect(outcomes).toEqual(['failure', 'success'])
  })

  it('refuses what is no policy, and what is no call', () => {
    expect(() => fromPolicy(undefined as never)).toThrow(
      'fromPolicy: policy: got undefined; allowed is a cockatiel policy',
    )
    expect(() => fromPolicy(noop)('call' as never)).toThrow(
      'fromPolicy: call: got "call"; allowed is a function',
    )
  })
})

it('asPolicy refuses a controller in place of its signal, which crashed when it was to be followed', async () => {
  const { circuit, outcomes } = circuitOf()
  const execution = asPolicy(circuit).execute(works, new AbortController() as never)
  await expect(execution).rejects.toThrow('signal: got an object; allowed is an AbortSignal')
  expect(outcomes).toEqual([])
})
