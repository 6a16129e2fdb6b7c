import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { VirtualClock } from '@breakwater/circuit/testing'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { createQueues, type Queues } from './endpoint.ts'
import { arnOf, redriveTo } from './queue.fixture.ts'

let clock: VirtualClock
let queues: Queues
let client: SQSClient

beforeEach(async () => {
  clock = new VirtualClock()
  queues = await createQueues({
    clock,
    queues: {
      orders: redriveTo('dead', 2),
      dead: { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true },
      'strict.fifo': { FifoQueue: true },
      small: { MaximumMessageSize: 1_024 },
    },
  })
  client = new SQSClient({
    endpoint: queues.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  })
})
afterEach(async () => {
  client.destroy()
  await queues.close()
  expect(clock.pending).toBe(0)
})

const at = (name = 'orders') => ({ QueueUrl: queues.urlOf(name) })
const send = (body: string, more: Partial<SendMessageCommandInput> = {}) =>
  client.send(new SendMessageCommand({ ...at(), MessageBody: body, ...more }))
const receive = async (more: Partial<ReceiveMessageCommandInput> = {}) =>
  (await client.send(new ReceiveMessageCommand({ ...at(), ...more }))).Messages ?? []
const sendBatch = (Entries: SendMessageBatchRequestEntry[], name?: string) =>
  client.send(new SendMessageBatchCommand({ ...at(name), Entries }))
const failure = (name: string, message: string | RegExp = /./) =>
  expect.objectContaining({ name, message: expect.stringMatching(message) })

test('a message goes round with its attributes, whose checksums the SDK checks', async () => {
  const MessageAttributes = {
    circuit: { DataType: 'String', StringValue: 'zählung' },
    tries: { DataType: 'Number.int', StringValue: '3' },
    blob: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 255, 7) },
  }
  const sent = await send('grüße {"a":1}', {
    MessageAttributes,
    MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-x' } },
  })
  const [plain] = await receive({ VisibilityTimeout: 0 })
  expect(plain).toEqual({
    MessageId: sent.MessageId,
    ReceiptHandle: expect.any(String),
    Body: 'grüße {"a":1}',
    MD5OfBody: sent.MD5OfMessageBody,
  })
  const [message] = await receive({ MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] })
  expect(message).toMatchObject({
    MessageAttributes,
    MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
    Attributes: { ApproximateReceiveCount: '2', SentTimestamp: '1800000000000', AWSTraceHeader: 'Root=1-x' },
  })
  await client.send(new DeleteMessageCommand({ ...at(), ReceiptHandle: message!.ReceiptHandle }))
  await clock.advance(60_000)
  expect(await receive()).toEqual([])
})

test('the checksum of attributes is the documented one', async () => {
  // Computed by hand: length and bytes of name and type, 1 for text, length and bytes of the value.
  const { MD5OfMessageAttributes } = await send('x', {
    MessageAttributes: {
      b: { DataType: 'String', StringValue: 'v' },
      a: { DataType: 'Binary', BinaryValue: Uint8Array.of(1) },
    },
  })
  const { createHash } = await import('node:crypto')
  const bytes = '\0\0\0\x01a\0\0\0\x06Binary\x02\0\0\0\x01\x01\0\0\0\x01b\0\0\0\x06String\x01\0\0\0\x01v'
  expect(MD5OfMessageAttributes).toBe(createHash('md5').update(bytes, 'latin1').digest('hex'))
})

test('a message may be as long as its queue allows', async () => {
  const attribute = { a: { DataType: 'String', StringValue: 'x' } }
  await send('x'.repeat(262_144 - 'aStringx'.length), { MessageAttributes: attribute })
  await send('é'.repeat(512), at('small'))
  expect(queues.queues.get('small')!.counts().visible).toBe(1)
})

