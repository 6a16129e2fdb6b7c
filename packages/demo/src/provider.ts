import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { close, host, listen, readBody } from '@breakwater/emulator/testing'
import { type Fault, FaultError, noFault, parseFault } from './faults.ts'

/** A stand-in for a payment provider: a real HTTP server whose faults are switched by a request. */
export interface Provider {
  readonly port: number
  readonly url: string
  /** The number of charges received, whatever their outcome. */
  received(): number
  /** Calls back at the arrival of every charge, with the epoch ms of it. Returns a function that ends that. */
  onCharge(listener: (at: number) => void): () => void
  close(): Promise<void>
}

/** Options of {@link startProvider}. */
export interface ProviderOptions {
  /** @default 0, a free one */
  readonly port?: number
  /** How long a charge takes while all is well, in ms. @default 25 */
  readonly latencyMs?: number
  /** Decides which charges a fault with a `rate` below 1 hits. @default Math.random */
  readonly random?: () => number
}

const maxBodyBytes = 64 * 1024

/**
 * Starts the provider. `POST /charges` charges, `POST /refunds` gives back, `GET /faults` and `PUT /faults`
 * show and set the fault.
 *
 * @example
 * const provider = await startProvider()
 * await fetch(`${provider.url}/faults`, { method: 'PUT', body: '{"mode":"hang"}' })
 */
export async function startProvider(options: ProviderOptions = {}): Promise<Provider> {
  const { latencyMs = 25, random = Math.random } = options
  const listeners = new Set<(at: number) => void>()
  let fault = noFault
  let received = 0

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = `${request.method} ${request.url?.split('?')[0]}`
    if (route === 'POST /charges') {
      received += 1
      const at = Date.now()
      for (const listener of listeners) listener(at)
    }
    const body = await readBody(request, maxBodyBytes)
    if (body === undefined) return refuse(response, 413, `the body is longer than ${maxBodyBytes} bytes`)
    if (route === 'POST /charges') {
      const isSpared = 'rate' in fault && random() >= fault.rate
      return charge(response, isSpared ? noFault : fault, latencyMs)
    }
    if (route === 'POST /refunds')
      return send(response, 201, { id: `re_${randomUUID()}`, status: 'refunded' })
    if (route === 'GET /faults') return send(response, 200, { ...fault, received })
    if (route === 'PUT /faults') return switchFault(response, body.toString())
    refuse(response, 404, `${route} is not here; try POST /charges, GET /faults or PUT /faults`)
  }

  function switchFault(response: ServerResponse, body: string): void {
    try {
      fault = parseFault(body)
      send(response, 200, fault)
    } catch (error) {
      if (!(error instanceof FaultError)) throw error
      refuse(response, 400, error.message)
    }
  }

  const port = await listen(server, options.port ?? 0, '--provider-port')
  return {
    port,
    url: `http://${host}:${port}`,
    received: () => received,
    onCharge(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => close(server),
  }
}

/** Answers a charge as the fault that hits it asks for. */
async function charge(response: ServerResponse, fault: Fault, latencyMs: number): Promise<void> {
  if (fault.mode === 'hang') return
  if (fault.mode === 'reset') return void response.socket?.resetAndDestroy()
  if (fault.mode === 'errors') return refuse(response, fault.status, 'the provider is down')
  if (fault.mode === 'throttle') {
    response.setHeader('Retry-After', String(fault.retryAfterSeconds))
    return refuse(response, 429, 'too many charges')
  }
  await sleep(fault.mode === 'latency' ? fault.latencyMs : latencyMs)
  send(response, 201, { id: `ch_${randomUUID()}`, status: 'charged' })
}

function send(response: ServerResponse, status: number, value: unknown): void {
  if (response.destroyed) return
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
}

function refuse(response: ServerResponse, status: number, message: string): void {
  send(response, status, { message })
}
