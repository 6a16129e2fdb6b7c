// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of Fn::Sub and of definitions
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn'
import { VirtualClock } from '@breakwater/circuit/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { fakeCredentials } from '../../aws/credentials.ts'
import { api, inline, start, stopAll } from '../stack.fixture.ts'
import type { LocalStack, StackOptions } from '../stack-options.ts'

let client: SFNClient
afterEach(async () => {
  client.destroy()
  await stopAll()
})

const wait = { Type: 'Wait', Seconds: 60, End: true }
const token = { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken', End: true }

function machine(states: Record<string, object>, StateMachineType = 'STANDARD') {
  const definition = { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states }
  const DefinitionString = JSON.stringify(definition)
  return { Type: 'AWS::StepFunctions::StateMachine', Properties: { StateMachineType, DefinitionString } }
}

const Echo = machine({ Echo: { Type: 'Pass', Output: { got: '{% $states.input %}' }, End: true } }, 'EXPRESS')
const Fail = machine({ Fail: { Type: 'Fail', Error: 'No', Cause: 'it was not to be' } }, 'EXPRESS')
const Long = machine({ Long: wait })
const queue = { Type: 'AWS::SQS::Queue', Properties: { ReceiveMessageWaitTimeSeconds: 20 } }
const Asking = machine({
  Ask: {
    ...token,
    Arguments: {
      QueueUrl: 'REPLACED',
      MessageBody: '{% $states.context.Task.Token %}',
    },
  },
})
Asking.Properties.DefinitionString = Asking.Properties.DefinitionString.replace('REPLACED', '${Url}')
Object.assign(Asking.Properties, { DefinitionSubstitutions: { Url: { Ref: 'Questions' } } })

async function startMachines(options: StackOptions = {}): Promise<LocalStack> {
  const stack = await start({ Echo, Fail, Long, Asking, Questions: queue }, options)
  client = new SFNClient({
    region: 'us-east-1',
    credentials: fakeCredentials,
    endpoint: stack.endpoints.states,
    disableHostPrefix: true,
  })
  return stack
}

const arnOf = (id: string) => `arn:aws:states:us-east-1:000000000000:stateMachine:Demo-${id}`
const longRun = (name: string, input?: string) =>
  client.send(
    new StartExecutionCommand({
      stateMachineArn: arnOf('Long'),
      name,
      ...(input !== undefined && { input }),
    }),
  )

describe('the endpoint of Step Functions, by the SDK', () => {
  it('runs EXPRESS machines while the client waits', async () => {
    await startMachines()
    const run = (id: string) =>
      client.send(
        new StartSyncExecutionCommand({ stateMachineArn: arnOf(id), input: '{"a":1}', name: 'one' }),
      )
    expect(await run('Echo')).toMatchObject({
      status: 'SUCCEEDED',
      name: 'one',
      executionArn: expect.stringContaining(':express:Demo-Echo:one:'),
      input: '{"a":1}',
      output: '{"got":{"a":1}}',
      startDate: expect.any(Date),
      stopDate: expect.any(Date),
      billingDetails: { billedDurationInMilliseconds: 100 },
    })
    expect(await run('Fail')).toMatchObject({ status: 'FAILED', error: 'No', cause: 'it was not to be' })
    await expect(run('Long')).rejects.toMatchObject({ name: 'StateMachineTypeNotSupported' })
    await expect(run('Gone')).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' })
  })

  it('starts, describes, lists and stops executions', async () => {
    const clock = new VirtualClock()
    await startMachines({ clock })
    const { executionArn, startDate } = await longRun('order-1', '{ "id": 1 }')
    expect(executionArn).toBe('arn:aws:states:us-east-1:000000000000:execution:Demo-Long:order-1')
    expect(startDate).toEqual(new Date(clock.now()))
    const running = await client.send(new DescribeExecutionCommand({ executionArn }))
    expect(running).toMatchObject({
      status: 'RUNNING',
      input: '{ "id": 1 }',
      stateMachineArn: arnOf('Long'),
      name: 'order-1',
    })
    expect(running.stopDate).toBeUndefined()

    const { executionArn: second } = await longRun('order-2')
    await clock.advance(1_000)
    await client.send(new StopExecutionCommand({ executionArn: second, error: 'Enough', cause: 'said so' }))
    expect(await client.send(new DescribeExecutionCommand({ executionArn: second }))).toMatchObject({
      status: 'ABORTED',
      error: 'Enough',
      cause: 'said so',
      stopDate: new Date(clock.now()),
    })
    await clock.advance(59_000)
    const { status, output } = await client.send(new DescribeExecutionCommand({ executionArn }))
    expect([status, output]).toEqual(['SUCCEEDED', '{"id":1}'])

    const list = (more: object) =>
      client.send(new ListExecutionsCommand({ stateMachineArn: arnOf('Long'), ...more }))
    const first = await list({ maxResults: 1 })
    expect(first.executions?.map(({ name }) => name)).toEqual(['order-2'])
    const rest = await list({ maxResults: 1, nextToken: first.nextToken })
    expect([rest.executions?.map(({ name }) => name), rest.nextToken]).toEqual([['order-1'], undefined])
    expect((await list({ statusFilter: 'ABORTED' })).executions?.map(({ name }) => name)).toEqual(['order-2'])
  })

  it('takes a name once, and the same again while it runs', async () => {
    const clock = new VirtualClock()
    await startMachines({ clock })
    const first = await longRun('order', '{"a":1}')
    expect(await longRun('order', '{"a":1}')).toMatchObject({ executionArn: first.executionArn })
    await expect(longRun('order', '{"a":2}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' })
    await clock.advance(60_000)
    await expect(longRun('order', '{"a":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' })
  })

  it('refuses names and inputs as the service does', async () => {
    await startMachines()
    await expect(longRun('a b')).rejects.toMatchObject({ name: 'InvalidName' })
    await expect(longRun('a', 'no json')).rejects.toMatchObject({ name: 'InvalidExecutionInput' })
    await expect(longRun('b', JSON.stringify('x'.repeat(262_143)))).rejects.toMatchObject({
      name: 'ValidationException',
    })
    const gone = 'arn:aws:states:us-east-1:000000000000:execution:Demo-Long:gone'
    await expect(client.send(new DescribeExecutionCommand({ executionArn: gone }))).rejects.toMatchObject({
      name: 'ExecutionDoesNotExist',
    })
  })

  it('remembers the last 1,000 executions that are over', async () => {
    const clock = new VirtualClock()
    const { executions } = await startMachines({ clock })
    const machine = executions.machine(arnOf('Long'))
    const running = executions.start(machine, '{}', 'running')
    for (let number = 0; number < 1_002; number += 1) {
      const { execution } = executions.start(machine, '{}', `order-${number}`)
      execution.stop()
      await execution.result
    }
    const names = executions.of(machine).map(({ execution }) => execution.name)
    expect([names.length, names[0], names.at(-2), names.at(-1)]).toEqual([
      1_001,
      'order-1001',
      'order-2',
      'running',
    ])
    running.execution.stop()
  })

  it('has histories, in pages and backwards', async () => {
    const clock = new VirtualClock()
    await startMachines({ clock })
    const { executionArn } = await longRun('order', '{}')
    await clock.advance(60_000)
    const page = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 2 }))
    expect(page.events?.map(({ type }) => type)).toEqual(['ExecutionStarted', 'WaitStateEntered'])
    expect(page.events?.[0]?.timestamp).toEqual(new Date(clock.now() - 60_000))
    const back = await client.send(new GetExecutionHistoryCommand({ executionArn, reverseOrder: true }))
    expect(back.events?.map(({ type }) => type)).toEqual([
      'ExecutionSucceeded',
      'WaitStateExited',
      'WaitStateEntered',
      'ExecutionStarted',
    ])
    const { definition, type } = await client.send(
      new DescribeStateMachineCommand({ stateMachineArn: arnOf('Long') }),
    )
    expect([JSON.parse(definition!).StartAt, type]).toEqual(['Long', 'STANDARD'])
  })

  it('lets tasks go on by their tokens', async () => {
    const { queues, executions } = await startMachines()
    const ask = async () => {
      const { executionArn } = await client.send(
        new StartExecutionCommand({ stateMachineArn: arnOf('Asking') }),
      )
      const [message] = await queues.get('Questions').receive()
      queues.get('Questions').delete(message!.receiptHandle)
      return { taskToken: message!.body, result: executions.find(executionArn).execution.result }
    }
    const good = await ask()
    await client.send(new SendTaskHeartbeatCommand({ taskToken: good.taskToken }))
    await client.send(new SendTaskSuccessCommand({ taskToken: good.taskToken, output: '{"yes":true}' }))
    expect(await good.result).toMatchObject({ status: 'SUCCEEDED', output: { yes: true } })
    const bad = await ask()
    await client.send(new SendTaskFailureCommand({ taskToken: bad.taskToken, error: 'No', cause: 'why' }))
    expect(await bad.result).toMatchObject({ status: 'FAILED', error: 'No', cause: 'why' })
    const tell = (output: string) =>
      client.send(new SendTaskSuccessCommand({ taskToken: good.taskToken, output }))
    await expect(tell('{}')).rejects.toMatchObject({ name: 'TaskTimedOut' })
    await expect(tell('{')).rejects.toMatchObject({ name: 'InvalidOutput' })
  })

  it('ends what runs when the stack is closed', async () => {
    const stack = await startMachines({ clock: new VirtualClock() })
    const { executionArn } = await longRun('order')
    await stack.close()
    expect(stack.executions.find(executionArn).execution.status).toBe('ABORTED')
  })
})