test('attributes are picked by name and by prefix', async () => {
  const text = (StringValue: string) => ({ DataType: 'String', StringValue })
  await send('x', { MessageAttributes: { 'a.b': text('1'), 'a.c': text('2'), d: text('3') } })
  const [message] = await receive({
    MessageAttributeNames: ['a.*'],
    MessageSystemAttributeNames: ['SentTimestamp'],
  })
  expect(Object.keys(message!.MessageAttributes!)).toEqual(['a.b', 'a.c'])
  expect(Object.keys(message!.Attributes!)).toEqual(['SentTimestamp'])
})

test('a long poll answers as soon as there is something', async () => {
  const waiting = receive({ WaitTimeSeconds: 20 })
  await send('soon')
  expect((await waiting)[0]?.Body).toBe('soon')
})

test('a client that goes away takes no message with it', async () => {
  const gone = new AbortController()
  const poll = client.send(new ReceiveMessageCommand({ ...at(), WaitTimeSeconds: 20 }), {
    abortSignal: gone.signal,
  })
  const waiting = expect(poll).rejects.toMatchObject({ name: 'AbortError' })
  // The wait has begun once it holds a timer, and has ended once it holds none.
  while (clock.pending === 0) await new Promise(resolve => setImmediate(resolve))
  gone.abort()
  await waiting
  while (clock.pending > 0) await new Promise(resolve => setImmediate(resolve))
  await send('kept')
  expect(await receive()).toHaveLength(1)
})

test('closing ends the long polls', async () => {
  const waiting = expect(receive({ WaitTimeSeconds: 20 })).resolves.toEqual([])
  while (clock.pending === 0) await new Promise(resolve => setImmediate(resolve))
  for (const queue of queues.queues.values()) queue.close()
  await waiting
})

test('a message that is never deleted ends in the dead-letter queue', async () => {
  await send('poison')
  for (let times = 0; times < 2; times += 1) {
    const [message] = await receive()
    await client.send(
      new ChangeMessageVisibilityCommand({
        ...at(),
        ReceiptHandle: message!.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    )
  }
  expect(await receive()).toEqual([])
  const [dead] = await receive({ ...at('dead'), MessageSystemAttributeNames: ['DeadLetterQueueSourceArn'] })
  expect(dead).toMatchObject({ Body: 'poison', Attributes: { DeadLetterQueueSourceArn: arnOf('orders') } })
})

describe('a batch', () => {
  it('does each entry by itself', async () => {
    const answer = await sendBatch([
      { Id: 'a', MessageBody: 'one', DelaySeconds: 5 },
      { Id: 'b', MessageBody: '' },
      { Id: 'c', MessageBody: 'three', DelaySeconds: 901 },
      { Id: 'd', MessageBody: 'four', MessageDeduplicationId: 'x' },
      { Id: 'e', MessageBody: 'five' },
    ])
    expect(answer.Successful?.map(({ Id, MessageId }) => [Id, typeof MessageId])).toEqual([
      ['a', 'string'],
      ['e', 'string'],
    ])
    expect(answer.Failed?.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault])).toEqual([
      ['b', 'MissingParameter', true],
      ['c', 'InvalidParameterValue', true],
      ['d', 'InvalidParameterValue', true],
    ])
    await clock.advance(5_000)
    const [one, five] = await receive({ MaxNumberOfMessages: 10 })
    const changed = await client.send(
      new ChangeMessageVisibilityBatchCommand({
        ...at(),
        Entries: [
          { Id: '1', ReceiptHandle: one!.ReceiptHandle, VisibilityTimeout: 0 },
          { Id: '2', ReceiptHandle: 'nonsense', VisibilityTimeout: 0 },
        ],
      }),
    )
    expect([changed.Successful?.[0]?.Id, changed.Failed?.[0]]).toMatchObject([
      '1',
      { Id: '2', Code: 'ReceiptHandleIsInvalid' },
    ])
    const deleted = await client.send(
      new DeleteMessageBatchCommand({ ...at(), Entries: [{ Id: '1', ReceiptHandle: five!.ReceiptHandle }] }),
    )
    expect(deleted.Successful).toEqual([{ Id: '1' }])
    expect((await receive({ MaxNumberOfMessages: 10 })).map(({ Body }) => Body)).toEqual(['one'])
  })

  const entries = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ Id: `${index}`, MessageBody: 'x' }))

  it.each<[string, SendMessageBatchRequestEntry[]]>([
    ['EmptyBatchRequest', []],
    ['TooManyEntriesInBatchRequest', entries(11)],
    ['BatchEntryIdsNotDistinct', [...entries(2), ...entries(1)]],
    ['InvalidBatchEntryId', [{ Id: 'a b', MessageBody: 'x' }]],
    ['BatchRequestTooLong', entries(10).map(entry => ({ ...entry, MessageBody: 'x'.repeat(26_215) }))],
  ])('is refused as a whole: %s', async (name, list) => {
    await expect(sendBatch(list)).rejects.toEqual(failure(name))
    expect(queues.queues.get('orders')!.counts().visible).toBe(0)
  })
})

