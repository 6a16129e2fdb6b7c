import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that arrived at the provider. */
export interface Arrival {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Answers a charge; a behaviour that does nothing lets it hang. */
export type Behaviour = (response: ServerResponse) => void

export const charges: Behaviour = response => reply(response, 201, { id: 'ch_1' })
export const hangs: Behaviour = () => {}
export const resets: Behaviour = response => response.socket?.resetAndDestroy()

export const answers =
  (status: number, body: unknown = {}, headers: Record<string, string> = {}): Behaviour =>
  response =>
    reply(response, status, body, headers)

/** Starts a payment provider on the loopback interface. */
export async function startProvider() {
  const provider = {
    behaviour: charges,
    arrivals: [] as Arrival[],
    url: new URL('http://127.0.0.1'),
    /** Settles when the next charge has arrived. */
    nextArrival: () =>
      new Promise<void>(resolve => {
        server.once('arrival', resolve)
      }),
    close: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    provider.arrivals.push({ method, url, headers, body: Buffer.concat(chunks).toString() })
    provider.behaviour(response)
    server.emit('arrival')
  })
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  provider.url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/charges`)
  return provider
}

function reply(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body))
}
