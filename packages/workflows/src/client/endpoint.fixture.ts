import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SFNClient } from '@aws-sdk/client-sfn'
import { VirtualClock } from '@breakwater/circuit/testing'
import { WorkflowClient, type WorkflowClientOptions } from './client.ts'

export const machine = 'arn:aws:states:eu-west-1:123456789012:stateMachine:orders'
export const execution = 'arn:aws:states:eu-west-1:123456789012:execution:orders:order-1'
/** When executions start, in epoch seconds, as the service reports it. */
export const startDate = 1_800_000_000
const credentials = { accessKeyId: 'x', secretAccessKey: 'x' }

/** `hang` never answers, and `reset` ends the connection. */
export type Answer = { readonly status: number; readonly body: object } | 'hang' | 'reset'

export interface Request {
  readonly operation: string
  readonly host: string | undefined
  readonly body: Readonly<Record<string, unknown>>
}

/** An answer of the service. */
export const ok = (body: object): Answer => ({ status: 200, body: { startDate, ...body } })

/** An error of the service. */
export const refuse = (name: string, status = 400): Answer => ({
  status,
  body: { __type: `com.amazonaws.states#${name}`, message: `${name}!` },
})

/** A Step Functions endpoint on the loopback, which answers each operation in turn, the last answer again and again. */
export async function startStates() {
  const requests: Request[] = []
  const answers = new Map<string, Answer[]>()
  let onHang: (hung: { readonly closed: Promise<unknown> }) => void = () => {}
  const server = createServer(async (request: IncomingMessage, response) => {
    const text = Buffer.concat(await request.toArray()).toString()
    const operation = String(request.headers['x-amz-target']).replace('AWSStepFunctions.', '')
    requests.push({ operation, host: request.headers.host, body: JSON.parse(text) })
    const turns = answers.get(operation) ?? []
    const answer = (turns.length > 1 ? turns.shift() : turns[0]) ?? refuse('AccessDeniedException')
    if (answer === 'hang') return onHang({ closed: once(response, 'close') })
    if (answer === 'reset') return request.socket.resetAndDestroy()
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' })
    response.end(JSON.stringify(answer.body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const clientConfig = { endpoint, region: 'eu-west-1', credentials }
  return {
    clientConfig,
    requests,
    operations: () => requests.map(({ operation }) => operation),
    answer: (operation: string, ...turns: Answer[]) => void answers.set(operation, turns),
    /** The next request that hangs. */
    hung: () => new Promise<{ readonly closed: Promise<unknown> }>(resolve => (onHang = resolve)),
    /** A client with a real SDK client of one attempt. */
    client: (options: WorkflowClientOptions = {}) => {
      const client = new SFNClient({ ...clientConfig, disableHostPrefix: true, maxAttempts: 1 })
      return new WorkflowClient({ client, random: () => 1, ...options } as WorkflowClientOptions)
    },
    reset() {
      requests.length = 0
      answers.clear()
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** A virtual clock that moves by itself to the end of each pause between polls, and leaves time limits to the test. */
export function pollingClock() {
  const clock = new VirtualClock(startDate * 1_000)
  const pauses: number[] = []
  const setTimeout = (callback: () => void, ms: number) => {
    const timer = clock.setTimeout(callback, ms)
    if (ms <= 5_000) {
      pauses.push(ms)
      void clock.advance(ms)
    }
    return timer
  }
  return { now: clock.now, setTimeout, clearTimeout: clock.clearTimeout, clock, pauses }
}
