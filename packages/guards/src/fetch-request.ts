import type { FetchCall, FetchCallOptions } from './fetch-options.ts'

/** The second argument of a fetch, as far as the guard reads it. All other fields are passed on. */
export interface Init {
  readonly method?: unknown
  readonly headers?: unknown
  readonly body?: unknown
  readonly signal?: unknown
  readonly breakwater?: FetchCallOptions<unknown>
}

/** A `Request`, recognised by its shape: each fetch has a class of its own. */
interface RequestLike extends Init {
  readonly url: string
  readonly referrer?: unknown
  readonly referrerPolicy?: unknown
}

/** Methods whose call may be repeated with the effect of one (RFC 9110, 9.2.2). */
const idempotentMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/** Bodies that a fetch can read again. Streams and iterables can be read only once. */
const repeatable = new Set([
  'ArrayBuffer',
  'SharedArrayBuffer',
  'Blob',
  'File',
  'FormData',
  'URLSearchParams',
])

/** The URL and method of a call; undefined for a call that does not go by HTTP. */
export function readCall(input: unknown, init: Init | undefined): FetchCall | undefined {
  try {
    const request = requestOf(input)
    const url = new URL(request ? request.url : String(input))
    const method = String(init?.method ?? request?.method ?? 'GET').toUpperCase()
    return /^https?:$/.test(url.protocol) ? { url, method } : undefined
  } catch {
    return undefined
  }
}

/** The caller's signal, by the rule of fetch: that of `init`, null included, comes before that of the request. */
export function signalOf(input: unknown, init: Init | undefined): unknown {
  return init?.signal === undefined ? requestOf(input)?.signal : init.signal
}

/**
 * A copy of `init` to which the guard adds its signal. It includes inherited fields, such as those of a Request, since
 * fetch reads these as well. Without an `init` it holds the referrer of the request, which fetch drops for any `init`.
 */
export function copyInit(input: unknown, init: Init | undefined): object {
  const copy: Record<string, unknown> = { ...init }
  for (const name in init) copy[name] = init[name as keyof Init]
  delete copy.breakwater
  const request = requestOf(input)
  if (!request || Object.keys(copy).length > 0) return copy
  const { referrer, referrerPolicy } = request
  return {
    ...(referrer !== undefined && { referrer }),
    ...(referrerPolicy !== undefined && { referrerPolicy }),
  }
}

/** True if the call may be made again: it is idempotent, or declared so, and its body can be sent a second time. */
export function isRepeatable(input: unknown, init: Init | undefined, method: string): boolean {
  const request = requestOf(input)
  const headers = init?.headers ?? request?.headers
  const idempotent = init?.breakwater?.idempotent ?? (idempotentMethods.has(method) || hasKey(headers))
  if (!idempotent) return false
  const body = init?.body
  if (body === undefined || body === null) return !request?.body
  if (typeof body !== 'object' || ArrayBuffer.isView(body)) return true
  // The streams of the package form-data call themselves FormData.
  return repeatable.has(Object.prototype.toString.call(body).slice(8, -1)) && !('pipe' in body)
}

/** Looks without iterating: an iterator of headers can be read only once. */
function hasKey(headers: unknown): boolean {
  if (typeof headers !== 'object' || headers === null) return false
  if ('has' in headers && typeof headers.has === 'function') return headers.has('idempotency-key')
  const found = Array.isArray(headers) ? headers.map(pair => pair?.[0]) : Object.keys(headers)
  return found.some(name => /^idempotency-key$/i.test(String(name)))
}

function requestOf(input: unknown): RequestLike | undefined {
  const request = input as Partial<RequestLike> | null | undefined
  return typeof input === 'object' && typeof request?.url === 'string' ? (request as RequestLike) : undefined
}
