import { EventEmitter } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { fakeCredentials } from '../aws/credentials.ts'
import { close, host, listen, readBody } from '../aws/http-server.ts'
import { parseJson } from '../aws/parse-json.ts'

/** An embedded DynamoDB that speaks the real wire protocol. */
export interface DynaliteServer {
  readonly port: number
  readonly endpoint: string
  /** Requests that read and that wrote items so far. */
  counts(): { readonly reads: number; readonly writes: number }
  close(): Promise<void>
}

/** DynamoDB's limit. */
const maxBodyBytes = 16 * 1024 * 1024
const maxExpressionBytes = 4_096
/** Each level takes the parsers of dynalite four times as long, in a condition that is none. */
const maxParentheses = 5
const reading = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan'])
const writing = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'])

/**
 * Starts dynalite in this process.
 *
 * @param port 0 for a free one
 * @param prepare makes its tables
 * @param onRequest called before each operation, with the Authorization header of its request; by default nothing is
 * @throws PortError for a port that cannot be had; any error of `prepare`.
 * @example
 * const server = await startDynalite(0, 'eu-west-1', async client => void (await createCircuitTable(client, 'circuits')))
 */
export async function startDynalite(
  port: number,
  region: string,
  prepare: (client: DynamoDBClient) => Promise<void>,
  onRequest?: (
    authorization: string | undefined,
    operation: string,
    input: Readonly<Record<string, unknown>>,
  ) => void,
): Promise<DynaliteServer> {
  const counts = { reads: 0, writes: 0 }
  let answering = 0
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  const [inner] = server.listeners('request') as RequestListener[]
  server.removeAllListeners('request')
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
    if (reading.has(operation)) counts.reads += 1
    if (writing.has(operation)) counts.writes += 1
    answering += 1
    const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse
    response.end = (...given: unknown[]) => {
      answering -= 1
      return end(...given)
    }
    readBody(request, maxBodyBytes)
      .then(body => {
        const input = objectIn(body)
        if (body === undefined) answer(response, 413, 'RequestEntityTooLargeException')
        else if (input === undefined) answer(response, 400, 'SerializationException')
        else {
          const wrong = wrongExpression(input)
          if (wrong) return answer(response, 400, 'ValidationException', wrong)
          onRequest?.(request.headers.authorization, operation, input)
          handOver(request, body, response)
        }
      })
      // A client that went away, as an environment that is killed does: there is no one to answer.
      .catch(() => response.destroy())
  })

  /** Gives dynalite a request that has arrived as a whole: what it throws has a place to be caught. */
  function handOver({ method, url, headers }: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const request = Object.assign(new EventEmitter(), { method, url, headers })
    try {
      inner?.call(server, request as unknown as IncomingMessage, response)
      if (body.length > 0) request.emit('data', body)
      request.emit('end')
    } catch (error) {
      answer(response, 500, 'InternalServerError', error instanceof Error ? error.message : String(error))
    }
  }

  const taken = await listen(server, port, '--dynamodb-port')
  const endpoint = `http://${host}:${taken}`
  const client = new DynamoDBClient({ endpoint, region, credentials: fakeCredentials })
  try {
    await prepare(client)
  } catch (error) {
    await close(server)
    throw error
  } finally {
    client.destroy()
  }
  return {
    port: taken,
    endpoint,
    counts: () => ({ ...counts }),
    async close() {
      // Closed during a request, dynalite throws an error that cannot be caught, even if the client has gone. A request that
      // never arrived as a whole is never answered.
      for (let waits = 0; answering > 0 && waits < 100; waits++) await wait(10)
      await close(server)
    },
  }
}

/** The object that a body holds, of a request without one too; undefined for what is none, which dynalite does not survive. */
function objectIn(body: Buffer | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const input: unknown = parseJson(body?.toString() || '{}')
    const isObject = typeof input === 'object' && input !== null && !Array.isArray(input)
    return isObject ? (input as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** What is wrong with an expression of a request, of which BatchGetItem has one for each table. */
function wrongExpression(input: Readonly<Record<string, unknown>>): string | undefined {
  const parts = [input, ...Object.values(Object(input.RequestItems))]
  for (const [name, value] of parts.flatMap(part => Object.entries(Object(part)))) {
    const wrong = name.endsWith('Expression') && typeof value === 'string' && faultOf(value)
    if (wrong) return `Invalid ${name}: ${wrong}`
  }
  return undefined
}

function faultOf(expression: string): string | undefined {
  const size = Buffer.byteLength(expression)
  if (size > maxExpressionBytes)
    return `Expression size has exceeded the maximum allowed size; expression size: ${size}`
  let open = 0
  for (const one of expression) {
    if (one === '(') open++
    if (one === ')') open--
    if (open < 0) return 'Syntax error; token: ")"'
    if (open > maxParentheses)
      return `more than ${maxParentheses} parentheses open at a time are not supported here`
  }
  return open > 0 ? 'Syntax error; token: "<EOF>"' : undefined
}

/** An error as DynamoDB has it. */
function answer(response: ServerResponse, status: number, type: string, message?: string): void {
  const body = JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message })
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body)
}
