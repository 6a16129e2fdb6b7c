import type { IncomingHttpHeaders, RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Why a request is refused: a web page somewhere may send requests to this machine, under a foreign `Origin`, or under
 * the page's own host name once its DNS names 127.0.0.1. Undefined for a request of this machine.
 */
export function refusalOf(headers: IncomingHttpHeaders, port: number): string | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  if (port === 80) hosts.push('127.0.0.1', 'localhost')
  const { host, origin, 'sec-fetch-site': site } = headers
  if (!hosts.includes(host?.toLowerCase() ?? '')) return `Host has to be ${hosts.join(' or ')}`
  if (origin !== undefined && !hosts.some(own => origin === `http://${own}`))
    return 'pages of another Origin get no answer'
  // A page may load what it cannot read, without an Origin.
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return 'pages of another site get no answer'
  return undefined
}

/** Puts the check before every listener of a server that has them all. */
export function serveLocalOnly(server: Server): void {
  const listeners = server.listeners('request') as RequestListener[]
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    const { port } = server.address() as AddressInfo
    const refusal = refusalOf(request.headers, port)
    if (refusal === undefined) {
      // A page of this server needs no CORS headers, and dynalite sends them to every page.
      delete request.headers.origin
      for (const listener of listeners) listener.call(server, request, response)
      return
    }
    request.resume()
    response.writeHead(403, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ message: `Forbidden: ${refusal}` }))
  })
}
