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
  const said = new Map([...facts.map(name => [name, response[name]] as const), ...Object.entries(response)])
  // Servers invent statuses that a constructor refuses.
  const init = status >= 200 && status <= 599 ? { headers, status, statusText } : { headers }
  if (typeof new Class(null, init).clone !== 'function') return undefined
  return saying(said, new Class(makeBody(), init))
}

function saying(said: ReadonlyMap<string, unknown>, response: Response): Response {
  const define = (name: string, value: unknown) =>
    Object.defineProperty(response, name, {
      value,
      enumerable: !(facts as readonly string[]).includes(name) && name !== 'clone',
      configurable: true,
      writable: true,
    })
  for (const [name, value] of said) define(name, value)
  const { clone } = response
  define('clone', () => saying(said, clone.call(response)))
  return response
}
