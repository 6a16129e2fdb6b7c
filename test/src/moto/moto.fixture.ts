import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Where a `moto_server` listens. */
export interface MotoServer {
  readonly url: string
  close(): Promise<void>
}

/** Starts `moto_server`; undefined where it is not on the PATH, or does not come up. */
export async function startMotoServer(): Promise<MotoServer | undefined> {
  const port = await freePort()
  const keys = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_DEFAULT_REGION: 'eu-west-1' }
  const server = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], {
    // State machines of moto call its services by the port that the variable says.
    env: { ...process.env, ...keys, MOTO_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const up = await new Promise<boolean>(resolve => {
    const listen = (chunk: Buffer) => void (chunk.includes('Running on') && resolve(true))
    server.stdout.on('data', listen)
    server.stderr.on('data', listen)
    server.once('error', () => resolve(false))
    server.once('exit', () => resolve(false))
  })
  if (!up) return undefined
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const ended = once(server, 'exit')
      server.kill()
      await ended
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
