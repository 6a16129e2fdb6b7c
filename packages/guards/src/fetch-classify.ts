import { classify, type Settled, type Verdict } from '@breakwater/circuit'

/** Codes of the caller's mistakes: bad arguments, a client of undici that was closed, a feature that the runtime lacks. */
const callerMistakes =
  /^(ERR_INVALID_\w+|ERR_WEBASSEMBLY_NOT_SUPPORTED|UND_ERR_(INVALID_ARG|INVALID_RETURN_VALUE|NOT_SUPPORTED|REQ_CONTENT_LENGTH_MISMATCH|ABORT|ABORTED|DESTROYED|CLOSED|BPL_MISSING_UPSTREAM|MAX_ORIGINS_REACHED))$/

/** Messages of calls that fetch itself refuses, or was made to refuse: these have no code. */
const refusedByFetch = /^(bad port|unexpected redirect)$/

/** Messages of a TypeError that the network caused; any other TypeError without a cause is about the arguments. */
const networkMessages = /^(fetch failed|failed to fetch|network|load failed|error sending|terminated)/i

/** An error of a fetch. No field is sure to be there, or of this type. */
interface FetchError {
  readonly name?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly cause?: unknown
  readonly errors?: unknown
  readonly status?: unknown
  readonly statusCode?: unknown
  readonly response?: { readonly status?: unknown } | null
}

/**
 * The verdict on a fetch, for circuits that guard nothing else: `new Circuits({ classify: classifyFetch })`. It knows
 * more of fetch and of undici than `classify` does, on which it builds:
 *
 * - responses 429 and 5xx are failures, with their `Retry-After`; all other responses are successes;
 * - errors are judged by what caused them, so `fetch failed` is a failure where the network, a timeout or the
 *   dependency's answer was the cause;
 * - the caller's mistakes (a bad URL, method, header or option, a client of undici that was closed) are ignored, and so
 *   are aborts: neither says anything about the dependency.
 *
 * An error thrown by the caller's own body stream looks like a network error, and is a failure.
 *
 * @example
 * const fetch = guardFetch(new Circuits({ store, classify: classifyFetch }))
 */
export function classifyFetch(settled: Settled): Verdict {
  return settled.ok ? classify(settled) : judge(settled.error, 0)
}

function judge(error: unknown, depth: number): Verdict {
  const { name, code, message, cause, errors, status, statusCode, response } = (error ?? {}) as FetchError
  const answered = statusCode ?? status ?? response?.status
  if (typeof answered === 'number') {
    // undici could not resume a body that broke off; the status in the error is that of the answer.
    const broken = code === 'UND_ERR_REQ_RETRY' && answered < 400
    return broken ? 'failure' : classify({ ok: false, error })
  }
  if (name === 'AbortError' || matches(callerMistakes, code)) return 'ignored'
  const inner = Array.isArray(errors) ? errors : cause ? [cause] : []
  if (inner.length > 0 && depth < 8) {
    const verdicts = inner.map(each => judge(each, depth + 1))
    return verdicts.find(verdict => verdict !== 'ignored') ?? 'ignored'
  }
  const callersFault =
    name === 'TypeError' ? !code && !matches(networkMessages, message) : matches(refusedByFetch, message)
  return callersFault ? 'ignored' : classify({ ok: false, error })
}

function matches(pattern: RegExp, text: unknown): boolean {
  return typeof text === 'string' && pattern.test(text)
}
