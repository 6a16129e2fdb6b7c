import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { VirtualClock } from '@breakwater/circuit/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeCredentials } from '../aws/credentials.ts'
import {
  api,
  inline,
  keeper,
  proxyOf,
  type Resources,
  start,
  startAll,
  stopAll,
  table,
} from './stack.fixture.ts'
import type { LocalStack } from './stack-options.ts'

afterEach(stopAll)

const queue = { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 20 } }

function clientsOf({ endpoints }: LocalStack) {
  const config = { region: 'us-east-1', credentials: fakeCredentials }
  return {
    sqs: new SQSClient({ ...config, endpoint: endpoints.sqs }),
    events: new EventBridgeClient({ ...config, endpoint: endpoints.events }),
  }
}

describe('functions', () => {
  it('find the table by the SDK’s own variables, and their name in their environment', async () => {
    const { functions, tableCounts } = await start({ Table: table, Keep: keeper })
    const outcome = await functions.get('Keep').invoke('{"id":"a"}')
    expect(outcome).toEqual({ kind: 'answered', value: '{"id":"a","count":1,"by":"Demo-Keep"}' })
    expect(tableCounts()).toEqual({ reads: 1, writes: 1 })
    expect(functions.get('arn:aws:lambda:us-east-1:000000000000:function:Demo-Keep')).toBe(
      functions.get('Demo.Keep'),
    )
  })

  it('are throttled beyond their reserved concurrency', async () => {
    const { functions } = await start({
      None: inline('exports.handler = async () => 1', { ReservedConcurrentExecutions: 0 }),
    })
    expect(await functions.get('None').invoke('{}')).toEqual({ kind: 'throttled' })
  })

  it('get no further than this machine with a service that is not here', async () => {
    const lines: string[] = []
    const { variables } = await start({}, { log: line => void lines.push(line) })
    const authorization = 'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/sns/aws4_request'
    const response = await fetch(variables.AWS_ENDPOINT_URL!, { method: 'POST', headers: { authorization } })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      message: 'The service sns is not supported locally: POST /',
    })
    expect(lines).toEqual(['The service sns is not supported locally: POST /'])
  })
})

it('a stack serves a REST API in front of a function', async () => {
  const answer = inline(`exports.handler = async ({ body }) => ({ statusCode: 201, body: 'got ' + body })`)
  const { apis } = await start({ Answer: answer, ...api({ POST: proxyOf('Answer') }) })
  const response = await fetch(apis.get('shop').url, { method: 'POST', body: 'this' })
  expect([response.status, await response.text()]).toEqual([201, 'got this'])
})

describe('queues and events', () => {
  it('bring an event by its rule to a queue, and from there to a function', async () => {
    const stack = await start({
      Table: table,
      Keep: inline(
        `const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs')
        const client = new SQSClient({})
        exports.handler = async ({ Records: [{ body }] }) => {
          const MessageBody = 'kept ' + JSON.parse(body).detail.id
          await client.send(new SendMessageCommand({ QueueUrl: process.env.KEPT, MessageBody }))
        }`,
        { Environment: { Variables: { KEPT: { Ref: 'Kept' } } } },
      ),
      Kept: { ...queue, Properties: { ReceiveMessageWaitTimeSeconds: 20 } },
      Orders: queue,
      Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'shop' } },
      Placed: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventBusName: { Ref: 'Bus' },
          EventPattern: { source: ['shop'], detail: { id: [{ prefix: 'order-' }] } },
          Targets: [{ Id: 'queue', Arn: { 'Fn::GetAtt': ['Orders', 'Arn'] } }],
        },
      },
      Work: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          EventSourceArn: { 'Fn::GetAtt': ['Orders', 'Arn'] },
          FunctionName: { Ref: 'Keep' },
          BatchSize: 1,
        },
      },
    })
    const { sqs, events } = clientsOf(stack)
    const entry = (id: string) => ({
      Source: 'shop',
      DetailType: 'Placed',
      EventBusName: 'shop',
      Detail: `{"id":"${id}"}`,
    })
    await events.send(new PutEventsCommand({ Entries: [entry('other-1'), entry('order-1')] }))
    const QueueUrl = `${stack.endpoints.sqs}/000000000000/Demo-Kept`
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }))
    expect(Messages?.map(({ Body }) => Body)).toEqual(['kept order-1'])
    expect(stack.eventSources.get('Work').enabled).toBe(true)
    sqs.destroy()
    events.destroy()
  })

  it('report a batch that failed, and put what fails too often into the dead-letter queue', async () => {
    let failed = () => {}
    const failure = new Promise<void>(resolve => (failed = resolve))
    const clock = new VirtualClock()
    const lines: string[] = []
    const stack = await start(
      {
        Dead: { ...queue, Properties: { ReceiveMessageWaitTimeSeconds: 20 } },
        Orders: {
          ...queue,
          Properties: {
            VisibilityTimeout: 1,
            RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 1 },
          },
        },
        Fail: inline(`exports.handler = async () => { throw new RangeError('never') }`, { Timeout: 1 }),
        Work: {
          Type: 'AWS::Lambda::EventSourceMapping',
          Properties: { EventSourceArn: { 'Fn::GetAtt': ['Orders', 'Arn'] }, FunctionName: { Ref: 'Fail' } },
        },
      },
      {
        clock,
        log(line) {
          lines.push(line)
          failed()
        },
      },
    )
    const { sqs } = clientsOf(stack)
    const url = (name: string) => `${stack.endpoints.sqs}/000000000000/Demo-${name}`
    await sqs.send(new SendMessageCommand({ QueueUrl: url('Orders'), MessageBody: 'order' }))
    await failure
    expect(lines).toEqual(['Work: a batch of Demo-Orders failed: Demo-Fail: never'])
    await clock.advance(1_000)
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url('Dead') }))
    expect(Messages?.map(({ Body }) => Body)).toEqual(['order'])
    sqs.destroy()
  })
})

