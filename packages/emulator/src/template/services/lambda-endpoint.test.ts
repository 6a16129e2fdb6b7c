import {
  GetEventSourceMappingCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { afterEach, expect, it } from 'vitest'
import { fakeCredentials } from '../../aws/credentials.ts'
import { inline, type Resources, start, stopAll } from '../stack.fixture.ts'
import type { StackOptions } from '../stack-options.ts'

let client: LambdaClient
afterEach(async () => {
  client.destroy()
  await stopAll()
})

async function begin(resources: Resources, options: StackOptions = {}) {
  const stack = await start(resources, options)
  client = new LambdaClient({
    region: 'us-east-1',
    credentials: fakeCredentials,
    endpoint: stack.endpoints.lambda,
    maxAttempts: 1,
  })
  return stack
}

const Echo = inline(`exports.handler = async event => {
  if (event.bad) throw new RangeError('no')
  return { got: event }
}`)

it('the Lambda endpoint invokes functions', async () => {
  await begin({ Echo, None: inline('exports.handler = () => 1', { ReservedConcurrentExecutions: 0 }) })
  const invoke = async (FunctionName: string, Payload: string, more: object = {}) => {
    const answer = await client.send(new InvokeCommand({ FunctionName, Payload, ...more }))
    return [answer.StatusCode, answer.FunctionError, answer.Payload?.transformToString()]
  }
  expect(await invoke('Demo-Echo', '{"a":1}')).toEqual([200, undefined, '{"got":{"a":1}}'])
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:Demo-Echo'
  expect(await invoke(arn, '{}', { Qualifier: '1' })).toEqual([200, undefined, '{"got":{}}'])
  expect(await invoke('Demo-Echo', '{"bad":1}')).toEqual([
    200,
    'Unhandled',
    expect.stringContaining('"RangeError"'),
  ])
  expect(await invoke('Demo-Echo', '{}', { InvocationType: 'Event' })).toEqual([202, undefined, undefined])
  await expect(invoke('Gone', '{}')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await expect(invoke('Demo-Echo', '{')).rejects.toMatchObject({ name: 'InvalidRequestContentException' })
  await expect(invoke('Demo-None', '{}')).rejects.toMatchObject({ name: 'TooManyRequestsException' })
})

it('describes, pauses and throttles event source mappings', async () => {
  const EventSourceArn = { 'Fn::GetAtt': ['Orders', 'Arn'] }
  const { eventSources } = await begin({
    Echo,
    Orders: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 30 } },
    Work: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn, FunctionName: { 'Fn::GetAtt': ['Echo', 'Arn'] } },
    },
  })
  const queueArn = 'arn:aws:sqs:us-east-1:000000000000:Demo-Orders'
  const { EventSourceMappings } = await client.send(
    new ListEventSourceMappingsCommand({ EventSourceArn: queueArn, FunctionName: 'Demo-Echo' }),
  )
  const [{ UUID, State } = {}] = EventSourceMappings ?? []
  expect([EventSourceMappings?.length, State]).toEqual([1, 'Enabled'])
  const none = await client.send(new ListEventSourceMappingsCommand({ EventSourceArn: `${queueArn}-other` }))
  expect(none.EventSourceMappings).toEqual([])

  const ScalingConfig = { MaximumConcurrency: 2 }
  await client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false, ScalingConfig }))
  const { enabled, maximumConcurrency } = eventSources.get('Work')
  expect([enabled, maximumConcurrency]).toEqual([false, 2])
  expect(await client.send(new GetEventSourceMappingCommand({ UUID }))).toMatchObject({
    EventSourceArn: queueArn,
    FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:Demo-Echo',
    State: 'Disabled',
    ScalingConfig,
  })
  const update = (change: object) => client.send(new UpdateEventSourceMappingCommand({ UUID, ...change }))
  await expect(update({ ScalingConfig: { MaximumConcurrency: 1 } })).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: expect.stringContaining('MaximumConcurrency: got 1'),
  })
  await expect(update({ BatchSize: 3 })).rejects.toThrow('BatchSize cannot be changed locally')
  await expect(update({ UUID: 'gone' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

it('the Lambda endpoint says what it does not do', async () => {
  const { endpoints } = await begin({})
  const response = await fetch(`${endpoints.lambda}/2015-03-31/functions/`)
  expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([
    400,
    'UnknownOperationException',
  ])
})
