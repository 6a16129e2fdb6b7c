import type { Outcome } from './events.ts'
import type { Settled, Verdict } from './options.ts'

/** AWS services answer 400 to a caller they throttle, and not every one of them marks it as worth a retry. */
const throttled = /throttl|toomany|exceeded|slowdown/i

/** The shapes in which errors and responses come: fetch's, axios's, the AWS SDK's. All of it is unproven. */
interface Answer {
  status?: unknown
  statusCode?: unknown
  headers?: { get?(name: string): unknown; 'retry-after'?: unknown; 'Retry-After'?: unknown }
  response?: Answer
  name?: unknown
  retryAfterMs?: unknown
  $fault?: unknown
  $retryable?: unknown
  $metadata?: { httpStatusCode?: unknown }
  $response?: Answer
}

/**
 * The default verdict on a call. A dependency that answers 4xx works: success. Failures are 429, 5xx, network
 * errors, timeouts and every error that carries no status. Understood are fetch responses (as values and as
 * `error.response`), errors with `status` or `statusCode`, and those of AWS SDK v3 by `$fault`, `$retryable` and
 * `$metadata`. `Retry-After` (seconds or an HTTP date) becomes `retryAfterMs`.
 *
 * @example
 * new Circuit('search', {
 *   classify: (settled) => (!settled.ok && settled.error instanceof NotFound ? 'success' : classify(settled)),
 * })
 */
export function classify(settled: Settled): Verdict {
  if (settled.ok) {
    const value = settled.value as Answer | null | undefined
    // Only what looks like a fetch response: a domain object may well have a status of its own.
    return value?.headers?.get && works(value.status) === false ? failure(value) : 'success'
  }
  const error = (settled.error ?? {}) as Answer
  const response = error.response ?? error.$response
  const { status = error.statusCode ?? response?.status ?? response?.statusCode } = error
  const fine = works(error.$metadata?.httpStatusCode ?? status) ?? error.$fault === 'client'
  return fine && !error.$retryable && !(typeof error.name === 'string' && throttled.test(error.name))
    ? 'success'
    : failure(response ?? error)
}

/** Whether a status says that the dependency works; undefined for what is no status. */
function works(status: unknown): boolean | undefined {
  return typeof status === 'number' ? status < 500 && status !== 429 : undefined
}

function failure({ headers, retryAfterMs }: Answer): Verdict {
  const wait = headers?.get?.('retry-after') ?? headers?.['retry-after'] ?? headers?.['Retry-After']
  return {
    outcome: 'failure',
    retryAfterMs: parseRetryAfter(wait, Date.now) ?? (retryAfterMs as number),
  }
}

/**
 * Milliseconds a `Retry-After` header asks for, or undefined when it says nothing that can be understood.
 * Seconds or an HTTP date (RFC 9110, 10.2.3).
 *
 * @example
 * parseRetryAfter('120', Date.now) // 120_000
 */
export function parseRetryAfter(value: unknown, now: () => number): number | undefined {
  if (typeof value !== 'string') return undefined
  if (/^\s*\d+\s*$/.test(value)) return +value * 1000
  const wait = Date.parse(value) - now()
  return wait > 0 ? wait : undefined
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
  const wait = (verdict as { retryAfterMs?: number } | undefined)?.retryAfterMs
  return wait! > 0 ? wait! : 0
}
