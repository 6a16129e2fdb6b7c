import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { toProxyEvent } from './api-event.ts'
import { type ApiResponse, gatewayAnswer, malformed, toResponse } from './api-response.ts'
import { readBody } from './body.ts'
import { traceId } from './environment.ts'
import { close, host, listen } from './listen.ts'
import type { Scheduler } from './scheduler.ts'

/** The HTTP endpoint in front of a function. */
export interface Front {
  readonly port: number
  readonly url: string
  close(): Promise<void>
}

/** Options of {@link startFront}. */
export interface FrontOptions {
  /** @default 0, a free one */
  readonly port?: number
  /** Paths in API Gateway's notation; the first that fits is taken. @default everything */
  readonly resources?: readonly string[]
  /** Runs the invocations. */
  readonly scheduler: Pick<Scheduler, 'invoke'>
}

/** API Gateway's limit. */
const maxBodyBytes = 10 * 1024 * 1024

/** Starts an endpoint that does what an API Gateway REST API with Lambda proxy integration does. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const { resources = ['/', '/{proxy+}'], scheduler } = options
  const api = { resources, stage: 'local', traceId }

  const server = createServer((request, response) => {
    answer(request)
      .then(answer => send(response, answer))
      // Only the client's own going away leads here, and then nobody is left to be answered.
      .catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage): Promise<ApiResponse> {
    const body = await readBody(request, maxBodyBytes)
    if (!body) return gatewayAnswer(413, 'Request Too Long', 'RequestTooLargeException')
    const { method = 'GET', url = '/', rawHeaders } = request
    const event = toProxyEvent({ method, url, rawHeaders, body, sourceIp: host }, api)
    if (!event)
      return gatewayAnswer(403, 'Missing Authentication Token', 'MissingAuthenticationTokenException')
    return toResponse(await scheduler.invoke(JSON.stringify(event)))
  }

  const port = await listen(server, options.port ?? 0, '--port')
  return { port, url: `http://${host}:${port}`, close: () => close(server) }
}

function send(response: ServerResponse, answer: ApiResponse): void {
  try {
    for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value)
    response.writeHead(answer.status).end(answer.body)
  } catch {
    // A header that HTTP does not allow is malformed, like any other nonsense in a function's answer.
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    send(response, malformed)
  }
}