it('a state machine is called by a REST API in this process', async () => {
  client = new SFNClient({})
  const integration = (action: string) => ({
    Type: 'AWS',
    IntegrationHttpMethod: 'POST',
    Uri: { 'Fn::Sub': `arn:aws:apigateway:\${AWS::Region}:states:action/${action}` },
    RequestTemplates: {
      'application/json': {
        'Fn::Sub': '{"stateMachineArn": "${Echo}", "input": "$util.escapeJavaScript($input.body)"}',
      },
    },
    IntegrationResponses: [
      { StatusCode: '200', ResponseTemplates: { 'application/json': "$input.path('$.output')" } },
      {
        StatusCode: '400',
        SelectionPattern: '4\\d{2}',
        ResponseTemplates: { 'application/json': "$input.path('$.__type')" },
      },
    ],
  })
  const methods = { POST: integration('StartSyncExecution'), PUT: integration('Invent') }
  const { apis } = await start({ Echo, ...api(methods) })
  const call = async (method: string) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(apis.get('shop').url, { method, body: '{"a":"b"}', headers })
    return [response.status, await response.text()]
  }
  expect(await call('POST')).toEqual([200, '{"got":{"a":"b"}}'])
  expect(await call('PUT')).toEqual([400, 'UnknownOperationException'])
})