describe('what is not supported is named, and nothing runs then', () => {
  const Resources = (more: Resources): Resources => ({
    Orders: queue,
    Fn: inline('exports.handler = () => 1'),
    ...more,
  })
  const rule = (properties: object) => ({
    Type: 'AWS::Events::Rule',
    Properties: { EventPattern: { source: ['a'] }, ...properties },
  })

  it.each<[string, Resources, string]>([
    ['a type', { Bucket: { Type: 'AWS::S3::Bucket' } }, 'Demo.Resources.Bucket.Type: got "AWS::S3::Bucket"'],
    [
      'a property',
      { Fn: inline('', { VpcConfig: {} }) },
      'Demo.Resources.Fn.Properties.VpcConfig: got an object; allowed is nothing',
    ],
    ['a property of a queue', { Orders: { ...queue, Properties: { Colour: 1 } } }, 'Demo-Orders.Colour'],
    [
      'a runtime',
      { Fn: inline('', { Runtime: 'python3.13' }) },
      'Demo.Resources.Fn.Properties.Runtime: got "python3.13"',
    ],
    [
      'an asset',
      { Fn: inline('', { Code: { S3Bucket: 'b', S3Key: 'k.zip' } }) },
      'Demo.Resources.Fn.Properties.Code.S3Key: got "b/k.zip"',
    ],
    ['code', { Fn: inline('exports.handler = (') }, 'Demo.Resources.Fn: its code cannot be bundled'],
    [
      'a timeout',
      { Fn: inline('', { Timeout: 901 }) },
      'Demo.Resources.Fn.Properties.Timeout: got 901; allowed is a whole number from 1 to 900',
    ],
    [
      'a target',
      { Rule: rule({ Targets: [{ Id: 'a', Arn: 'arn:aws:sns:us-east-1:000000000000:topic' }] }) },
      'Demo.Resources.Rule.Properties.Targets[0].Arn',
    ],
    [
      'a bus',
      { Rule: rule({ EventBusName: 'gone' }) },
      'Demo.Resources.Rule.Properties.EventBusName: got "gone"',
    ],
    [
      'a source',
      {
        Work: {
          Type: 'AWS::Lambda::EventSourceMapping',
          Properties: { EventSourceArn: 'arn:aws:dynamodb:x', FunctionName: { Ref: 'Fn' } },
        },
      },
      'Demo.Resources.Work.Properties.EventSourceArn',
    ],
    [
      'a function behind an API',
      api({
        GET: {
          Type: 'AWS_PROXY',
          IntegrationHttpMethod: 'POST',
          Uri: 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:gone/invocations',
        },
      }),
      'Demo.Resources.ApiGET.Properties.Integration.Uri: got "arn:aws:lambda:us-east-1:000000000000:function:gone"',
    ],
    [
      'a resource of no API',
      { Plan: { Type: 'AWS::ApiGateway::UsagePlan' } },
      'Demo.Resources.Plan: got "AWS::ApiGateway::UsagePlan"; allowed is a resource of a RestApi',
    ],
    [
      'a table of several Regions',
      { T: { Type: 'AWS::DynamoDB::GlobalTable', Properties: { Replicas: [{}, {}] } } },
      'Demo.Resources.T.Properties.Replicas',
    ],
  ])('%s', async (_, more, message) => {
    await expect(start(Resources(more))).rejects.toThrow(message)
  })
})

