import { classify, isCallTimeoutError, isRejection, type Settled, type Verdict } from '@breakwater/circuit'

/** True for the rejection of an open circuit, be it Breakwater's or cockatiel's (an isolated one included). */
function isRejected(error: unknown): boolean {
  return isRejection(error) || hasMark(error, 'isBrokenCircuitError')
}

function isRefusal(error: unknown): boolean {
  return isRejected(error) || hasMark(error, 'isBulkheadRejectedError')
}

/** Marks on cockatiel's errors, by which the errors of every copy of cockatiel are recognised. */
function hasMark(error: unknown, mark: 'isBrokenCircuitError' | 'isBulkheadRejectedError'): boolean {
  try {
    return (error as Partial<Record<typeof mark, unknown>> | null | undefined)?.[mark] === true
  } catch {
    // A getter or a proxy that throws.
    return false
  }
}

/**
 * The verdict on a call made through a cockatiel policy, see {@link fromPolicy}. A call that the policy itself refused
 * (a full bulkhead, an open breaker) never reached the dependency and is ignored. Every other call is judged by
 * `classify`; so cockatiel's TaskCancelledError, by which its timeouts end a call, is a failure.
 *
 * @example
 * const payments = new Circuit('payments', { classify: classifyPolicy })
 */
export function classifyPolicy(settled: Settled): Verdict {
  return !settled.ok && isRefusal(settled.error) ? 'ignored' : classify(settled)
}

/**
 * True if a call that ended with this error is worth retrying: the filter of a retry around a circuit. False for
 *
 * - the rejection of an open circuit, which a retry would defeat;
 * - a call whose deadline had passed before it was made, since the next attempt has the same deadline;
 * - an answer of a working dependency by `classify`, such as 404;
 * - everything, once the caller has aborted.
 *
 * @param signal the caller's signal, for a retry that does not check it itself; cockatiel's retry checks the one that
 * `execute` got. An AbortError alone does not say who aborted: a call ended by a timeout may throw one, too.
 * @example
 * const policy = wrap(retry(handleWhen(isWorthRetrying), { maxAttempts: 3 }), asPolicy(payments))
 */
export function isWorthRetrying(error: unknown, signal?: AbortSignal): boolean {
  if (signal?.aborted || isRejected(error)) return false
  if (isCallTimeoutError(error)) return error.timeoutMs > 0
  return classify({ ok: false, error }) !== 'success'
}
