import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { App, Stack } from 'aws-cdk-lib'
import { CfnCluster } from 'aws-cdk-lib/aws-ecs'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { CircuitTable } from '../circuit-table.ts'
import { withBundle } from '../node-function.ts'
import { findings, makeStack, Synthesised, textOf } from '../stack.fixture.ts'
import { makeRecycler, valueReadsOf } from './recycler.fixture.ts'
import { SecretRotationRecycler } from './secret-rotation-recycler.ts'
import { settingsOf } from './settings.ts'

vi.mock('../entry.ts', () => ({ entryOf: () => new URL('handler.fixture.ts', import.meta.url) }))

const here = '<AWS::Region>:<AWS::AccountId>'
const ecs = (resource: string) => `arn:<AWS::Partition>:ecs:${here}:${resource}`

/** A role's permissions as `action on resource`, and the condition where there is one. */
function permissions(made: Synthesised, role: string): Record<string, unknown> {
  const { Statement } = made.one('AWS::IAM::Policy', `Recycler${role}`).PolicyDocument
  return Object.fromEntries(
    Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Allow').flatMap(
      (one: Record<string, never>) =>
        [one.Action].flat().flatMap(action =>
          [one.Resource].flat().map(resource => {
            const condition = one.Condition as Record<string, unknown> | undefined
            return [`${action} on ${textOf(resource)}`, condition ? plain(condition) : true]
          }),
        ),
    ),
  )
}

/** A condition with its intrinsic functions as text. */
function plain(condition: Record<string, unknown>): unknown {
  return Object.fromEntries(
    Object.entries(condition).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys as object).map(([key, value]) => [key, [value].flat().map(textOf)]),
      ),
    ]),
  )
}

const logs = (name: string) => expect.stringContaining(`Recycler${name}Logs`)
const without = (found: Record<string, unknown>, ...services: string[]) =>
  Object.fromEntries(Object.entries(found).filter(([name]) => !services.some(one => name.startsWith(one))))

