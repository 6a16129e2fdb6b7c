import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeCredentials } from '../aws/credentials.ts'
import { api, inline, proxyOf, type Resources, start, stopAll, table } from '../template/stack.fixture.ts'
import { createCallLog } from './call-log.ts'
import { policiesFor } from './policies.ts'
import type { ServiceCall } from './service-call.ts'

afterEach(stopAll)

const role = (Service: string, properties: object = {}) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' },
    },
    ...properties,
  },
})
const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] })
const account = '000000000000'
const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:${account}:${rest}`

async function record(resources: Resources) {
  const calls = createCallLog()
  const stack = await start(resources, { onServiceCall: calls.record })
  return { stack, calls }
}

/** The calls as lines; the conditions after them, where there are any. */
function shown(calls: readonly ServiceCall[]): string[] {
  return calls.map(({ role, service, action, resource, conditions }) => {
    const by = role ? `${role.stack}.${role.id}` : service
    const given = Object.keys(conditions).length > 0 ? ` ${JSON.stringify(conditions)}` : ''
    return `${by} ${action} ${resource}${given}`
  })
}

const withoutPlatform = (calls: readonly ServiceCall[]) =>
  calls.filter(({ action }) => !/^(logs|xray|sts):/.test(action))

describe('a function', () => {
  it('is known by its credentials, with the keys that its requests to a table reach', async () => {
    const { stack, calls } = await record({
      Table: table,
      Role: role('lambda.amazonaws.com'),
      Fn: inline(
        `const { DynamoDBClient, ...commands } = require('@aws-sdk/client-dynamodb')
        const client = new DynamoDBClient({})
        exports.handler = async requests => {
          for (const [name, input] of requests) await client.send(new commands[name + 'Command'](input))
        }`,
        { Role: arnOf('Role'), TracingConfig: { Mode: 'Active' } },
      ),
    })
    const TableName = 'Demo-Table'
    const key = (id: string) => ({ id: { S: id } })
    const requests = [
      ['PutItem', { TableName, Item: key('a') }],
      ['UpdateItem', { TableName, Key: key('b') }],
      ['BatchGetItem', { RequestItems: { [TableName]: { Keys: [key('a'), key('b'), key('c')] } } }],
      [
        'Query',
        {
          TableName,
          KeyConditionExpression: '#i = :i',
          ExpressionAttributeNames: { '#i': 'id' },
          ExpressionAttributeValues: { ':i': { S: 'd' } },
        },
      ],
      ['Scan', { TableName }],
    ]
    const outcome = await stack.functions.get('Fn').invoke(JSON.stringify(requests))
    expect(outcome).toMatchObject({ kind: 'answered' })
    const at = arn('dynamodb', 'table/Demo-Table')
    const stream = arn('logs', 'log-group:/aws/lambda/Demo-Fn:log-stream:Demo-Fn-1')
    const keys = (...values: string[]) => ` {"dynamodb:LeadingKeys":${JSON.stringify(values)}}`
    expect(shown(calls.all())).toEqual([
      `lambda.amazonaws.com sts:AssumeRole arn:aws:iam::${account}:role/Demo-Role`,
      `Demo.Role logs:CreateLogStream ${stream}`,
      `Demo.Role logs:PutLogEvents ${stream}`,
      'Demo.Role xray:PutTraceSegments *',
      'Demo.Role xray:PutTelemetryRecords *',
      `Demo.Role dynamodb:PutItem ${at}${keys('a')}`,
      `Demo.Role dynamodb:UpdateItem ${at}${keys('b')}`,
      `Demo.Role dynamodb:BatchGetItem ${at}${keys('a', 'b', 'c')}`,
      `Demo.Role dynamodb:Query ${at}${keys('d')}`,
      `Demo.Role dynamodb:Scan ${at}`,
    ])
    expect(calls.all().every(({ caller }) => caller === 'Demo.Fn')).toBe(true)
  })

  it('is known to ECS and Secrets Manager, with the tags of what it calls and the changes it asks for', async () => {
    const { stack, calls } = await record({
      Role: role('lambda.amazonaws.com'),
      Fn: inline(
        `const { ECSClient, ...ecs } = require('@aws-sdk/client-ecs')
        const { SecretsManagerClient, DescribeSecretCommand } = require('@aws-sdk/client-secrets-manager')
        exports.handler = async () => {
          const client = new ECSClient({})
          await client.send(new ecs.ListServicesCommand({ cluster: 'shop' }))
          await client.send(new ecs.ListDaemonsCommand({ clusterArn: '${arn('ecs', 'cluster/shop')}' }))
          await client.send(new ecs.ListTasksCommand({ cluster: 'shop' }))
          await client.send(new ecs.DescribeClustersCommand({ clusters: ['shop'] }))
          for (const more of [{}, { taskDefinition: 'web' }])
            await client.send(new ecs.UpdateServiceCommand({ cluster: 'shop', service: 'web', forceNewDeployment: true, ...more }))
          await new SecretsManagerClient({}).send(new DescribeSecretCommand({ SecretId: 'db' }))
        }`,
        { Role: arnOf('Role') },
      ),
    })
    const { ecs, secrets, functions } = stack
    ecs.operations.CreateCluster!({ clusterName: 'shop', tags: [{ key: 'team', value: 'a' }] })
    ecs.operations.RegisterTaskDefinition!({
      family: 'web',
      containerDefinitions: [{ name: 'web', image: 'web' }],
    })
    const tags = [{ key: 'recycle', value: 'true' }]
    ecs.operations.CreateService!({
      cluster: 'shop',
      serviceName: 'web',
      taskDefinition: 'web',
      desiredCount: 0,
      tags,
    })
    const { ARN } = secrets.operations.CreateSecret!({ Name: 'db', SecretString: 'x' }) as { ARN: string }
    expect(await functions.get('Fn').invoke('{}')).toMatchObject({ kind: 'answered' })
    const cluster = arn('ecs', 'cluster/shop')
    const byCluster = ` {"ecs:cluster":"${cluster}"}`
    const service = `Demo.Role ecs:UpdateService ${arn('ecs', 'service/shop/web')} {"aws:ResourceTag/recycle":"true","ecs:ResourceTag/recycle":"true","ecs:cluster":"${cluster}"`
    expect(shown(withoutPlatform(calls.all()))).toEqual([
      `Demo.Role ecs:ListServices *${byCluster}`,
      `Demo.Role ecs:ListDaemons *${byCluster}`,
      `Demo.Role ecs:ListTasks ${arn('ecs', 'container-instance/shop/*')}${byCluster}`,
      `Demo.Role ecs:DescribeClusters ${cluster} {"aws:ResourceTag/team":"a","ecs:ResourceTag/team":"a"}`,
      `${service}}`,
      `${service},"ecs:task-definition":"${arn('ecs', 'task-definition/web:1')}"}`,
      `Demo.Role secretsmanager:DescribeSecret ${ARN} {"secretsmanager:SecretId":"db"}`,
    ])
  })
})

describe('a state machine', () => {
  it('calls by its role: functions, executions, services and endpoints', async () => {
    const task = (Resource: string, Arguments: object, Next?: string) => ({
      Type: 'Task',
      Resource: `arn:aws:states:::${Resource}`,
      Arguments,
      Catch: [{ ErrorEquals: ['States.ALL'], Next: Next ?? 'End' }],
      ...(Next ? { Next } : { End: true }),
    })
    const machine = (States: object, StartAt: string) => ({
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        RoleArn: arnOf('Role'),
        DefinitionString: JSON.stringify({ QueryLanguage: 'JSONata', StartAt, States }),
        LoggingConfiguration: { Level: 'ALL' },
      },
    })
    const child = arn('states', 'stateMachine:Demo-Child')
    const connection = arn('events', 'connection/pay/1234')
    const { stack, calls } = await record({
      Table: table,
      Role: role('states.amazonaws.com'),
      Fn: inline('exports.handler = async () => 1'),
      Child: machine({ End: { Type: 'Succeed' } }, 'End'),
      Parent: machine(
        {
          Fn: task('lambda:invoke', { FunctionName: 'Demo-Fn', Qualifier: '$LATEST' }, 'Get'),
          Get: task('dynamodb:getItem', { TableName: 'Demo-Table', Key: { id: { S: 'a' } } }, 'Child'),
          Child: task('states:startExecution.sync:2', { StateMachineArn: child, Input: {} }, 'Http'),
          Http: task(
            'http:invoke',
            {
              ApiEndpoint: 'http://127.0.0.1:1/',
              Method: 'GET',
              Authentication: { ConnectionArn: connection },
            },
            'End',
          ),
          End: { Type: 'Succeed' },
        },
        'Fn',
      ),
    })
    const parent = stack.machines.get('Parent')
    expect(await parent.start({ input: {} }).result).toMatchObject({ status: 'SUCCEEDED' })
    const source = `{"aws:SourceArn":"${parent.arn}","aws:SourceAccount":"${account}"}`
    const all = calls.all().filter(({ caller }) => caller === 'Demo.Parent')
    const lines = shown(all)
    expect(lines[0]).toBe(
      `states.amazonaws.com sts:AssumeRole arn:aws:iam::${account}:role/Demo-Role ${source}`,
    )
    expect(lines).toContain('Demo.Role logs:CreateLogDelivery *')
    const secret = arn('secretsmanager', 'secret:events!connection/pay/1234')
    const rule = arn('events', 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule')
    expect(shown(withoutPlatform(all))).toEqual([
      `Demo.Role lambda:InvokeFunction ${arn('lambda', 'function:Demo-Fn')}:$LATEST`,
      `Demo.Role dynamodb:GetItem ${arn('dynamodb', 'table/Demo-Table')} {"dynamodb:LeadingKeys":["a"]}`,
      `Demo.Role states:StartExecution ${child}`,
      `Demo.Role states:DescribeExecution ${arn('states', 'execution:Demo-Child:*')}`,
      `Demo.Role states:StopExecution ${arn('states', 'execution:Demo-Child:*')}`,
      `Demo.Role events:PutTargets ${rule}`,
      `Demo.Role events:PutRule ${rule}`,
      `Demo.Role events:DescribeRule ${rule}`,
      `Demo.Role states:InvokeHTTPEndpoint ${parent.arn} {"states:HTTPEndpoint":"http://127.0.0.1:1/","states:HTTPMethod":"GET"}`,
      `Demo.Role events:RetrieveConnectionCredentials ${connection}`,
      `Demo.Role secretsmanager:GetSecretValue ${secret}`,
      `Demo.Role secretsmanager:DescribeSecret ${secret}`,
    ])
  })
})

describe('what calls in the name of its service', () => {
  const answer = inline(`exports.handler = async () => ({ statusCode: 200, body: '' })`)

  it('says for which method, rule and account it calls', async () => {
    const { stack, calls } = await record({
      Answer: answer,
      Queue: { Type: 'AWS::SQS::Queue' },
      Policy: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: {
          Queues: [{ Ref: 'Queue' }],
          PolicyDocument: { Version: '2012-10-17', Statement: [{ Sid: 'Rule', Effect: 'Allow' }] },
        },
      },
      Permission: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          Action: 'lambda:InvokeFunction',
          FunctionName: { Ref: 'Answer' },
          Principal: 'apigateway.amazonaws.com',
          SourceArn: 'arn:aws:execute-api:*',
        },
      },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: { EventPattern: { source: ['shop'] }, Targets: [{ Id: 'q', Arn: arnOf('Queue') }] },
      },
      ...api({ GET: proxyOf('Answer') }),
    })
    await fetch(stack.apis.get('shop').url)
    stack.buses.get('default').put({ source: 'shop', detailType: 'x', detail: {} })
    const own = calls.all().filter(({ service }) => service !== 'lambda.amazonaws.com')
    const source = (sourceArn: string) => `{"aws:SourceArn":"${sourceArn}","aws:SourceAccount":"${account}"}`
    expect(shown(own)).toEqual([
      `apigateway.amazonaws.com lambda:InvokeFunction ${arn('lambda', 'function:Demo-Answer')} ${source(arn('execute-api', 'Demo-Api/prod/GET/'))}`,
      `events.amazonaws.com sqs:SendMessage ${arn('sqs', 'Demo-Queue')} ${source(arn('events', 'rule/Demo-Rule'))}`,
    ])
    const [method, rule] = own.map(call => policiesFor(stack.resources, call))
    expect(method).toEqual({
      identity: [],
      managed: [],
      resource: [
        {
          name: 'Demo.Permission',
          policy: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 'apigateway.amazonaws.com' },
                Action: 'lambda:InvokeFunction',
                Resource: arn('lambda', 'function:Demo-Answer'),
                Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:execute-api:*' } },
              },
            ],
          },
        },
      ],
    })
    expect(rule!.resource.map(({ name }) => name)).toEqual(['Demo.Policy'])
  })

  it('calls by a role where the rule or the method has one, and the role has its policies', async () => {
    const document = (Action: string) => ({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
    })
    const { stack, calls } = await record({
      Role: role('events.amazonaws.com', {
        Policies: [{ PolicyName: 'Inline', PolicyDocument: document('sqs:SendMessage') }],
        ManagedPolicyArns: [{ Ref: 'Managed' }, 'arn:aws:iam::aws:policy/ReadOnlyAccess'],
      }),
      Managed: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: { PolicyDocument: document('sns:Publish') },
      },
      Other: {
        Type: 'AWS::IAM::Policy',
        Properties: { PolicyName: 'o', Roles: ['other'], PolicyDocument: document('sns:Publish') },
      },
      Policy: {
        Type: 'AWS::IAM::Policy',
        Properties: { PolicyName: 'p', Roles: [{ Ref: 'Role' }], PolicyDocument: document('sns:Publish') },
      },
      Queue: { Type: 'AWS::SQS::Queue' },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventPattern: { source: ['shop'] },
          Targets: [{ Id: 'q', Arn: arnOf('Queue'), RoleArn: arnOf('Role') }],
        },
      },
    })
    stack.buses.get('default').put({ source: 'shop', detailType: 'x', detail: {} })
    const [assume, send, ...more] = calls.all()
    expect(more).toEqual([])
    expect(assume).toMatchObject({ role: undefined, action: 'sts:AssumeRole', caller: 'Demo.Rule' })
    expect(send).toMatchObject({
      role: { stack: 'Demo', id: 'Role' },
      action: 'sqs:SendMessage',
      conditions: {},
    })
    const { identity, managed } = policiesFor(stack.resources, send!)
    expect(identity.map(({ name }) => name).sort()).toEqual([
      'Demo.Managed',
      'Demo.Policy',
      'Demo.Role.Inline',
    ])
    expect(managed).toEqual(['arn:aws:iam::aws:policy/ReadOnlyAccess'])
    expect(policiesFor(stack.resources, assume!).resource.map(({ name }) => name)).toEqual(['Demo.Role'])
  })
})

it('an event source mapping polls by the role of its function', async () => {
  const { stack, calls } = await record({
    Role: role('lambda.amazonaws.com'),
    Fn: inline('exports.handler = async () => null', { Role: arnOf('Role') }),
    Queue: { Type: 'AWS::SQS::Queue' },
    Source: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn: arnOf('Queue'), FunctionName: { Ref: 'Fn' } },
    },
  })
  const credentials = fakeCredentials
  const client = new SQSClient({ region: 'us-east-1', credentials, endpoint: stack.endpoints.sqs })
  await client.send(
    new SendMessageCommand({ QueueUrl: `${stack.endpoints.sqs}/${account}/Demo-Queue`, MessageBody: '1' }),
  )
  const polling = () => shown(calls.all().filter(({ caller }) => caller === 'Demo.Source'))
  while (polling().length < 4) await new Promise(resolve => setTimeout(resolve, 5))
  expect(polling().slice(1)).toEqual(
    ['ReceiveMessage', 'GetQueueAttributes', 'DeleteMessage'].map(
      action => `Demo.Role sqs:${action} ${arn('sqs', 'Demo-Queue')}`,
    ),
  )
  // The message of the test's own client is no call of the stack.
  expect(shown(calls.all()).filter(line => line.includes('SendMessage'))).toEqual([])
})

it('an error of the listener hurts no call and is logged', async () => {
  const lines: string[] = []
  const stack = await start(
    {
      Role: role('lambda.amazonaws.com'),
      Fn: inline('exports.handler = async () => 1', { Role: arnOf('Role') }),
    },
    {
      onServiceCall: () => {
        throw new Error('no room')
      },
      log: line => void lines.push(line),
    },
  )
  expect(await stack.functions.get('Fn').invoke('{}')).toMatchObject({ kind: 'answered' })
  expect(lines).toContain('onServiceCall: no room')
})
