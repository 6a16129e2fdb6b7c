import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { close, host, listen } from '../../aws/http-server.ts'
import { inline, keeper, type Resources, start, stopAll, table } from '../stack.fixture.ts'
import { invokeFunction } from './lambda.ts'

afterEach(stopAll)

/** Runs a machine of one task, and tells how it ended; beside it are the resources given. */
async function run(
  Resource: string,
  Arguments: unknown,
  resources: Resources = {},
  input = '{}',
  role?: string,
) {
  const States = { Do: { Type: 'Task', Resource, Arguments, End: true } }
  const Definition = { QueryLanguage: 'JSONata', StartAt: 'Do', States }
  const RoleArn = role !== undefined && { RoleArn: { 'Fn::GetAtt': [role, 'Arn'] } }
  const Machine = { Type: 'AWS::StepFunctions::StateMachine', Properties: { Definition, ...RoleArn } }
  const stack = await start({ ...resources, Machine })
  const { execution } = stack.executions.start(stack.machines.get('Machine'), input)
  const { status, output, error, cause } = await execution.result
  return { stack, execution, status, output: output as never, error, cause: cause! }
}

const here = 'us-east-1:000000000000'
const integration = (name: string) => `arn:aws:states:::${name}`

describe('functions', () => {
  const invoke = (FunctionName: string, Payload: unknown, resources: Resources, more: object = {}) =>
    run(integration('lambda:invoke'), { FunctionName, Payload, ...more }, resources)
  const echo = inline(`exports.handler = async event => ({ got: event })`)

  it.each([
    'Demo-Fn',
    `arn:aws:lambda:${here}:function:Demo-Fn`,
    `arn:aws:lambda:${here}:function:Demo-Fn:1`,
  ])('are invoked as %s', async name => {
    const { output } = await invoke(name, '{% {"a": 1} %}', { Fn: echo })
    expect(output).toEqual({ StatusCode: 200, ExecutedVersion: '$LATEST', Payload: { got: { a: 1 } } })
  })

  it('are invoked by a task that names nothing else', async () => {
    const { output } = await run(`arn:aws:lambda:${here}:function:Demo-Fn`, { a: 1 }, { Fn: echo })
    expect(output).toEqual({ got: { a: 1 } })
  })

  it('may be left to themselves', async () => {
    const { output } = await invoke('Demo-Fn', {}, { Fn: echo }, { InvocationType: 'Event' })
    expect(output).toEqual({ StatusCode: 202, ExecutedVersion: '$LATEST' })
  })

  it('fail by the name of what they throw', async () => {
    const { status, error, cause } = await invoke('Demo-Fn', { id: 'bad' }, { Table: table, Fn: keeper })
    expect([status, error]).toEqual(['FAILED', 'RangeError'])
    expect(JSON.parse(cause)).toMatchObject({ errorType: 'RangeError', errorMessage: 'no such id' })
  })

  it.each<[string, object, string, RegExp]>([
    ['exit', inline('exports.handler = () => process.exit(3)'), 'Runtime.ExitError', /exited with code 3/],
    ['do not start', inline(`throw new Error('no way')`), 'Lambda.Unknown', /no way/],
    [
      'are throttled',
      inline('exports.handler = () => 1', { ReservedConcurrentExecutions: 0 }),
      'Lambda.TooManyRequestsException',
      /Rate Exceeded/,
    ],
  ])('that %s fail as the service has it', async (_, Fn, name, why) => {
    const { error, cause } = await invoke('Demo-Fn', {}, { Fn: Fn as Resources[string] })
    expect(error).toBe(name)
    expect(cause).toMatch(why)
  })

  it('that time out fail as out of memory does, by an error that says little', async () => {
    const invoke = async () => ({ kind: 'timed-out', afterMs: 1_500 }) as const
    const invoked = invokeFunction(
      { FunctionName: 'slow' },
      {} as never,
      { invoke, report: () => {} } as never,
    )
    await expect(invoked).rejects.toMatchObject({
      error: 'Lambda.Unknown',
      cause: expect.stringContaining('{"errorMessage":"Task timed out after 1.50 seconds"}'),
    })
  })

  it('that are not here fail by name', async () => {
    expect(await invoke('gone', {}, {})).toMatchObject({ error: 'Lambda.ResourceNotFoundException' })
  })
})

