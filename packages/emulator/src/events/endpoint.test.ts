import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createEventBus, type EventBus } from './bus.ts'
import { type EventsEndpoint, startEventsEndpoint } from './endpoint.ts'

const deliver = vi.fn()
let buses: EventBus[]
let endpoint: EventsEndpoint
let client: EventBridgeClient

beforeEach(async () => {
  deliver.mockReset()
  const rule = (EventBusName: string) => ({
    R: {
      EventBusName,
      EventPattern: { detail: { to: ['OPEN'] } },
      Targets: [{ Id: '1', Arn: `arn:${EventBusName}` }],
    },
  })
  buses = ['default', 'own'].map(name => createEventBus({ name, rules: rule(name), deliver }))
  endpoint = await startEventsEndpoint({ buses })
  client = new EventBridgeClient({
    endpoint: endpoint.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  })
})
afterEach(async () => {
  client.destroy()
  await endpoint.close()
  await Promise.all(buses.map(bus => bus.close()))
})

const entry = (more: PutEventsRequestEntry = {}): PutEventsRequestEntry => ({
  Source: 'breakwater',
  DetailType: 'Circuit State Changed',
  Detail: JSON.stringify({ circuit: 'payments', to: 'OPEN' }),
  ...more,
})
const put = (...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries }))

test('events of the SDK reach the targets of the bus they name', async () => {
  const Time = new Date('2026-05-06T07:08:09.123Z')
  const answer = await put(
    entry({ Time, Resources: ['arn:x'] }),
    entry({ EventBusName: 'own' }),
    entry({ EventBusName: buses[1]!.arn }),
    entry({ Detail: '{"to":"CLOSED"}' }),
  )
  expect(answer.FailedEntryCount).toBe(0)
  expect(new Set(answer.Entries?.map(({ EventId }) => EventId)).size).toBe(4)
  expect(deliver.mock.calls.map(([arn]) => arn)).toEqual(['arn:default', 'arn:own', 'arn:own'])
  expect(JSON.parse(deliver.mock.calls[0]![1])).toMatchObject({
    id: answer.Entries?.[0]?.EventId,
    time: '2026-05-06T07:08:09Z',
    resources: ['arn:x'],
    detail: { circuit: 'payments', to: 'OPEN' },
  })
})

test('an entry that is wrong fails by itself, in its place', async () => {
  const answer = await put(
    entry({ Source: 'aws.ecs' }),
    entry(),
    entry({ Detail: 'not JSON' }),
    entry({ Detail: '[1]' }),
    entry({ Source: '' }),
    { Source: 'x', DetailType: 'y' },
    entry({ EventBusName: 'nowhere' }),
  )
  expect(answer.FailedEntryCount).toBe(6)
  expect(answer.Entries?.map(({ ErrorCode, EventId }) => ErrorCode ?? typeof EventId)).toEqual([
    'NotAuthorizedForSourceException',
    'string',
    'MalformedDetail',
    'MalformedDetail',
    'InvalidArgument',
    'InvalidArgument',
    'ResourceNotFoundException',
  ])
  expect(answer.Entries?.[5]?.ErrorMessage).toContain('Detail is a required argument')
  expect(deliver).toHaveBeenCalledTimes(1)
})

test('more than 10 entries are refused as a whole', async () => {
  await expect(put(...Array(11).fill(entry()))).rejects.toMatchObject({ name: 'ValidationException' })
  await expect(put()).rejects.toMatchObject({ name: 'ValidationException' })
  expect(deliver).not.toHaveBeenCalled()
  expect((await put(...Array(10).fill(entry()))).FailedEntryCount).toBe(0)
})

test('a request may have 256 KiB, and not a byte more', async () => {
  const rest = 'breakwater'.length + 'Circuit State Changed'.length + '{"a":"é"}'.length + 1
  const sized = (bytes: number) => entry({ Detail: `{"a":"é${'x'.repeat(bytes - rest)}"}` })
  expect((await put(sized(256 * 1024))).FailedEntryCount).toBe(0)
  await expect(put(sized(256 * 1024 + 1))).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('over the limit'),
  })
})

test('what is not supported is an error that names it', async () => {
  const post = async (target: string, body: string) => {
    const response = await fetch(endpoint.url, { method: 'POST', headers: { 'x-amz-target': target }, body })
    return [response.status, await response.json()]
  }
  expect(await post('AWSEvents.PutRule', '{}')).toEqual([
    400,
    {
      __type: 'UnknownOperationException',
      message: 'AWSEvents.PutRule is not supported here; AWSEvents has PutEvents',
    },
  ])
  expect(await post('AWSEvents.PutEvents', '{oops')).toEqual([
    400,
    { __type: 'SerializationException', message: 'The body is not a JSON object' },
  ])
  expect(await post('AWSEvents.PutEvents', '{"Entries":[{}],"EndpointId":"x"}')).toMatchObject([
    400,
    { message: 'EndpointId is not supported here' },
  ])
})

test('two buses of one name are refused', async () => {
  await expect(startEventsEndpoint({ buses: [buses[0]!, buses[0]!] })).rejects.toThrow('buses: got "default"')
})
