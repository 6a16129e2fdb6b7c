import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'

export type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Answers with a whole response at once. */
export function status(code: number, headers: Record<string, string> = {}, body = `status ${code}`): Answer {
  return (_, response) => response.writeHead(code, headers).end(body)
}

/** Answers with headers and the beginning of a body that never ends. */
export function endless(code: number): Answer {
  return (_, response) => response.writeHead(code).write('beginning')
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/**
 * An HTTP server on this machine. Leaving its scope waits until every connection is over, so that a test that leaves a
 * request or a body behind does not end.
 */
export async function startServer(answer: Answer) {
  const requests: IncomingMessage[] = []
  const unfinished = new Set<ServerResponse>()
  const finishing: Promise<unknown>[] = []
  let connections = 0
  const server = createServer((request, response) => {
    requests.push(request)
    unfinished.add(response)
    finishing.push(once(response, 'close').then(() => unfinished.delete(response)))
    answer(request, response)
  })
  server.on('connection', () => connections++)
  const url = await listen(server)
  return {
    url,
    /** Requests that arrived, in order. */
    requests,
    /** How many connections were made so far. */
    connections: () => connections,
    /** How many answers are still on their way: each has a connection for itself. */
    unfinished: () => unfinished.size,
    /** Waits until so many answers are over, the earliest first in the order of their requests. */
    finished: (count: number) => Promise.all(finishing.slice(0, count)),
    /** The next request, once its headers are there, and the answer to it. */
    arrival: () => once(server, 'request') as Promise<[IncomingMessage, ServerResponse]>,
    [Symbol.asyncDispose]: () => new Promise<void>(resolve => server.close(() => resolve())),
  }
}

/** A TCP server whose answers a test writes byte by byte. */
export async function startTcpServer(talk: (socket: Socket) => void) {
  const server = createTcpServer(socket => {
    socket.on('error', () => {})
    talk(socket)
    // A socket that is not read never sees that the other end is gone.
    socket.resume()
  })
  const url = await listen(server)
  return { url, [Symbol.asyncDispose]: () => new Promise<void>(resolve => server.close(() => resolve())) }
}

/** The URL of a server that has stopped: connections to it are refused. */
export async function refusedUrl(): Promise<string> {
  await using server = await startTcpServer(socket => socket.destroy())
  return server.url
}
