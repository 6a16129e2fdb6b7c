import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb'
import { StoreError } from '@breakwater/circuit'
import { checkOptions, checkValue, milliseconds, objectWith, required } from '@breakwater/circuit/shared'
import { lacking } from './answer.ts'
import { tableName as tableNameCheck } from './options.ts'
import { tableKeys } from './schema.ts'

/** The result of {@link createCircuitTable}. */
export interface CircuitTable {
  /** False if the table was there already. */
  readonly created: boolean
  /** Whether expired items are deleted. False only where the endpoint does not support TTL, such as dynalite. */
  readonly timeToLive: boolean
}

type Client = Pick<DynamoDBClient, 'send'>

const { partition, sort, timeToLive } = tableKeys

/**
 * Creates the circuit table, on demand billing and with TTL, and waits until it can be used. A table that exists with
 * the right keys is left as it is. For tests and local use; in an account leave it to your infrastructure code.
 *
 * @param options.timeoutMs maximum wait for the table, in ms. @default 60_000
 * @throws TypeError for a bad argument, naming it, its value and what is allowed.
 * @throws StoreError `misconfigured` for a table with other keys or another TTL attribute, `timeout` past the limit.
 * @example
 * await createCircuitTable(new DynamoDBClient({ endpoint: 'http://127.0.0.1:8000' }), 'circuits')
 */
export async function createCircuitTable(
  client: Pick<DynamoDBClient, 'send'>,
  tableName: string,
  options: { readonly timeoutMs?: number } = {},
): Promise<CircuitTable> {
  checkValue('createCircuitTable', 'client', client, required(objectWith('a DynamoDBClient', 'send')))
  checkValue('createCircuitTable', 'tableName', tableName, tableNameCheck)
  const { timeoutMs = 60_000 } = checkOptions('createCircuitTable', options, { timeoutMs: milliseconds })
  const created = await create(client, tableName)
  checkKeys(tableName, await waitUntilActive(client, tableName, timeoutMs))
  return { created, timeToLive: await enableTimeToLive(client, tableName) }
}

async function create(client: Client, TableName: string): Promise<boolean> {
  const { CreateTableCommand } = await import('@aws-sdk/client-dynamodb')
  try {
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: partition, KeyType: 'HASH' },
          { AttributeName: sort, KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: partition, AttributeType: 'S' },
          { AttributeName: sort, AttributeType: 'S' },
        ],
      }),
    )
    return true
  } catch (error) {
    if (isNamed(error, 'ResourceInUseException')) return false
    throw error
  }
}

async function waitUntilActive(
  client: Client,
  TableName: string,
  timeoutMs: number,
): Promise<TableDescription> {
  const { DescribeTableCommand } = await import('@aws-sdk/client-dynamodb')
  const until = performance.now() + timeoutMs
  for (let pause = 10; ; pause = Math.min(2 * pause, 1_000)) {
    const table = await client.send(new DescribeTableCommand({ TableName })).then(
      answer => {
        if (!answer?.Table?.KeySchema) throw lacking('DescribeTable', TableName, 'Table')
        return answer.Table
      },
      error => {
        // A new table may not be visible on every DynamoDB host yet.
        if (!isNamed(error, 'ResourceNotFoundException')) throw error
      },
    )
    if (table?.TableStatus === 'ACTIVE' || table?.TableStatus === 'UPDATING') return table
    if (performance.now() + pause > until) {
      const status = table?.TableStatus ?? 'not there'
      throw new StoreError('timeout', `Table "${TableName}" is still ${status} after ${timeoutMs} ms`)
    }
    await new Promise(resolve => setTimeout(resolve, pause))
  }
}

function checkKeys(tableName: string, { KeySchema = [], AttributeDefinitions = [] }: TableDescription): void {
  const keys = KeySchema.map(({ AttributeName, KeyType }) => {
    const type = AttributeDefinitions.find(attribute => attribute.AttributeName === AttributeName)
    return `${AttributeName} (${type?.AttributeType}, ${KeyType})`
  }).join(', ')
  const right = `${partition} (S, HASH), ${sort} (S, RANGE)`
  if (keys !== right)
    throw new StoreError(
      'misconfigured',
      `Table "${tableName}" has the keys ${keys}; a circuit table has ${right}`,
    )
}

async function enableTimeToLive(client: Client, TableName: string): Promise<boolean> {
  const { DescribeTimeToLiveCommand, UpdateTimeToLiveCommand } = await import('@aws-sdk/client-dynamodb')
  const isOn = async () => {
    const answer = await client.send(new DescribeTimeToLiveCommand({ TableName }))
    const ttl = answer?.TimeToLiveDescription
    if (!ttl) throw lacking('DescribeTimeToLive', TableName, 'TimeToLiveDescription')
    if (!ttl.TimeToLiveStatus?.startsWith('ENABL')) return false
    if (ttl.AttributeName === timeToLive) return true
    const found = `has TTL on "${ttl.AttributeName}"; a circuit table has it on "${timeToLive}"`
    throw new StoreError('misconfigured', `Table "${TableName}" ${found}`)
  }
  try {
    if (await isOn()) return true
    const TimeToLiveSpecification = { Enabled: true, AttributeName: timeToLive }
    await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }))
    return true
  } catch (error) {
    if (isNamed(error, 'UnknownOperationException')) return false
    // Another process may have switched it on at the same moment.
    if (isNamed(error, 'ValidationException') && (await isOn())) return true
    throw error
  }
}

function isNamed(error: unknown, name: string): boolean {
  return (error as Error | undefined)?.name === name
}
