/** What a response says of itself; most of it no constructor takes. */
const facts = ['url', 'redirected', 'type', 'status', 'statusText', 'ok', 'headers'] as const

/**
 * A response with another body, and otherwise the same: its class, all that it says of itself, and what others have
 * added to it.
 *
 * @param makeBody is called once it is known that such a response can be made.
 * @returns undefined where it cannot.
 */
export function withBody(response: Response, makeBody: () => ReadableStream): Response | undefined {
  const Class = response.constructor as typeof Response
  const { headers, status, statusText } = response
  // Servers invent statuses that a constructor refuses.
  const init = status >= 200 && status <= 599 ? { headers, status, statusText } : { headers }
  try {
    if (typeof new Class(null, init).clone !== 'function') return undefined
  } catch {
    return undefined
  }
  return like(response, new Class(makeBody(), init))
}

function like(response: Response, copy: Response): Response {
  const define = (name: string, value: unknown, enumerable: boolean) =>
    Object.defineProperty(copy, name, { value, enumerable, configurable: true, writable: true })
  for (const name of facts) define(name, response[name], false)
  for (const [name, value] of Object.entries(response)) define(name, value, true)
  const { clone } = copy
  define('clone', () => like(response, clone.call(copy)), false)
  return copy
}
