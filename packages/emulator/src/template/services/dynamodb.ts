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
import { dynamoDbChecks, type FindTable } from '../../access/dynamodb-checks.ts'
import { startDynalite } from '../../dynamodb/dynalite-server.ts'
import { arnOf, physicalId } from '../naming.ts'
import type { ResourceType, ServiceDefinition } from '../service.ts'
import type { ResolvedResource } from '../types.ts'

const unthrottled = 'nothing is throttled'

const table: ResourceType = {
  naming: {
    nameProperty: 'TableName',
    arn: arnOf('dynamodb', ({ name }) => `table/${name}`),
    attributes: {
      StreamArn: arnOf('dynamodb', ({ name }) => `table/${name}/stream/2000-01-01T00:00:00.000`),
      TableId: ({ stack, id }) => physicalId(stack, id),
    },
  },
  properties: {
    supported: [
      'TableName',
      'KeySchema',
      'AttributeDefinitions',
      'BillingMode',
      'ProvisionedThroughput',
      'GlobalSecondaryIndexes',
      'LocalSecondaryIndexes',
      'Replicas',
    ],
    ignored: {
      Tags: 'nothing asks for tags',
      TimeToLiveSpecification: 'expired items stay, as they may for days in an account',
      StreamSpecification: 'nothing here can read a stream: an event source mapping of one is refused',
      PointInTimeRecoverySpecification: 'nothing outlives the process',
      SSESpecification: 'nothing is written to a disk',
      DeletionProtectionEnabled: 'no operation deletes the table',
      TableClass: 'it changes the price only',
      OnDemandThroughput: unthrottled,
      WarmThroughput: unthrottled,
      WriteProvisionedThroughputSettings: unthrottled,
      WriteOnDemandThroughputSettings: unthrottled,
      ContributorInsightsSpecification: 'there are no metrics',
      ResourcePolicy: 'nothing is authorised here',
    },
  },
}

/** Tables, in an embedded dynalite. */
export const dynamodb: ServiceDefinition = {
  types: { 'AWS::DynamoDB::Table': table, 'AWS::DynamoDB::GlobalTable': table },

  async start(resources, { region, account, ports, callers }) {
    const inputs = resources.map(tableInput)
    const find = tableFinder(inputs, `arn:aws:dynamodb:${region}:${account}:table/`)
    const server = await startDynalite(
      ports.dynamodb ?? 0,
      region,
      async client => {
        for (const input of inputs) await createTable(client, input)
      },
      callers.reported
        ? (authorization, action, input) =>
            callers.report(callers.signedBy(authorization), () => dynamoDbChecks(find, action, input))
        : undefined,
    )
    return {
      endpoints: { dynamodb: server.endpoint },
      members: { tableCounts: server.counts },
      close: () => server.close(),
    }
  },
}

function tableFinder(inputs: readonly CreateTableCommandInput[], prefix: string): FindTable {
  return nameOrArn => {
    const name = nameOrArn.split('/').at(-1)
    const table = inputs.find(({ TableName }) => TableName === name)
    const schemaOf = (index?: string) =>
      index === undefined
        ? table?.KeySchema
        : [...(table?.GlobalSecondaryIndexes ?? []), ...(table?.LocalSecondaryIndexes ?? [])].find(
            ({ IndexName }) => IndexName === index,
          )?.KeySchema
    return {
      arn: `${prefix}${name}`,
      partitionKey: index => schemaOf(index)?.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName,
    }
  }
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