describe('services', () => {
  it('tables, by the optimised integration and by the SDK’s', async () => {
    const get = { TableName: 'Demo-Table', Key: { id: { S: 'a' } } }
    const put = {
      TableName: 'Demo-Table',
      Item: { id: { S: 'a' } },
      ConditionExpression: 'attribute_exists(id)',
    }
    expect((await run(integration('dynamodb:getItem'), get, { Table: table })).output).toEqual({})
    const batch = { RequestItems: { 'Demo-Table': { Keys: [{ id: { S: 'a' } }] } } }
    expect((await run(integration('aws-sdk:dynamodb:batchGetItem'), batch, { Table: table })).output).toEqual(
      {
        Responses: { 'Demo-Table': [] },
        UnprocessedKeys: {},
      },
    )
    const [optimised, sdk] = await Promise.all(
      ['dynamodb:putItem', 'aws-sdk:dynamodb:putItem'].map(name =>
        run(integration(name), put, { Table: table }),
      ),
    )
    expect(optimised!.error).toBe('DynamoDB.ConditionalCheckFailedException')
    expect(sdk!.error).toBe('DynamoDb.ConditionalCheckFailedException')
    expect(sdk!.cause).toBe('The conditional request failed (Service: dynamodb, Status Code: 400)')
  })

  it('queues, which get objects as JSON', async () => {
    const Orders = { Type: 'AWS::SQS::Queue' }
    const args = { QueueUrl: '{% $states.input.url %}', MessageBody: { id: 7 } }
    const send = integration('sqs:sendMessage')
    // The queue's URL has its port in it: any origin will do, since the name says which queue it is.
    const input = JSON.stringify({ url: 'http://any/000000000000/Demo-Orders' })
    const { output, stack } = await run(send, args, { Orders }, input)
    expect(output).toMatchObject({ MessageId: expect.any(String) })
    const [message] = await stack.queues.get('Orders').receive()
    expect(message?.body).toBe('{"id":7}')
    const gone = await run(send, args, {}, input)
    expect(gone.error).toBe('SQS.QueueDoesNotExistException')
  })

  it('event buses, which get the account of the event', async () => {
    const Seen = { Type: 'AWS::SQS::Queue', Properties: { ReceiveMessageWaitTimeSeconds: 20 } }
    const Targets = [{ Id: 'seen', Arn: { 'Fn::GetAtt': ['Seen', 'Arn'] } }]
    const Rule = { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['shop'] }, Targets } }
    const entry = { Source: 'shop', DetailType: 'Placed', Detail: { id: 7 } }
    const put = integration('events:putEvents')
    const { output, stack, execution } = await run(put, { Entries: [entry] }, { Seen, Rule })
    expect(output).toMatchObject({ FailedEntryCount: 0 })
    const [message] = await stack.queues.get('Seen').receive()
    expect(JSON.parse(message!.body)).toMatchObject({
      detail: { id: 7 },
      resources: [execution.arn, `arn:aws:states:${here}:stateMachine:Demo-Machine`],
    })
    const failed = await run(put, { Entries: [{ ...entry, EventBusName: 'gone' }] })
    expect(failed.error).toBe('EventBridge.FailedEntry')
  })
})

describe('other machines', () => {
  const machine = (state: object) => ({
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      Definition: { QueryLanguage: 'JSONata', StartAt: 'Do', States: { Do: { ...state, End: true } } },
    },
  })
  const Child = machine({ Type: 'Pass', Output: { twice: '{% $states.input.n * 2 %}' } })
  const Broken = machine({
    Type: 'Task',
    Resource: integration('lambda:invoke'),
    Arguments: { FunctionName: 'gone' },
  })
  const arn = (id: string) => `arn:aws:states:${here}:stateMachine:Demo-${id}`
  const args = { StateMachineArn: arn('Child'), Input: { n: 4 }, Name: 'child' }

  it('are started', async () => {
    const { output, stack } = await run(integration('states:startExecution'), args, { Child })
    const ExecutionArn = `arn:aws:states:${here}:execution:Demo-Child:child`
    expect(output).toEqual({ ExecutionArn, StartDate: expect.any(Number) })
    expect((await stack.executions.find(ExecutionArn).execution.result).output).toEqual({ twice: 8 })
  })

  it.each([
    ['states:startExecution.sync', '{"twice":8}'],
    ['states:startExecution.sync:2', { twice: 8 }],
  ])('are waited for by %s', async (name, Output) => {
    const { output } = await run(integration(name), args, { Child })
    expect(output).toMatchObject({
      Status: 'SUCCEEDED',
      Name: 'child',
      Output,
      InputDetails: { Included: true },
      StopDate: expect.any(Number),
    })
  })

  it('that fail, fail the task', async () => {
    const wait = integration('states:startExecution.sync:2')
    const failed = await run(wait, { StateMachineArn: arn('Broken') }, { Broken })
    expect(failed.error).toBe('States.TaskFailed')
    expect(JSON.parse(failed.cause)).toMatchObject({
      Status: 'FAILED',
      Error: 'Lambda.ResourceNotFoundException',
    })
    const gone = await run(wait, { StateMachineArn: arn('Gone') })
    expect(gone.error).toBe('StepFunctions.StateMachineDoesNotExistException')
  })

  it('are reached by the SDK’s integration as well, with names that begin large', async () => {
    const { output } = await run(integration('aws-sdk:sfn:describeStateMachine'), {
      StateMachineArn: arn('Machine'),
    })
    expect(output).toMatchObject({ Name: 'Demo-Machine', Type: 'STANDARD' })
  })
})