it('a stack runs stacks that refer to each other, and finds their parts by any name', async () => {
  const Value = { 'Fn::GetAtt': ['Table', 'Arn'] }
  const tables = {
    name: 'Tables',
    template: { Resources: { Table: table }, Outputs: { Arn: { Value, Export: { Name: 'table' } } } },
  }
  const Environment = { Variables: { TABLE: { 'Fn::ImportValue': 'table' } } }
  const code = 'exports.handler = async () => process.env.TABLE'
  const shop = { name: 'Shop', template: { Resources: { Fn: inline(code, { Environment }) } } }
  const { functions } = await startAll([shop, tables])
  const value = '"arn:aws:dynamodb:us-east-1:000000000000:table/Tables-Table"'
  expect(await functions.get('Shop-Fn').invoke('{}')).toEqual({ kind: 'answered', value })
  expect(() => functions.get('Gone')).toThrow('function: got "Gone"; allowed is Shop.Fn (Shop-Fn)')
})

describe('an end', () => {
  it('leaves no port open and no environment, however often it is called', async () => {
    const answer = inline(`exports.handler = async () => ({ statusCode: 200 })`)
    const stack = await start({ Answer: answer, ...api({ POST: proxyOf('Answer') }) })
    await stack.functions.get('Answer').invoke('{}')
    const urls = [
      ...Object.values(stack.endpoints),
      stack.variables.AWS_ENDPOINT_URL!,
      stack.apis.get('shop').url,
    ]
    await stack.close()
    await stack.close()
    for (const url of urls) await expect(fetch(url)).rejects.toThrow('fetch failed')
    expect([...stack.functions.get('Answer').scheduler.environments].some(({ alive }) => alive)).toBe(false)
  })

  it('waits for no function that is under way', async () => {
    let began = () => {}
    const beginning = new Promise<void>(resolve => (began = resolve))
    const Slow = inline(
      `exports.handler = () => { console.log('began'); return new Promise(() => setInterval(() => {}, 9)) }`,
    )
    const Machine = {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        Definition: {
          QueryLanguage: 'JSONata',
          StartAt: 'Do',
          States: { Do: { Type: 'Task', Resource: { 'Fn::GetAtt': ['Slow', 'Arn'] }, End: true } },
        },
      },
    }
    const stack = await start({ Slow, Machine }, { onLog: () => began() })
    const { execution } = stack.executions.start(stack.machines.get('Machine'))
    await beginning
    await stack.close()
    expect(await execution.result).toMatchObject({ status: 'ABORTED', error: 'Local.Closed' })
  })
})

it.each<[object, string]>([
  [{ colour: 1 }, 'startStack: option: got "colour"; allowed is region, account'],
  [{ ports: { sns: 1 } }, 'startStack: ports.option: got "sns"'],
  [
    { ports: { apis: { shop: -1 } } },
    'startStack: ports.apis.shop: got -1; allowed is a whole number from 0 to 65535',
  ],
  [{ region: 'here' }, 'startStack: region: got "here"'],
  [{ account: '12' }, 'account: got "12"; allowed is an account id of 12 digits'],
  [{ maxEnvironments: 0 }, 'maxEnvironments: got 0'],
])('a stack refuses the options %j', async (options, message) => {
  await expect(start({}, options)).rejects.toThrow(message)
})

it('a stack lets the ports be chosen, and names the option of one that is taken', async () => {
  const { endpoints } = await start({})
  const port = Number(new URL(endpoints.states).port)
  await expect(start({}, { ports: { states: port } })).rejects.toThrow(
    `--states-port: 127.0.0.1:${port} is already in use`,
  )
})
