import { classify, type Settled, type Verdict } from '@breakwater/circuit'
import { isHealthy } from '@breakwater/circuit/shared'

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
  readonly response?: { readonly status?: unknown; readonly statusCode?: unknown } | null
}

/** The most errors that are looked at below one: they may cause each other, or be thousands. */
const maxErrors = 64

/**
 * The verdict on a fetch, for circuits that guard nothing else: `new Circuits({ classify: classifyFetch })`. It knows
 * more of fetch and of undici than `classify` does, on which it builds:
 *
 * - responses are judged by their status as `classify` does it: 408, 425, 429, 5xx and `Response.error()` are failures,
 *   with their `Retry-After`, all others successes; so is an opaque response, whose status a browser hides;
 * - errors are judged by what caused them, so `fetch failed` is a failure where the network, a timeout or the
 *   dependency's answer was the cause;
 * - the caller's mistakes (a bad URL, method, header or option, a client of undici that was closed) are ignored, and so
 *   are aborts: neither says anything about the dependency.
 *
 * An error thrown by the caller's own body stream looks like a network error, and is a failure. Never throws.
 *
 * @example
 * const fetch = guardFetch(new Circuits({ store, classify: classifyFetch }))
 */
export function classifyFetch(settled: Settled): Verdict {
  try {
    if (settled.ok) return isOpaque(settled.value) ? 'success' : classify(settled)
    return judge(settled.error, { left: maxErrors })
  } catch {
    // A getter or a proxy that throws.
    return classify(settled)
  }
}

function judge(error: unknown, looks: { left: number }): Verdict {
  const { name, code, message, cause, errors, status, statusCode, response } = (error ?? {}) as FetchError
  if (isHealthy(statusCode, status, response?.status, response?.statusCode) !== undefined) {
    // undici could not resume a body that broke off; the status in the error is that of the answer.
    const broken = code === 'UND_ERR_REQ_RETRY' && Number(statusCode) < 400
    return broken ? 'failure' : classify({ ok: false, error })
  }
  if (name === 'AbortError' || matches(callerMistakes, code)) return 'ignored'
  const inner: readonly unknown[] = Array.isArray(errors) ? errors.slice(0, maxErrors) : cause ? [cause] : []
  if (inner.length > 0 && looks.left > 0) {
    for (const each of inner) {
      looks.left--
      const verdict = judge(each, looks)
      if (verdict !== 'ignored') return verdict
    }
    return 'ignored'
  }
  const callersFault =
    name === 'TypeError' ? !code && !matches(networkMessages, message) : matches(refusedByFetch, message)
  return callersFault ? 'ignored' : classify({ ok: false, error })
}

/** A response of which a browser shows neither status nor headers, as the request asked for: it did arrive. */
function isOpaque(value: unknown): boolean {
  return value instanceof Response && value.type.startsWith('opaque')
}

function matches(pattern: RegExp, text: unknown): boolean {
  return typeof text === 'string' && pattern.test(text)
}
