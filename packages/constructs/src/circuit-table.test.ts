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
  table.grantGuard(grantee(stack))
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
  /** Actions of each statement, with the keys that it is confined to. */
  const granted = (grant: Parameters<typeof statementsOf>[1]) =>
    statementsOf(imported, grant).map(({ Action, Condition, Resource, Effect }) => {
      expect([Effect, JSON.stringify(Resource)]).toEqual([
        'Allow',
        expect.stringContaining(':table/circuits'),
      ])
      return [Action, Condition]
    })
  const equal = (...keys: string[]) => ({ 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': keys } })
  const like = (...keys: string[]) => ({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys } })
  const write = ['dynamodb:GetItem', 'dynamodb:UpdateItem']

  it('lets a function that guards calls write its circuits and read their overrides, and no more', () => {
    expect(granted((table, role) => table.grantGuard(role, ['payments', 'stock']))).toEqual([
      [
        'dynamodb:BatchGetItem',
        equal('circuit#payments', 'circuit#stock', 'control#payments', 'control#stock'),
      ],
      [write, equal('circuit#payments', 'circuit#stock')],
    ])
  })

  it('takes wildcards', () => {
    expect(granted((table, role) => table.grantGuard(role, ['payments', 'tenant:*']))).toEqual([
      [
        'dynamodb:BatchGetItem',
        like('circuit#payments', 'circuit#tenant:*', 'control#payments', 'control#tenant:*'),
      ],
      [write, like('circuit#payments', 'circuit#tenant:*')],
    ])
  })

  it('covers every circuit where none is named, and nothing but circuits', () => {
    expect(granted((table, role) => table.grantGuard(role))).toEqual([
      ['dynamodb:BatchGetItem', like('circuit#*', 'control#*')],
      [write, like('circuit#*')],
    ])
  })

  it('lets a workflow read, and no more', () => {
    expect(granted((table, role) => table.grantRead(role, ['payments']))).toEqual([
      ['dynamodb:BatchGetItem', equal('circuit#payments', 'control#payments')],
    ])
  })

  it('lets an operator set overrides and read acts, and write no circuit', () => {
    expect(granted((table, role) => table.grantOperate(role, ['payments']))).toEqual([
      ['dynamodb:BatchGetItem', equal('circuit#payments', 'control#payments')],
      [['dynamodb:Query', 'dynamodb:UpdateItem'], equal('control#payments')],
    ])
  })

  it('lets a recycler keep its records, and touch no circuit', () => {
    const actions = ['BatchGetItem', 'GetItem', 'Query', 'UpdateItem'].map(name => `dynamodb:${name}`)
    expect(granted((table, role) => table.grantRecycle(role))).toEqual([[actions, like('recycler#*')]])
  })

  it.each([[[]], [['']], [['x'.repeat(257)]], [['a$' + '{aws:username}']], [['a\nb']]])(
    'refuses circuits %j',
    circuits => {
      for (const method of ['grantGuard', 'grantRead', 'grantOperate'] as const) {
        expect(() => statementsOf(imported, (table, role) => table[method](role, circuits))).toThrow(
          new RegExp(
            `^CircuitTable.${method}: circuits(\\[0\\])?: got .*; allowed is (a list of .*names of|the name of a) circuit`,
          ),
        )
      }
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
      (table, role) => table.grantRead(role),
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