describe('endpoints', () => {
  async function call(status: number, answer: string) {
    const seen: unknown[] = []
    const server = createServer((request, response) => {
      request.setEncoding('utf8').on('data', body => {
        seen.push([request.method, request.url, request.headers['content-type'], body])
        response.writeHead(status).end(answer)
      })
    })
    const port = await listen(server, 0, 'port')
    const ApiEndpoint = `http://${host}:${port}/charges`
    const args = { ApiEndpoint, Method: 'POST', QueryParameters: { dry: 'yes' }, RequestBody: { amount: 7 } }
    const ended = await run(integration('http:invoke'), args)
    await close(server)
    return { ...ended, seen }
  }

  it('are called over HTTP', async () => {
    const { output, seen } = await call(201, '{"id":1}')
    expect(output).toMatchObject({ StatusCode: 201, StatusText: 'Created', ResponseBody: { id: 1 } })
    expect(seen).toEqual([['POST', '/charges?dry=yes', 'application/json', '{"amount":7}']])
  })

  it('are not followed to where they redirect', async () => {
    const asked: unknown[] = []
    const server = createServer((request, response) => {
      asked.push(request.url)
      response.writeHead(302, { location: '/elsewhere' }).end('moved')
    })
    const ApiEndpoint = `http://${host}:${await listen(server, 0, 'port')}/charges`
    const ended = await run(integration('http:invoke'), { ApiEndpoint, Method: 'GET' })
    await close(server)
    expect(ended).toMatchObject({ error: 'States.Http.StatusCode.302', cause: 'moved' })
    expect(asked).toEqual(['/charges'])
  })

  it('fail by their status, and without an answer', async () => {
    expect(await call(503, 'down')).toMatchObject({ error: 'States.Http.StatusCode.503', cause: 'down' })
    const server = createServer()
    const port = await listen(server, 0, 'port')
    await close(server)
    const ApiEndpoint = `http://${host}:${port}/`
    expect(await run(integration('http:invoke'), { ApiEndpoint, Method: 'GET' })).toMatchObject({
      error: 'States.Http.Socket',
    })
    expect(await run(integration('http:invoke'), { ApiEndpoint: 'ftp://a', Method: 'GET' })).toMatchObject({
      error: 'States.Runtime',
    })
  })

  it('are called only as the policies of the role say, where they are known', async () => {
    const policy = (...statements: object[]) => ({
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: 'Machine',
          AssumeRolePolicyDocument: {},
          Policies: [{ PolicyName: 'P', PolicyDocument: { Statement: statements } }],
        },
      },
    })
    const allow = (url: string, operator = 'StringEquals') => ({
      Effect: 'Allow',
      Action: 'states:InvokeHTTPEndpoint',
      Resource: '*',
      Condition: {
        StringLike: { 'states:HTTPMethod': 'G*' },
        [operator]: { 'states:HTTPEndpoint': url, 'states:HTTPMethod': 'GET' },
      },
    })
    const server = createServer((_, response) => response.end('{}'))
    const port = await listen(server, 0, 'port')
    const url = `http://${host}:${port}`
    const like = allow(`${url}/charges/*`, 'StringLike')
    const statuses: unknown[] = []
    for (const [statements, path, Method] of [
      [[allow(`${url}/a`)], '/a', 'GET'],
      [[like], '/charges/7', 'GET'],
      [[], '/a', 'GET'],
      [[allow(`${url}/a`)], '/b', 'GET'],
      [[allow(`${url}/a`)], '/a', 'POST'],
      [[allow('http://other.example/a')], '/a', 'GET'],
      [[like, { Effect: 'Deny', Action: '*', Resource: '*' }], '/charges/7', 'GET'],
    ] as const) {
      const args = { ApiEndpoint: `${url}${path}`, Method }
      const { status, error } = await run(
        integration('http:invoke'),
        args,
        policy(...statements),
        '{}',
        'Role',
      )
      statuses.push(error ?? status)
    }
    await close(server)
    const refused = 'States.Permissions'
    expect(statuses).toEqual(['SUCCEEDED', 'SUCCEEDED', refused, refused, refused, refused, refused])
  })
})
