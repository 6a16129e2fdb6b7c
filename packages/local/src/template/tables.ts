import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import {
  type AttributeDefinition,
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  type GlobalSecondaryIndex,
  type KeySchemaElement,
  type LocalSecondaryIndex,
} from '@aws-sdk/client-dynamodb'
import { invalid } from '@breakwater/circuit/shared'
import dynalite from 'dynalite'
import { close, host, listen } from '../listen.ts'
import { fakeCredentials } from '../table.ts'
import type { ResolvedResource } from './types.ts'

/** A template's tables in an embedded DynamoDB that speaks the real wire protocol. */
export interface Tables {
  readonly port: number
  readonly endpoint: string
  /** Requests that read and that wrote items so far. */
  counts(): { readonly reads: number; readonly writes: number }
  close(): Promise<void>
}

const reading = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan'])
const writing = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'])

/**
 * Starts dynalite in this process and creates the tables in it.
 *
 * @throws TypeError naming a table of several Regions; PortError for a port that cannot be had.
 */
export async function startTables(
  resources: readonly ResolvedResource[],
  { region, port: wanted = 0 }: { readonly region: string; readonly port?: number },
): Promise<Tables> {
  const inputs = resources.map(tableInput)
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

  // Closed under a request, whoever sent it and has gone since, dynalite throws where nobody can catch it.
  let answering = 0
  server.prependListener('request', (_: IncomingMessage, response: ServerResponse) => {
    answering += 1
    const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse
    response.end = (...given: unknown[]) => {
      answering -= 1
      return end(...given)
    }
  })
  const finish = async () => {
    // A request that never arrived as a whole is never answered.
    for (let waits = 0; answering > 0 && waits < 100; waits++) await wait(10)
    await close(server)
  }

  const port = await listen(server, wanted, '--dynamodb-port')
  const endpoint = `http://${host}:${port}`
  const client = new DynamoDBClient({ endpoint, region, credentials: fakeCredentials })
  try {
    for (const input of inputs) await createTable(client, input)
  } catch (error) {
    await close(server)
    throw error
  } finally {
    client.destroy()
  }
  return { port, endpoint, counts: () => ({ ...counts }), close: finish }
}

function tableInput({ name, where, type, properties }: ResolvedResource): CreateTableCommandInput {
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes, Replicas } =
    properties
  const global = type === 'AWS::DynamoDB::GlobalTable'
  if (global && (!Array.isArray(Replicas) || Replicas.length > 1)) {
    throw invalid(`${where}.Properties.Replicas`, Replicas, 'one replica: there is one Region here')
  }
  // A global table scales in ways that say nothing to a table without limits.
  const onDemand = global || properties.BillingMode === 'PAY_PER_REQUEST'
  const throughput = ({ ProvisionedThroughput }: Throughput) =>
    onDemand || !ProvisionedThroughput ? {} : { ProvisionedThroughput: unitsOf(ProvisionedThroughput) }
  const indexes = (GlobalSecondaryIndexes as (GlobalSecondaryIndex & Throughput)[] | undefined)?.map(
    ({ IndexName, KeySchema, Projection, ...index }) => ({
      IndexName,
      KeySchema,
      Projection,
      ...throughput(index),
    }),
  )
  return {
    TableName: name,
    KeySchema: KeySchema as KeySchemaElement[],
    AttributeDefinitions: AttributeDefinitions as AttributeDefinition[],
    BillingMode: onDemand ? 'PAY_PER_REQUEST' : 'PROVISIONED',
    ...throughput(properties as Throughput),
    ...(indexes && { GlobalSecondaryIndexes: indexes }),
    ...(LocalSecondaryIndexes !== undefined && {
      LocalSecondaryIndexes: LocalSecondaryIndexes as LocalSecondaryIndex[],
    }),
  }
}

interface Throughput {
  readonly ProvisionedThroughput?: {
    readonly ReadCapacityUnits?: unknown
    readonly WriteCapacityUnits?: unknown
  }
}

/** CloudFormation allows numbers written as texts. */
function unitsOf({
  ReadCapacityUnits,
  WriteCapacityUnits,
}: NonNullable<Throughput['ProvisionedThroughput']>) {
  return { ReadCapacityUnits: Number(ReadCapacityUnits), WriteCapacityUnits: Number(WriteCapacityUnits) }
}

async function createTable(client: DynamoDBClient, input: CreateTableCommandInput): Promise<void> {
  await client.send(new CreateTableCommand(input))
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: input.TableName }))
    if (Table?.TableStatus === 'ACTIVE') return
    await wait(5)
  }
}
