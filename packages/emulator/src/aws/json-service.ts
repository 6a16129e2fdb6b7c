import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { close, host, listen, readBody } from './http-server.ts'
import { parseJson } from './parse-json.ts'

/** The input of an operation, as the client sent it. */
export type Input = Readonly<Record<string, unknown>>

/** Answers one operation; `signal` ends when the client goes away. */
export type Operation = (input: Input, signal: AbortSignal) => unknown

/**
 * An error that the client of a service gets, by its code.
 *
 * @example
 * throw new ServiceError('ResourceNotFoundException', 'there is no secret shop/database')
 */
export class ServiceError extends Error {
  override readonly name: string = 'ServiceError'
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}

/** Hears of a request before its operation begins. */
export type OnRequest = (authorization: string | undefined, action: string, input: Input) => void

/** How an error is written: its type, and headers beside. */
export interface ErrorShape {
  readonly type: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Options of {@link startJsonService}. */
export interface JsonServiceOptions {
  /** The part of X-Amz-Target before the operation. */
  readonly target: string
  /** Version of the AWS JSON protocol. */
  readonly version: '1.0' | '1.1'
  readonly operations: Readonly<Record<string, Operation>>
  /** Called before each operation, with the Authorization header of its request. */
  readonly onRequest?: OnRequest | undefined
  /** Gives the error's type, and headers. @default its code, and no header */
  readonly describe?: (error: ServiceError) => ErrorShape
  /** @default 0, a free one */
  readonly port?: number
  /** Names the port in an error. */
  readonly portOption: string
}

/** An endpoint of one AWS service on 127.0.0.1. */
export interface JsonService {
  readonly port: number
  readonly url: string
  close(): Promise<void>
}

/** More than any request of these services may hold, with room for JSON's escapes. */
const maxBodyBytes = 16 * 1024 * 1024

/** Starts an endpoint that speaks AWS's JSON protocol. */
export async function startJsonService(options: JsonServiceOptions): Promise<JsonService> {
  const { target, version, operations, describe = plain } = options

  const server = createServer((request, response) => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    answer(request, gone.signal)
      .then(output => send(response, 200, output ?? {}))
      .catch((error: unknown) => refuse(response, error))
      // Only a client that went away leads here: there is no one to answer.
      .catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, signal: AbortSignal): Promise<unknown> {
    const body = await readBody(request, maxBodyBytes)
    if (!body)
      throw new ServiceError('RequestEntityTooLargeException', `The body is over ${maxBodyBytes} bytes`, 413)
    const [service, name = ''] = String(request.headers['x-amz-target']).split('.')
    if (request.method !== 'POST' || service !== target || !Object.hasOwn(operations, name)) {
      const supported = Object.keys(operations).join(', ')
      const requested = request.headers['x-amz-target'] ?? `${request.method} without X-Amz-Target`
      throw new ServiceError(
        'UnknownOperationException',
        `${requested} is not supported here; ${target} has ${supported}`,
      )
    }
    const input = inputOf(body)
    options.onRequest?.(request.headers.authorization, name, input)
    return await operations[name]!(input, signal)
  }

  function refuse(response: ServerResponse, error: unknown): void {
    const refusal =
      error instanceof ServiceError
        ? error
        : new ServiceError('InternalFailure', error instanceof Error ? error.message : String(error), 500)
    const { type, headers = {} } = describe(refusal)
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    send(response, refusal.status, { __type: type, message: refusal.message })
  }

  function send(response: ServerResponse, status: number, output: unknown): void {
    const headers = { 'Content-Type': `application/x-amz-json-${version}`, 'x-amzn-RequestId': randomUUID() }
    response.writeHead(status, headers).end(JSON.stringify(output))
  }

  const port = await listen(server, options.port ?? 0, options.portOption)
  return { port, url: `http://${host}:${port}`, close: () => close(server) }
}

function plain({ code }: ServiceError): ErrorShape {
  return { type: code }
}

function inputOf(body: Buffer): Input {
  try {
    const input: unknown = parseJson(body.toString() || '{}')
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Input
  } catch {
    // Refused below.
  }
  throw new ServiceError('SerializationException', 'The body is not a JSON object')
}
