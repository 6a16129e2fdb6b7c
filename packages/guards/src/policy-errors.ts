import {
  classify,
  isCallTimeoutError,
  isCircuitOpenError,
  type Settled,
  type Verdict,
} from '@breakwater/circuit'

/** How cockatiel marks its errors, by which they are known whichever copy of it threw them. */
type Marks =
  | { readonly isBrokenCircuitError?: unknown; readonly isBulkheadRejectedError?: unknown }
  | null
  | undefined

/** True for the rejection of any open circuit: Breakwater's, and cockatiel's, an isolated one included. */
function isRejection(error: unknown): boolean {
  return isCircuitOpenError(error) || (error as Marks)?.isBrokenCircuitError === true
}

function isRefusal(error: unknown): boolean {
  return isRejection(error) || (error as Marks)?.isBulkheadRejectedError === true
}

/**
 * The verdict on a call made through a cockatiel policy, see {@link fromPolicy}: what the policy itself refused, as a
 * full bulkhead or an open breaker does, never reached the dependency and is ignored. The rest is judged by
 * `classify`; so cockatiel's TaskCancelledError, by which its timeouts end a call, is a failure.
 *
 * @example
 * const payments = new Circuit('payments', { classify: classifyPolicy })
 */
export function classifyPolicy(settled: Settled): Verdict {
  return !settled.ok && isRefusal(settled.error) ? 'ignored' : classify(settled)
}

/**
 * Whether to make a call again that ended with this error, for the filter of a retry around a circuit. False for
 *
 * - the rejection of an open circuit: trying again is what it keeps callers from;
 * - a call whose deadline had passed before it was made: it has passed for the next attempt, too;
 * - what `classify` takes for the answer of a working dependency, as 404;
 * - everything, once the caller has aborted.
 *
 * @param signal the caller's, for a retry that does not look at it. Cockatiel's does, at the signal that `execute` got.
 * An AbortError alone says nothing: in one end the calls, too, that a timeout ended and that heeded its signal.
 * @example
 * const policy = wrap(retry(handleWhen(isWorthRetrying), { maxAttempts: 3 }), asPolicy(payments))
 */
export function isWorthRetrying(error: unknown, signal?: AbortSignal): boolean {
  if (signal?.aborted || isRejection(error)) return false
  if (isCallTimeoutError(error)) return error.timeoutMs > 0
  return classify({ ok: false, error }) !== 'success'
}
