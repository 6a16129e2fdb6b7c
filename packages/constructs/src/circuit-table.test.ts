import { tableActions } from '@breakwater/dynamodb'
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { TableEncryption } from 'aws-cdk-lib/aws-dynamodb'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ICircuitTable } from './circuit-grants.ts'
import { CircuitTable } from './circuit-table.ts'
import { findings, makeStack, Synthesised } from './stack.fixture.ts'

function grantee(stack: Stack, id = 'Role'): Role {
  return new Role(stack, id, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
}

/** The statements that a grant of one table makes. */
function statementsOf(
  make: (stack: Stack) => ICircuitTable,
  grant: (table: ICircuitTable, role: Role) => void,
) {
  const stack = makeStack()
  grant(make(stack), grantee(stack))
  return new Synthesised(stack).statements
}

const imported = (stack: Stack) => CircuitTable.fromTableName(stack, 'Circuits', 'circuits')

describe('a circuit table', () => {
  let stack: Stack
  let made: Synthesised
  beforeAll(() => {
    stack = makeStack()
    new CircuitTable(stack, 'Circuits')
    made = new Synthesised(stack)
  })

  it('has the keys of the store, and is on demand, encrypted, recoverable and streamed', () => {
    expect(made.one('AWS::DynamoDB::Table')).toEqual({
      KeySchema: [
        { AttributeName: 'circuit', KeyType: 'HASH' },
        { AttributeName: 'part', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'circuit', AttributeType: 'S' },
        { AttributeName: 'part', AttributeType: 'S' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    })
  })

  it('is retained when its stack is deleted', () => {
    made.template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    })
  })

  it('leaves nothing to find for cdk-nag', () => {
    expect(findings(stack)).toEqual([])
  })
})

it('a circuit table takes a name, a removal policy and a key of its own', () => {
  const stack = makeStack()
  const encryptionKey = new Key(stack, 'Key')
  const table = new CircuitTable(stack, 'Circuits', {
    tableName: 'circuits',
    encryptionKey,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  table.grantCircuits(grantee(stack))
  const made = new Synthesised(stack)
  expect(made.one('AWS::DynamoDB::Table')).toMatchObject({
    TableName: 'circuits',
    SSESpecification: { SSEType: 'KMS' },
  })
  made.template.hasResource('AWS::DynamoDB::Table', { DeletionPolicy: 'Delete' })
  expect(made.statements[0]!.Action).toContain('kms:Decrypt')
})

it('a circuit table makes a key where encryption is CUSTOMER_MANAGED', () => {
  const stack = makeStack()
  const table = new CircuitTable(stack, 'Circuits', { encryption: TableEncryption.CUSTOMER_MANAGED })
  expect(table.encryptionKey).toBeDefined()
  new Synthesised(stack).template.resourceCountIs('AWS::KMS::Key', 1)
})

describe('a grant', () => {
  it('is the four actions of the store on the table, confined to the circuits named', () => {
    const [statement, ...more] = statementsOf(imported, (table, role) =>
      table.grantCircuits(role, ['payments', 'stock']),
    )
    expect(more).toEqual([])
    expect(statement).toMatchObject({
      Effect: 'Allow',
      Action: [...tableActions],
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['payments', 'stock'] } },
    })
    expect(JSON.stringify(statement!.Resource)).toContain(':table/circuits')
  })

  it('takes wildcards', () => {
    const [statement] = statementsOf(imported, (table, role) =>
      table.grantCircuits(role, ['payments', 'tenant:*']),
    )
    expect(statement!.Condition).toEqual({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['payments', 'tenant:*'] },
    })
  })

  it('covers every circuit where none is named', () => {
    const [statement] = statementsOf(imported, (table, role) => table.grantCircuits(role))
    expect(statement).not.toHaveProperty('Condition')
  })

  it('lets a workflow read, and no more', () => {
    const [statement] = statementsOf(imported, (table, role) => table.grantReadCircuits(role, ['payments']))
    expect(statement).toMatchObject({
      Action: 'dynamodb:BatchGetItem',
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['payments'] } },
    })
  })

  it.each([[[]], [['']], [['x'.repeat(257)]], [['a$' + '{aws:username}']]])(
    'refuses circuits %j',
    circuits => {
      expect(() => statementsOf(imported, (table, role) => table.grantCircuits(role, circuits))).toThrow(
        /^CircuitTable.grantCircuits: circuits(\[0\])?: got .*; allowed is (a list of .*names of|the name of a) circuit/,
      )
    },
  )
})

describe('an imported table', () => {
  const tableArn = 'arn:aws:dynamodb:eu-west-1:111122223333:table/circuits'

  it('is found by its ARN', () => {
    const table = CircuitTable.fromCircuitTableAttributes(new Stack(new App(), 'S'), 'T', {
      tableArn,
      tableStreamArn: `${tableArn}/stream/1`,
    })
    expect(table).toMatchObject({ tableArn, tableName: 'circuits', tableStreamArn: `${tableArn}/stream/1` })
  })

  it('brings the key that encrypts it', () => {
    const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1'
    const statements = statementsOf(
      stack =>
        CircuitTable.fromCircuitTableAttributes(stack, 'T', {
          tableArn,
          encryptionKey: Key.fromKeyArn(stack, 'K', keyArn),
        }),
      (table, role) => table.grantReadCircuits(role),
    )
    expect(statements).toMatchObject([{ Action: 'kms:Decrypt', Resource: keyArn }, { Resource: tableArn }])
  })

  it('needs an ARN or a name', () => {
    expect(() => CircuitTable.fromCircuitTableAttributes(new Stack(), 'T', {})).toThrow(
      /^CircuitTable.fromCircuitTableAttributes: tableArn: got undefined/,
    )
  })
})

it('a circuit table has metrics', () => {
  const stack = makeStack()
  const table = new CircuitTable(stack, 'Circuits')
  const metrics = [
    table.metricConsumedReadCapacityUnits(),
    table.metricConsumedWriteCapacityUnits(),
    table.metricConditionalCheckFailedRequests(),
    table.metricReadThrottleEvents(),
    table.metricWriteThrottleEvents(),
  ]
  expect(metrics.map(one => [one.namespace, one.metricName, one.statistic])).toEqual([
    ['AWS/DynamoDB', 'ConsumedReadCapacityUnits', 'Sum'],
    ['AWS/DynamoDB', 'ConsumedWriteCapacityUnits', 'Sum'],
    ['AWS/DynamoDB', 'ConditionalCheckFailedRequests', 'Sum'],
    ['AWS/DynamoDB', 'ReadThrottleEvents', 'Sum'],
    ['AWS/DynamoDB', 'WriteThrottleEvents', 'Sum'],
  ])
  expect(stack.resolve(metrics[0]!.dimensions)).toEqual({ TableName: stack.resolve(table.tableName) })
})