describe('what is wrong gets the service’s error', () => {
  it.each<[string, string, () => Promise<unknown>]>([
    [
      'QueueDoesNotExist',
      'does not exist',
      () => send('x', { QueueUrl: `${queues.url}/123456789012/other` }),
    ],
    [
      'QueueDoesNotExist',
      'does not exist',
      () => send('x', { QueueUrl: `${queues.url}/999999999999/orders` }),
    ],
    [
      'QueueDoesNotExist',
      'does not exist',
      () => client.send(new GetQueueUrlCommand({ QueueName: 'other' })),
    ],
    ['MissingParameter', 'MessageBody', () => send('')],
    ['InvalidMessageContents', 'XML', () => send('\u0000')],
    ['InvalidParameterValue', '262144 bytes', () => send('x'.repeat(262_145))],
    ['InvalidParameterValue', '1024 bytes', () => send('é'.repeat(513), at('small'))],
    ['InvalidParameterValue', 'DelaySeconds', () => send('x', { DelaySeconds: -1 })],
    ['InvalidParameterValue', 'MaxNumberOfMessages', () => receive({ MaxNumberOfMessages: 11 })],
    ['InvalidParameterValue', 'WaitTimeSeconds', () => receive({ WaitTimeSeconds: 21 })],
    ['InvalidParameterValue', 'VisibilityTimeout', () => receive({ VisibilityTimeout: 43_201 })],
    ['MissingParameter', 'MessageGroupId', () => send('x', at('strict.fifo'))],
    [
      'InvalidParameterValue',
      'ContentBasedDeduplication',
      () => send('x', { ...at('strict.fifo'), MessageGroupId: 'g' }),
    ],
    [
      'InvalidParameterValue',
      'DelaySeconds',
      () =>
        send('x', {
          ...at('strict.fifo'),
          MessageGroupId: 'g',
          MessageDeduplicationId: 'd',
          DelaySeconds: 1,
        }),
    ],
    [
      'InvalidParameterValue',
      'type',
      () => send('x', { MessageAttributes: { a: { DataType: 'Text', StringValue: 'x' } } }),
    ],
    [
      'InvalidParameterValue',
      'number',
      () => send('x', { MessageAttributes: { a: { DataType: 'Number', StringValue: 'x' } } }),
    ],
    [
      'InvalidParameterValue',
      'AWS.x',
      () => send('x', { MessageAttributes: { 'AWS.x': { DataType: 'String', StringValue: 'x' } } }),
    ],
    ['InvalidAttributeName', 'Colour', () => attributes('orders', 'Colour')],
    [
      'ReceiptHandleIsInvalid',
      'nonsense',
      () => client.send(new DeleteMessageCommand({ ...at(), ReceiptHandle: 'nonsense' })),
    ],
    [
      'UnsupportedOperation',
      'ReceiveRequestAttemptId',
      () => receive({ ...at('strict.fifo'), ReceiveRequestAttemptId: 'x' }),
    ],
    [
      'UnknownOperationException',
      'CreateQueue is not supported',
      () => client.send(new CreateQueueCommand({ QueueName: 'x' })),
    ],
  ])('%s (%s)', async (name, message, act) => {
    await expect(act()).rejects.toEqual(failure(name, new RegExp(message)))
  })

  it('of a message that is not in flight', async () => {
    await send('x')
    const [message] = await receive()
    await clock.advance(30_000)
    const change = new ChangeMessageVisibilityCommand({
      ...at(),
      ReceiptHandle: message!.ReceiptHandle,
      VisibilityTimeout: 5,
    })
    await expect(client.send(change)).rejects.toEqual(failure('MessageNotInflight'))
  })

  it('of the old query protocol too', async () => {
    const response = await fetch(queues.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AmazonSQS.SendMessage' },
      body: JSON.stringify({ QueueUrl: `${queues.url}/123456789012/other`, MessageBody: 'x' }),
    })
    expect(response.headers.get('x-amzn-query-error')).toBe('AWS.SimpleQueueService.NonExistentQueue;Sender')
    expect(await response.json()).toMatchObject({ __type: 'com.amazonaws.sqs#QueueDoesNotExist' })
  })
})

