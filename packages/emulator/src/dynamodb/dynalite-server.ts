import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { close, host, listen } from '../aws/http-server.ts'
import type { OnRequest } from '../aws/json-service.ts'
import { parseJson } from '../aws/parse-json.ts'

/** An embedded DynamoDB that speaks the real wire protocol. */
export interface DynaliteServer {
  readonly port: number
  readonly endpoint: string
  /** Requests that read and that wrote items so far. */
  counts(): { readonly reads: number; readonly writes: number }
  close(): Promise<void>
}

/**
 * Credentials for SDK clients, which send nothing without any; dynalite does not look at them.
 *
 * @example
 * const client = new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials: fakeCredentials })
 */
export const fakeCredentials = { accessKeyId: 'local', secretAccessKey: 'local', sessionToken: 'local' }

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
    if (onRequest) reportBody(request, operation, onRequest)
    inner?.call(server, request, response)
    // dynalite throws when a client goes away in mid-request, as an environment that is killed does.
    request.removeAllListeners('error').on('error', () => {})
  })

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

/** Reads the body beside dynalite, whose listeners get the same chunks after this one. */
function reportBody(request: IncomingMessage, operation: string, onRequest: OnRequest): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    let input: unknown
    try {
      input = parseJson(Buffer.concat(chunks).toString())
    } catch {
      // dynalite refuses it.
      return
    }
    onRequest(request.headers.authorization, operation, Object(input))
  })
}
