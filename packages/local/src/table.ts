import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createCircuitTable } from '@breakwater/dynamodb'
import dynalite from 'dynalite'
import { close, host, listen } from './listen.ts'

/** The circuits' table in an embedded DynamoDB that speaks the real wire protocol. */
export interface Table {
  readonly name: string
  readonly port: number
  readonly endpoint: string
  /** Requests that read and that wrote items so far. */
  counts(): { readonly reads: number; readonly writes: number }
  close(): Promise<void>
}

/** What the SDK needs before it talks to anybody; dynalite does not look at it. */
export const fakeCredentials = { accessKeyId: 'local', secretAccessKey: 'local', sessionToken: 'local' }

/** The region everything here claims to run in. */
export const region = 'eu-west-1'

const reading = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan'])
const writing = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'])

/** Starts dynalite in this process and creates the table in it. */
export async function startTable(options: { port?: number; name?: string } = {}): Promise<Table> {
  const { name = 'circuits' } = options
  const counts = { reads: 0, writes: 0 }
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })

  const [inner] = server.listeners('request') as RequestListener[]
  server.removeAllListeners('request')
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
    if (reading.has(operation)) counts.reads += 1
    if (writing.has(operation)) counts.writes += 1
    inner?.call(server, request, response)
    // dynalite throws when a client goes away in mid-request, as an environment that is killed does.
    request.removeAllListeners('error').on('error', () => {})
  })

  const port = await listen(server, options.port ?? 0, '--dynamodb-port')
  const endpoint = `http://${host}:${port}`
  const client = new DynamoDBClient({ endpoint, region, credentials: fakeCredentials })
  try {
    await createCircuitTable(client, name)
  } catch (error) {
    await close(server)
    throw error
  } finally {
    client.destroy()
  }
  return { name, port, endpoint, counts: () => ({ ...counts }), close: () => close(server) }
}
