import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that arrived at the provider. */
export interface Arrival {
  readonly route: string
  readonly key: string | undefined
  readonly body: unknown
}

/** Answers a request; a behaviour that does nothing lets it hang. */
export type Behaviour = (response: ServerResponse) => void

export const answers =
  (status: number, body: unknown = {}): Behaviour =>
  response =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
export const hangs: Behaviour = () => {}
export const resets: Behaviour = response => response.socket?.resetAndDestroy()

/** Starts a payment provider on the loopback interface. */
export async function startProvider() {
  const server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString())
    const key = request.headers['idempotency-key'] as string | undefined
    provider.arrivals.push({ route: `${request.method} ${request.url}`, key, body })
    provider.behaviour(response)
    server.emit('arrival', once(response, 'close'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const provider = {
    behaviour: answers(201, { id: 'id_1' }),
    arrivals: [] as Arrival[],
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/charges`),
    /** The next arrival, and the end of its connection. */
    nextArrival: async () => ({ closed: (await once(server, 'arrival'))[0] as Promise<unknown> }),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
  return provider
}