it('a state machine is a target of rules', async () => {
  client = new SFNClient({})
  const clock = new VirtualClock()
  const Rule = {
    Type: 'AWS::Events::Rule',
    Properties: { EventPattern: { source: ['shop'] }, Targets: [{ Id: 'run', Arn: { Ref: 'Long' } }] },
  }
  const { buses, executions, machines } = await start({ Long, Rule }, { clock })
  buses.get('default').put({ source: 'shop', detailType: 'Placed', detail: { id: 7 } })
  await clock.advance(0)
  const [started] = executions.of(machines.get('Long'))
  expect(JSON.parse(started!.input)).toMatchObject({ 'detail-type': 'Placed', detail: { id: 7 } })
})

it.each([
  [
    'a state',
    machine({ A: { ...wait, Next: 'Gone', End: undefined } }),
    /Demo\.Resources\.Bad: state "A", Next/,
  ],
  [
    'a task',
    machine({ A: { Type: 'Task', Resource: 'arn:aws:states:::sns:publish', End: true } }),
    /Demo\.Resources\.Bad: state "A", Resource: got "arn:aws:states:::sns:publish"; allowed is locally one of/,
  ],
  [
    'a type',
    machine({ A: wait }, 'QUICK'),
    /Demo\.Resources\.Bad\.Properties\.StateMachineType: got "QUICK"/,
  ],
  ['no definition', { ...Long, Properties: {} }, /Demo\.Resources\.Bad\.Properties\.DefinitionString: got 0/],
])('a stack names %s that is not supported', async (_, Bad, message) => {
  client = new SFNClient({})
  await expect(start({ Bad, Fn: inline('exports.handler = () => 1') })).rejects.toThrow(message)
})
