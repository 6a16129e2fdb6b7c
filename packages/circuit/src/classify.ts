import type { Outcome } from './events.ts'
import type { Settled, Verdict } from './options.ts'
import { retryAfterIn } from './retry-after.ts'

/** AWS services answer 400 to a caller they throttle, and not every one of them marks it as worth a retry. */
const throttled = /throttl|toomany|exceeded|slowdown/i

/** The shapes in which errors and responses come: fetch's, undici's, axios's, got's, the AWS SDK's. All of it is unproven. */
interface Answer {
  status?: unknown
  statusCode?: unknown
  statusText?: unknown
  headers?: unknown
  multiValueHeaders?: unknown
  response?: Answer
  name?: unknown
  pid?: unknown
  retryAfterMs?: unknown
  $fault?: unknown
  $retryable?: unknown
  $metadata?: { httpStatusCode?: unknown }
  $response?: Answer
}

/**
 * The default verdict on a call. A dependency that answers with a status from 100 to 499 works, so that is a success;
 * but for 408, 425 and 429, by which it asks for another attempt. Failures are these, 5xx, network errors, timeouts and
 * every error without an HTTP status: 0, -1 or the exit code of a process is none.
 *
 * - Errors: by `status` or `statusCode`, theirs or those of their `response`; those of the AWS SDK v3 by `$fault`,
 *   `$retryable`, `$metadata` and their name.
 * - Values: HTTP responses by the same, as fetch, undici, got and axios return them. A response has `headers` or a
 *   `statusText` beside its status; any other value is a success, as a domain object may have a `status` of its own.
 * - `Retry-After` becomes `retryAfterMs`, see {@link parseRetryAfter}.
 *
 * Never throws, whatever a call answers or throws.
 *
 * @example
 * new Circuit('search', {
 *   classify: (settled) => (!settled.ok && settled.error instanceof NotFound ? 'success' : classify(settled)),
 * })
 */
export function classify(settled: Settled): Verdict {
  try {
    return settled.ok ? judgeValue(settled.value) : judgeError((settled.error ?? {}) as Answer)
  } catch {
    // A getter or a proxy that throws: the value says nothing, and the error is one without a status.
    return settled.ok ? 'success' : 'failure'
  }
}

function judgeValue(value: unknown): Verdict {
  if (typeof value !== 'object' || value === null) return 'success'
  const { headers, statusText } = value as Answer
  const hasHeaders = typeof headers === 'object' && headers !== null
  if (!hasHeaders && typeof statusText !== 'string') return 'success'
  const { status, statusCode } = value as Answer
  // A number that is no HTTP status: `Response.error()`, or the result of a request that got no answer.
  const unanswered =
    (hasHeaders || statusText === '') && [status, statusCode].some(each => typeof each === 'number')
  return (isHealthy(status, statusCode) ?? !unanswered) ? 'success' : failure(value)
}

function judgeError(error: Answer): Verdict {
  const { name, pid, status, statusCode, $metadata, $fault, $retryable } = error
  const response = error.response ?? error.$response
  const works =
    // The `status` of a child process is its exit code.
    isHealthy(
      $metadata?.httpStatusCode,
      !pid && status,
      statusCode,
      response?.status,
      response?.statusCode,
    ) ?? $fault === 'client'
  return works && !$retryable && !(typeof name === 'string' && throttled.test(name))
    ? 'success'
    : failure(error, response)
}

/**
 * Whether the first HTTP status among some values, as a number or as text, says that the dependency works: 100 to 499
 * without 408, 425 and 429. Undefined where none of them is an HTTP status.
 *
 * @example
 * isHealthy(error.status, error.response?.status) // true for 404, false for 503, undefined for 0
 */
export function isHealthy(...statuses: readonly unknown[]): boolean | undefined {
  const status = statuses.find(each => each !== undefined && /^[1-5]\d\d$/.test(each as string))
  return status === undefined ? undefined : /^[123]|^4(?!08|25|29)/.test(status as string)
}

function failure(answer: Answer, response?: Answer): Verdict {
  return {
    outcome: 'failure',
    retryAfterMs: retryAfterIn(response) ?? retryAfterIn(answer) ?? (answer.retryAfterMs as number),
  }
}

/** True for what a `classify` may return: a promise, which never opens a circuit, is none. */
export function isVerdict(value: unknown): value is Verdict {
  const outcome = (value as { outcome?: unknown } | undefined)?.outcome ?? value
  return outcome === 'success' || outcome === 'failure' || outcome === 'ignored'
}

/**
 * The outcome in a verdict. A `classify` that returns nonsense must not turn a working dependency into a failing one.
 *
 * @example
 * if (outcomeOf(circuit.judge(settled)) === 'failure') await fallBack()
 */
export function outcomeOf(verdict: Verdict): Outcome {
  const outcome = (verdict as { outcome?: Outcome } | undefined)?.outcome ?? verdict
  return outcome === 'success' || outcome === 'failure' ? outcome : 'ignored'
}

/**
 * Milliseconds the dependency asked to be left alone, 0 if it did not.
 *
 * @example
 * await permit.fail(retryAfterOf(circuit.judge(settled)))
 */
export function retryAfterOf(verdict: Verdict): number {
  const wait = (verdict as { retryAfterMs?: unknown } | undefined)?.retryAfterMs
  return typeof wait === 'number' && wait > 0 ? wait : 0
}
