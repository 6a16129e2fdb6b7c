import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serveLocalOnly } from './local-only.ts'

/**
 * The only address anything here listens on: nothing is reachable from outside this machine.
 *
 * @example
 * const url = `http://${host}:${await listen(server, 0, '--provider-port')}`
 */
export const host = '127.0.0.1'

/**
 * A port that was asked for cannot be had. The message names the port, why, and the option that sets it.
 *
 * @example
 * if (error instanceof PortError) console.error(error.message)
 */
export class PortError extends Error {
  override readonly name: string = 'PortError'
}

const causes: Record<string, string> = {
  EADDRINUSE: 'is already in use',
  EACCES: 'needs more rights than this process has',
}

/**
 * Starts listening on 127.0.0.1 and returns the port. The server, which has all its listeners by now, answers 403 to
 * every request whose `Host` is not 127.0.0.1 or localhost with this port, or that a web page of another origin sent.
 *
 * @param port 0 for a free one
 * @param option the command line option that sets the port, named in the error
 * @throws PortError for a port that cannot be had.
 * @example
 * const port = await listen(createServer(answer), 0, '--provider-port')
 */
export async function listen(server: Server, port: number, option: string): Promise<number> {
  serveLocalOnly(server)
  // Longer than any pause of our own clients: a connection kept alive by a frozen environment must not
  // turn into a reset that no fault run asked for.
  server.keepAliveTimeout = 75_000
  // Node's own 511 is less than a load may open at once; the kernel resets connections beyond it, much later.
  server.listen({ port, host, backlog: 4_096 })
  try {
    await once(server, 'listening')
  } catch (error) {
    const why = causes[(error as NodeJS.ErrnoException).code ?? '']
    if (!why) throw error
    throw new PortError(
      `${option}: ${host}:${port} ${why}; give another port, or leave ${option} out for a free one`,
    )
  }
  return (server.address() as AddressInfo).port
}

/**
 * Stops a server now, open connections included.
 *
 * @example
 * await close(server)
 */
export async function close(server: Server): Promise<void> {
  if (!server.listening) return
  await new Promise<void>(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/**
 * Reads a request's body; undefined if it is longer than `maxBytes`. It is then read to its end all the
 * same and thrown away: a client that is still sending when the connection closes never sees the answer.
 *
 * @example
 * const body = await readBody(request, 65_536)
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  let chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > maxBytes) chunks = []
    else chunks.push(chunk)
  }
  return length > maxBytes ? undefined : Buffer.concat(chunks)
}
