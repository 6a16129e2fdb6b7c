import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A loopback server that answers "42", in a process of its own: what it costs is not counted for the client's. */
export async function startServer(): Promise<{ readonly url: string; close(): unknown }> {
  const child = fork(fileURLToPath(new URL('http-listener.ts', import.meta.url)), { execArgv: [] })
  const [port] = await once(child, 'message')
  return { url: `http://127.0.0.1:${port}/`, close: () => child.disconnect() }
}
