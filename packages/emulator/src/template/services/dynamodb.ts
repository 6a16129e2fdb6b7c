import { setTimeout as wait } from 'node:timers/promises'
import {
  type AttributeDefinition,
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndex,
  type KeySchemaElement,
  type LocalSecondaryIndex,
} from '@aws-sdk/client-dynamodb'
import { invalid } from '@breakwater/circuit/shared'
import { type DynaliteServer, startDynalite } from '../../dynamodb/dynalite-server.ts'
import type { ResolvedResource } from '../types.ts'

/**
 * Starts dynalite in this process and creates a template's tables in it.
 *
 * @throws TypeError naming a table of several Regions; PortError for a port that cannot be had.
 */
export async function startTables(
  resources: readonly ResolvedResource[],
  { region, port = 0 }: { readonly region: string; readonly port?: number },
): Promise<DynaliteServer> {
  const inputs = resources.map(tableInput)
  return startDynalite(port, region, async client => {
    for (const input of inputs) await createTable(client, input)
  })
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
