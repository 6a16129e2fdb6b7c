import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Circuit, type CircuitEvent, type CircuitOptions } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
// The SDK's own retry strategy, to make its retries without their delays.
import { ConfiguredRetryStrategy } from '@smithy/core/retry'

/** An answer of the endpoint. `cut` ends the connection in the middle of the body, `unfinished` stops there. */
interface HttpAnswer {
  readonly status: number
  readonly body?: string
  readonly headers?: Record<string, string>
  readonly cut?: true
  readonly unfinished?: true
}

/** `reset` ends the connection before any answer, and `hang` never answers. */
export type Answer = HttpAnswer | 'reset' | 'hang'

/** An AWS error in the protocol of DynamoDB and SQS. */
export function awsError(name: string, status = 400, extra: object = {}): Answer {
  return { status, body: JSON.stringify({ __type: `com.amazonaws#${name}`, message: name, ...extra }) }
}

/** An answer in that protocol. */
export function ok(body: object = {}): Answer {
  return { status: 200, body: JSON.stringify(body) }
}

/** A fake AWS endpoint on the loopback. Answers in turn, then with 200 and an empty object. */
export async function startAwsEndpoint() {
  const server = createServer()
  const answers: Answer[] = []
  const requests: string[] = []
  /** Called with a request that hangs, and the end of its connection. */
  let arrived: (hung: { readonly closed: Promise<unknown> }) => void = () => {}
  server.on('request', async (request: IncomingMessage, response: ServerResponse) => {
    const target = request.headers['x-amz-target']
    requests.push(
      typeof target === 'string' ? target.replace(/.*\./, '') : `${request.method} ${request.url}`,
    )
    const answer = answers.shift() ?? ok()
    if (answer === 'hang') return arrived({ closed: once(response, 'close') })
    if (answer === 'reset') return request.socket.resetAndDestroy()
    await request.resume().toArray()
    const { status, body = '', headers, cut, unfinished } = answer
    const length = Buffer.byteLength(body) + (cut || unfinished ? 100 : 0)
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': length,
      ...headers,
    })
    if (cut) response.write(body, () => request.socket.destroy())
    else if (unfinished) response.write(body)
    else response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const endpoint = `http://127.0.0.1:${port}`
  return {
    endpoint,
    /** The requests that arrived, by operation where the protocol names it. */
    requests,
    answers: (...next: Answer[]) => void answers.push(...next),
    /** The next request that hangs. */
    hung: () => new Promise<{ readonly closed: Promise<unknown> }>(resolve => (arrived = resolve)),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

export type AwsEndpoint = Awaited<ReturnType<typeof startAwsEndpoint>>

/** A client's configuration for an endpoint. */
export function configOf(endpoint: string, maxAttempts = 1) {
  return {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    endpoint,
    maxAttempts,
    retryStrategy: new ConfiguredRetryStrategy(maxAttempts, () => 0),
  }
}

/** A circuit on a virtual clock, and its events. */
export function circuitOf(options: CircuitOptions = {}, name = 'aws') {
  const clock = new VirtualClock()
  const events: CircuitEvent[] = []
  const circuit = new Circuit(name, { clock, listener: event => void events.push(event), ...options })
  const outcomes = () => events.flatMap(event => (event.type === 'call' ? [event.outcome] : []))
  return { circuit, clock, events, outcomes }
}

/** The same, with the circuit open for 5 s. */
export async function openCircuit(classify?: CircuitOptions['classify']) {
  const opened = circuitOf({ consecutiveFailures: 1, ...(classify && { classify }) })
  const permit = await opened.circuit.acquire()
  await permit.fail()
  opened.events.length = 0
  return opened
}
