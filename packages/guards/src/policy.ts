import type { Circuit, RunOptions, Settled } from '@breakwater/circuit'
import {
  aFunction,
  type Checks,
  checkOptions,
  checkValue,
  milliseconds,
  objectWith,
  outcomeOf,
  required,
  trueOrFalse,
} from '@breakwater/circuit/shared'
import { aCircuit } from './circuits.ts'

// Cockatiel 4 is an ES module: what is compiled to CommonJS may name its types only if it says so.
type Event<T> = import('cockatiel', { with: { 'resolution-mode': 'import' }}).Event<T>
type FailureEvent = import('cockatiel', { with: { 'resolution-mode': 'import' }}).IFailureEvent
type SuccessEvent = import('cockatiel', { with: { 'resolution-mode': 'import' }}).ISuccessEvent

/** The context that a policy of cockatiel hands to a call: its `IDefaultPolicyContext`. */
export type PolicyContext = import('cockatiel', { with: {
  'resolution-mode': 'import',
}}).IDefaultPolicyContext

/** A policy of cockatiel: its `IPolicy`. `A` is what it may answer in the call's place. */
export type CockatielPolicy<
  C extends PolicyContext = PolicyContext,
  A = never,
> = import('cockatiel', { with: { 'resolution-mode': 'import' }}).IPolicy<C, A>

/** Options of {@link asPolicy}, those of `run` for each call. For a fallback use cockatiel's. */
export type AsPolicyOptions = Pick<RunOptions, 'timeoutMs' | 'idempotent'>

const checks: Checks<AsPolicyOptions> = { timeoutMs: milliseconds, idempotent: trueOrFalse }

/**
 * A circuit as a cockatiel policy, to be combined with cockatiel's own: bulkheads, hedging, retry, fallback.
 * `execute(fn, signal)` runs `fn({ signal })` through `circuit.run`, so an open circuit throws CircuitOpenError.
 *
 * - A retry outside of it must not retry that rejection: give it `handleWhen(isWorthRetrying)`, see {@link isWorthRetrying},
 *   rather than `handleAll`.
 * - A timeout belongs inside of it, or is the circuit's own `timeoutMs`. One outside aborts the circuit's signal, which
 *   is how a caller gives up, and counts neither way.
 * - A bulkhead belongs outside, so that calls wait for their turn before the circuit lets them in.
 *
 * `onSuccess` reports calls that the circuit judges a success, `onFailure` all others: `handled` is true for failures of
 * the dependency, `reason` holds the error, or the value that was judged a failure.
 *
 * @param options for every call: `timeoutMs` (by default the circuit's own) and `idempotent` (by default the
 * setting of its `retry`).
 * @throws TypeError for an argument that is no circuit, and for a bad option, naming it, its value and what is allowed.
 * @example
 * const again = retry(handleWhen(isWorthRetrying), { maxAttempts: 3, backoff: new ExponentialBackoff() })
 * const policy = wrap(again, bulkhead(10), asPolicy(payments, { timeoutMs: 2_000 }))
 * const receipt = await policy.execute(({ signal }) => charge(order, { signal }))
 */
export function asPolicy(
  circuit: Pick<Circuit, 'run' | 'judge'>,
  options: AsPolicyOptions = {},
): CockatielPolicy {
  checkValue('asPolicy', 'circuit', circuit, aCircuit)
  checkOptions('asPolicy', options, checks)
  const succeeded = new PolicyEvents<SuccessEvent>()
  const failed = new PolicyEvents<FailureEvent>()
  return {
    _altReturn: undefined as never,
    onSuccess: succeeded.on,
    onFailure: failed.on,
    async execute<T>(fn: (context: PolicyContext) => PromiseLike<T> | T, signal?: AbortSignal) {
      // Inside the circuit this mistake of the caller would count as a failure.
      checkValue('asPolicy', 'fn', fn, required(aFunction))
      let called = false
      const call = (inner: AbortSignal) => {
        called = true
        return fn({ signal: inner })
      }
      const observed = succeeded.hasListeners || failed.hasListeners
      const startedAt = observed ? performance.now() : 0
      const report = (settled: Settled) => {
        const duration = performance.now() - startedAt
        // Judged once more, only for listeners: `run` does not return its verdict.
        const bad = called && outcomeOf(circuit.judge(settled)) === 'failure'
        if (settled.ok && !bad) return succeeded.emit({ duration })
        const reason = settled.ok ? { value: settled.value } : { error: settled.error }
        failed.emit({ duration, handled: bad && (settled.ok || !signal?.aborted), reason })
      }
      try {
        const value = await circuit.run(call, signal ? { ...options, signal } : options)
        if (observed) report({ ok: true, value })
        return value as T
      } catch (error) {
        if (observed) report({ ok: false, error })
        throw error
      }
    },
  }
}

/**
 * A cockatiel policy around the calls that a circuit makes. The circuit's signal ends the policy's work, and the
 * policy's ends the call; both the caller's abort and the circuit's time limit reach the call.
 *
 * Give the circuit {@link classifyPolicy}, so that a call the policy refused is no failure of the dependency. The
 * circuit sees the result of the whole policy: attempts of a retry count as one call, a fallback's answer as a success,
 * and time spent in the queue of a bulkhead is part of the circuit's time limit. Where that is not wanted, put the
 * policy around the circuit, with {@link asPolicy}.
 *
 * @returns a function that takes a call and returns one for `circuit.run`.
 * @throws TypeError for an argument that is no policy, and for a call that is no function.
 * @example
 * const payments = new Circuit('payments', { classify: classifyPolicy })
 * const bulkheaded = fromPolicy(bulkhead(10))
 * await payments.run(bulkheaded((signal) => charge(order, { signal })))
 */
export function fromPolicy<C extends PolicyContext, A>(
  policy: CockatielPolicy<C, A>,
): <T>(call: (signal: AbortSignal) => T | PromiseLike<T>) => (signal: AbortSignal) => Promise<T | A> {
  checkValue('fromPolicy', 'policy', policy, required(objectWith('a cockatiel policy', 'execute')))
  return call => {
    checkValue('fromPolicy', 'call', call, required(aFunction))
    return signal => policy.execute(context => call(context.signal), signal)
  }
}

/** The listeners to one kind of event of a policy. An error of a listener never reaches the call that caused the event. */
class PolicyEvents<T> {
  readonly #listeners = new Set<(event: T) => unknown>()

  readonly on: Event<T> = listener => {
    // An entry of its own: a function that was added twice is called twice, as in cockatiel.
    const entry = (event: T): unknown => listener(event)
    this.#listeners.add(entry)
    return { dispose: () => void this.#listeners.delete(entry) }
  }

  /** False without listeners: then nothing is measured. */
  get hasListeners(): boolean {
    return this.#listeners.size > 0
  }

  emit(event: T): void {
    for (const listener of this.#listeners) void this.#notify(listener, event)
  }

  async #notify(listener: (event: T) => unknown, event: T): Promise<void> {
    try {
      await listener(event)
    } catch {
      // A listener that throws must not fail the call.
    }
  }
}