describe('the roles of a recycler of two clusters', () => {
  let made: Synthesised
  let machine: string
  beforeAll(() => {
    made = makeRecycler({ clusters: ['shop', 'back-office'] }).made
    machine = made.one('AWS::StepFunctions::StateMachine').StateMachineName
  })

  const clusters = { ArnEquals: { 'ecs:cluster': [ecs('cluster/shop'), ecs('cluster/back-office')] } }
  const daemons = (cluster: string) =>
    Object.fromEntries(
      [
        ['DescribeDaemon', 'daemon'],
        ['DescribeDaemonRevisions', 'daemon'],
        ['DescribeDaemonRevisions', 'daemon-revision'],
      ].map(([action, type]) => [`ecs:${action} on ${ecs(`${type}/${cluster}/*`)}`, true]),
    )

  it('let the planner look, and start the workflow', () => {
    const found = without(permissions(made, 'PlannerRole'), 'dynamodb:', 'logs:', 'sqs:', 'xray:')
    const states = `arn:<AWS::Partition>:states:${here}`
    expect(found).toEqual({
      'ecs:DescribeTaskDefinition on *': true,
      'ecs:ListServices on *': clusters,
      'ecs:ListDaemons on *': clusters,
      'ecs:ListTasks on *': clusters,
      [`ecs:DescribeClusters on ${ecs('cluster/shop')}`]: true,
      [`ecs:DescribeClusters on ${ecs('cluster/back-office')}`]: true,
      [`ecs:DescribeServices on ${ecs('service/shop/*')}`]: true,
      [`ecs:DescribeServices on ${ecs('service/back-office/*')}`]: true,
      [`ecs:DescribeTasks on ${ecs('task/shop/*')}`]: true,
      [`ecs:DescribeTasks on ${ecs('task/back-office/*')}`]: true,
      ...daemons('shop'),
      ...daemons('back-office'),
      [`ecs:DescribeDaemonTaskDefinition on ${ecs('daemon-task-definition/*')}`]: true,
      [`secretsmanager:DescribeSecret on arn:<AWS::Partition>:secretsmanager:${here}:secret:*`]: true,
      'ssm:DescribeParameters on *': true,
      [`states:StartExecution on ${states}:stateMachine:${machine}`]: true,
      [`states:DescribeExecution on ${states}:execution:${machine}:*`]: true,
    })
  })

  it('let the executor update tagged services of these clusters', () => {
    const found = without(permissions(made, 'ExecutorRole'), 'dynamodb:', 'logs:', 'xray:')
    const tagged = { StringEquals: { 'aws:ResourceTag/breakwater:recycle': ['true'] } }
    expect(found).toEqual({
      [`ecs:DescribeServices on ${ecs('service/shop/*')}`]: true,
      [`ecs:DescribeServices on ${ecs('service/back-office/*')}`]: true,
      [`ecs:UpdateService on ${ecs('service/shop/*')}`]: tagged,
      [`ecs:UpdateService on ${ecs('service/back-office/*')}`]: tagged,
    })
  })

  it('keep the executor from changing the task definition or exec of a service', () => {
    const { Statement } = made.one('AWS::IAM::Policy', 'RecyclerExecutorRole').PolicyDocument
    const denied = Statement.filter(({ Effect }: { Effect: string }) => Effect === 'Deny')
    const services = [ecs('service/shop/*'), ecs('service/back-office/*')]
    expect(
      denied.map(({ Action, Resource, Condition }: Record<string, unknown>) => [
        Action,
        [Resource].flat().map(textOf),
        Condition,
      ]),
    ).toEqual([
      ['ecs:UpdateService', services, { Null: { 'ecs:task-definition': 'false' } }],
      ['ecs:UpdateService', services, { StringEquals: { 'ecs:enable-execute-command': 'true' } }],
    ])
  })

  it('confine both to the records of the recycler, and the planner to none of the circuits', () => {
    const table = `arn:<AWS::Partition>:dynamodb:${here}:table/circuits`
    const onTable = (role: string) =>
      made
        .one('AWS::IAM::Policy', `Recycler${role}`)
        .PolicyDocument.Statement.filter(({ Action }: { Action: unknown }) =>
          `${Action}`.includes('dynamodb:'),
        )
        .map(({ Action, Condition, Resource }: Record<string, Record<string, object>>) => {
          expect(textOf(Resource)).toBe(table)
          const [[operator, keys]] = Object.entries(Condition!) as [[string, object]]
          return `${Action} where ${operator} ${Object.values(keys)}`
        })
    const records =
      'dynamodb:BatchGetItem,dynamodb:GetItem,dynamodb:Query,dynamodb:UpdateItem where ForAllValues:StringLike recycler#*'
    expect(onTable('PlannerRole')).toEqual([records])
    const circuit = 'ForAllValues:StringEquals circuit#ecs-update-service'
    expect(onTable('ExecutorRole')).toEqual([
      records,
      `dynamodb:BatchGetItem where ${circuit},control#ecs-update-service`,
      `dynamodb:GetItem,dynamodb:UpdateItem where ${circuit}`,
    ])
  })

  it('belong to functions that write their own logs', () => {
    const roles = made
      .all('AWS::Lambda::Function')
      .map(one => [one.Description.split(' ')[0], one.Role['Fn::GetAtt'][0].replace(/[0-9A-F]{8}$/, '')])
    expect(roles.sort()).toEqual([
      ['Plans,', 'RecyclerPlannerRole'],
      ['Recycles', 'RecyclerExecutorRole'],
      ['Starts', 'RecyclerPlannerRole'],
    ])
    const written = (role: string) =>
      Object.keys(permissions(made, role)).filter(name => name.startsWith('logs:PutLogEvents'))
    expect(written('PlannerRole').sort()).toEqual([logs('Planner'), logs('Trigger')])
    expect(written('ExecutorRole').sort()).toEqual([logs('Executor')])
  })
})

describe('the code of the functions', () => {
  const made = makeRecycler().made

  it.each([
    ['PlannerRole', 'trigger', 'StartExecution'],
    ['PlannerRole', 'planner', 'DescribeTaskDefinition'],
    ['ExecutorRole', 'executor', 'UpdateService'],
  ] as const)('asks for nothing that the %s does not let the %s do, such as %s', async (role, name, call) => {
    const { entryOf } = await vi.importActual<typeof import('../entry.ts')>('../entry.ts')
    const code = withBundle(entryOf(`recycle-${name}`), folder =>
      readFileSync(join(folder, 'index.mjs'), 'utf8'),
    )
    const calls = [...code.matchAll(/new ([A-Z]\w+)Command\(/g)].map(([, action]) => action)
    expect(calls).toContain(call)
    const allowed = Object.keys(permissions(made, role)).map(one => /^[\w-]+:(\w+) on/.exec(one)?.[1])
    expect(allowed).toEqual(expect.arrayContaining(calls))
  })
})

describe('the roles of other recyclers', () => {
  it('leave out services that are tagged so, where all others are in', () => {
    const found = permissions(makeRecycler({ clusters: ['shop'], optIn: false }).made, 'ExecutorRole')
    expect(found[`ecs:UpdateService on ${ecs('service/shop/*')}`]).toEqual({
      StringNotEquals: { 'aws:ResourceTag/breakwater:recycle': ['false'] },
    })
  })

  it('reach all clusters where none is named, and still nothing but clusters', () => {
    const { made } = makeRecycler()
    const found = permissions(made, 'PlannerRole')
    expect(found).toMatchObject({ 'ecs:ListClusters on *': true, 'ecs:ListServices on *': true })
    expect(found[`ecs:DescribeServices on ${ecs('service/*/*')}`]).toBe(true)
    expect(permissions(made, 'ExecutorRole')[`ecs:UpdateService on ${ecs('service/*/*')}`]).toEqual({
      StringEquals: { 'aws:ResourceTag/breakwater:recycle': ['true'] },
    })
  })

  it('describe the secrets of other accounts that are allowed, or only those named', () => {
    const described = (props: object) =>
      Object.keys(permissions(makeRecycler(props).made, 'PlannerRole')).filter(name =>
        name.startsWith('secretsmanager:'),
      )
    const account = '111122223333'
    expect(described({ allowedAccounts: [account] })).toEqual([
      `secretsmanager:DescribeSecret on arn:<AWS::Partition>:secretsmanager:${here}:secret:*`,
      `secretsmanager:DescribeSecret on arn:<AWS::Partition>:secretsmanager:<AWS::Region>:${account}:secret:*`,
    ])
    const shop = `arn:aws:secretsmanager:eu-west-1:${account}:secret:shop/*`
    expect(described({ secrets: [shop] })).toEqual([`secretsmanager:DescribeSecret on ${shop}`])
  })
})

describe.each([
  {},
  { clusters: ['shop'], optIn: false, dryRun: false, cloudTrail: true, allowedAccounts: ['111122223333'] },
  { secrets: ['arn:aws:secretsmanager:*:*:secret:*'] },
])('a recycler with %j', props => {
  const { made, recycler } = makeRecycler(props)

  it('reads no value of a secret or parameter, and has no wildcard among its actions', () => {
    expect(made.statements.length).toBeGreaterThan(20)
    expect(made.statements.flatMap(valueReadsOf)).toEqual([])
    const actions = made.statements.flatMap(one => [one.Action].flat())
    expect(actions.filter(action => typeof action !== 'string' || action.includes('*'))).toEqual([])
  })

  it('has no permission but by its own policies', () => {
    for (const role of made.all('AWS::IAM::Role')) {
      expect([role.ManagedPolicyArns, role.Policies]).toEqual([undefined, undefined])
    }
  })

  it('leaves nothing to find for cdk-nag', () => {
    expect(findings(recycler)).toEqual([])
  })
})

it('a recycler leaves nothing to find for cdk-nag where it notifies a topic', () => {
  const { recycler } = makeRecycler(stack => ({ notify: new Topic(stack, 'People') }))
  expect(findings(recycler)).toEqual([])
})

it('a recycler leaves nothing to find for cdk-nag where a cluster is of another stack', () => {
  const app = new App({ analyticsReporting: false })
  const cluster = new CfnCluster(new Stack(app, 'Clusters'), 'Shop')
  const stack = new Stack(app, 'Test')
  const table = CircuitTable.fromTableName(stack, 'Circuits', 'circuits')
  const recycler = new SecretRotationRecycler(stack, 'Recycler', { table, clusters: [cluster.ref] })
  const { Statement } = new Synthesised(stack).one('AWS::IAM::Policy', 'RecyclerExecutorRole').PolicyDocument
  expect(JSON.stringify(Statement)).toContain('"Fn::ImportValue":"Clusters:ExportsOutputRefShop')
  expect(findings(recycler)).toEqual([])
})

it('valueReadsOf finds a statement that reads values', () => {
  const reads = (statement: object) => valueReadsOf({ Effect: 'Allow', Resource: '*', ...statement })
  expect(reads({ Action: ['ecs:ListServices', 'secretsmanager:GetSecretValue'] })).toHaveLength(1)
  expect(reads({ Action: 'ssm:getparam*' })).toHaveLength(4)
  expect(reads({ Action: 'secretsmanager:*' })).toHaveLength(2)
  expect(reads({ Action: 'ssm:GetParamete?' })).toEqual(['ssm:GetParameter'])
  expect(reads({ Action: '*' })).toHaveLength(6)
  expect(reads({ NotAction: 'ssm:*' })).toHaveLength(2)
  expect(reads({ Action: '*', Effect: 'Deny' })).toEqual([])
})

it('settingsOf keeps tokens among the accounts', () => {
  const stack = makeStack()
  const table = CircuitTable.fromTableName(stack, 'Circuits', 'circuits')
  expect(settingsOf({ table, allowedAccounts: [stack.account] }).options.allowedAccounts).toEqual([
    stack.account,
  ])
})