async function attributes(name: string, ...AttributeNames: string[]) {
  const command = new GetQueueAttributesCommand({ ...at(name), AttributeNames: AttributeNames as ['All'] })
  return (await client.send(command)).Attributes
}

test('attributes of a queue', async () => {
  await send('a')
  await send('b')
  await send('c', { DelaySeconds: 9 })
  await receive()
  expect(await attributes('orders', 'All')).toEqual({
    QueueArn: arnOf('orders'),
    ApproximateNumberOfMessages: '1',
    ApproximateNumberOfMessagesNotVisible: '1',
    ApproximateNumberOfMessagesDelayed: '1',
    CreatedTimestamp: '1800000000',
    LastModifiedTimestamp: '1800000000',
    VisibilityTimeout: '30',
    MaximumMessageSize: '262144',
    MessageRetentionPeriod: '345600',
    DelaySeconds: '0',
    ReceiveMessageWaitTimeSeconds: '0',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 2 }),
  })
  expect(await attributes('strict.fifo', 'FifoQueue', 'QueueArn')).toEqual({
    FifoQueue: 'true',
    QueueArn: arnOf('strict.fifo'),
  })
  expect(await attributes('dead', 'SqsManagedSseEnabled')).toEqual({ SqsManagedSseEnabled: 'true' })
})

test('queues are found and listed', async () => {
  expect((await client.send(new GetQueueUrlCommand({ QueueName: 'orders' }))).QueueUrl).toBe(
    `${queues.url}/123456789012/orders`,
  )
  expect([queues.byArn(arnOf('dead'))?.name, queues.byArn('arn:x')]).toEqual(['dead', undefined])
})

test('a purge', async () => {
  await send('a')
  await client.send(new PurgeQueueCommand(at()))
  expect(await receive()).toEqual([])
  await expect(client.send(new PurgeQueueCommand(at()))).rejects.toEqual(failure('PurgeQueueInProgress'))
})

test.each<[Record<string, object>, string]>([
  [{ a: redriveTo('nowhere', 1) }, 'a.RedrivePolicy.deadLetterTargetArn'],
  [{ a: redriveTo('a', 1) }, 'the ARN of another queue that is here'],
  [{ a: redriveTo('b', 1), b: { RedriveAllowPolicy: { redrivePermission: 'denyAll' } } }, 'lets a in'],
  [{ a: { Policy: {} } }, 'a.Policy: got an object; allowed is nothing'],
])('createQueues refuses the queues %j', async (wrong, message) => {
  await expect(createQueues({ queues: wrong })).rejects.toThrow(message)
})
