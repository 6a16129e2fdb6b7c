import { settle, VirtualClock } from '@breakwater/circuit/testing'
import type { SQSEvent } from 'aws-lambda'
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import { createEventSource, type EventSource, type EventSourceOptions } from './event-source.ts'
import { arnOf, makeQueue, redriveTo } from './queue.fixture.ts'
import type { Queue } from './queue.ts'
import type { SqsEvent } from './sqs-event.ts'

let clock: VirtualClock
let queue: Queue
let source: EventSource
let events: SqsEvent[]
beforeEach(() => {
  clock = new VirtualClock()
  queue = makeQueue(clock, 'orders')
  events = []
})
afterEach(async () => {
  await source?.close()
  queue.close()
  expect(clock.pending).toBe(0)
})

function start(
  mapping: object = {},
  invoke: (event: SqsEvent) => unknown = () => {},
  more: Partial<EventSourceOptions> = {},
) {
  const record = (event: SqsEvent) => {
    events.push(event)
    return invoke(event)
  }
  source = createEventSource({ mapping, queue, invoke: record, clock, ...more })
  return source
}

const bodies = () => events.map(({ Records }) => Records.map(({ body }) => body))
const send = (...texts: string[]) => texts.map(body => queue.send({ body }))
const empty = { visible: 0, inFlight: 0, delayed: 0 }

test('a message becomes an event as Lambda has it, and is deleted when that went well', async () => {
  start()
  const sent = queue.send({
    body: 'hello',
    attributes: {
      who: { DataType: 'String', StringValue: 'ana' },
      blob: { DataType: 'Binary', BinaryValue: 'AQI=' },
    },
  })
  await settle()
  const event: SQSEvent = JSON.parse(JSON.stringify(events[0]))
  expect(event).toEqual({
    Records: [
      {
        messageId: sent.messageId,
        receiptHandle: expect.any(String),
        body: 'hello',
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: '1800000000000',
          SenderId: expect.any(String),
          ApproximateFirstReceiveTimestamp: '1800000000000',
        },
        messageAttributes: {
          who: { stringValue: 'ana', stringListValues: [], binaryListValues: [], dataType: 'String' },
          blob: { binaryValue: 'AQI=', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
        },
        md5OfBody: sent.md5OfBody,
        md5OfMessageAttributes: sent.md5OfAttributes,
        eventSource: 'aws:sqs',
        eventSourceARN: arnOf('orders'),
        awsRegion: 'eu-west-1',
      },
    ],
  })
  expect(queue.counts()).toEqual(empty)
})

test('batches are as large as they may be and there is something', async () => {
  send('1', '2', '3', '4', '5')
  start({ BatchSize: 2 })
  await settle()
  expect(bodies()).toEqual([['1', '2'], ['3', '4'], ['5']])
})

describe('a window', () => {
  it('gathers until it ends', async () => {
    queue = makeQueue(clock, 'orders', { VisibilityTimeout: 60 })
    start({ BatchSize: 100, MaximumBatchingWindowInSeconds: 30 })
    await clock.advance(5_000)
    send('1')
    await clock.advance(29_999)
    send('2')
    expect(events).toEqual([])
    await clock.advance(1)
    expect(bodies()).toEqual([['1', '2']])
    send('3')
    await clock.advance(30_000)
    expect(bodies()).toEqual([['1', '2'], ['3']])
  })

  it('ends early when the batch is full, beyond what one receive brings', async () => {
    start({ BatchSize: 12, MaximumBatchingWindowInSeconds: 30 })
    send(...Array.from({ length: 13 }, (_, index) => `${index}`))
    await settle()
    expect(events[0]?.Records).toHaveLength(12)
    await clock.advance(30_000)
    expect(events[1]?.Records).toHaveLength(1)
  })

  it('ends early when there is as much as an invocation can take', async () => {
    send(...Array<string>(30).fill('x'.repeat(250_000)))
    start({ BatchSize: 100, MaximumBatchingWindowInSeconds: 10 })
    await clock.advance(10_000)
    expect(events.map(({ Records }) => Records.length)).toEqual([20, 10])
  })

  it('gives back what it holds when it is closed', async () => {
    start({ MaximumBatchingWindowInSeconds: 30 })
    send('1')
    await clock.advance(10_000)
    expect(queue.counts().inFlight).toBe(1)
    await source.close()
    expect([queue.counts(), events]).toEqual([{ ...empty, visible: 1 }, []])
  })

  it('ends with its queue', async () => {
    start({ MaximumBatchingWindowInSeconds: 30 })
    send('1')
    await settle()
    queue.close()
    await clock.advance(30_000)
    expect(clock.pending).toBe(0)
  })
})

test('a batch that failed becomes visible again after its timeout, and is reported', async () => {
  const failed = vi.fn(() => {
    throw new Error('listener')
  })
  const error = new Error('handler broke')
  send('1', '2')
  start({}, () => (events.length < 3 ? Promise.reject(error) : undefined), { failed })
  await clock.advance(29_999)
  expect(bodies()).toEqual([['1', '2']])
  expect(failed.mock.calls).toEqual([[error, events[0]]])
  await clock.advance(1)
  expect(events[1]?.Records[0]?.attributes.ApproximateReceiveCount).toBe('2')
  await clock.advance(30_000)
  expect([events.length, queue.counts()]).toEqual([3, empty])
})

test('a message that fails too often ends in the dead-letter queue', async () => {
  const dead = makeQueue(clock, 'dead')
  queue = makeQueue(clock, 'orders', redriveTo('dead', 2), dead)
  start({}, () => Promise.reject(new Error('poison')))
  send('poison')
  await clock.advance(600_000)
  expect([events.length, queue.counts(), dead.counts().visible]).toEqual([2, empty, 1])
})

describe('with ReportBatchItemFailures', () => {
  const reporting = { FunctionResponseTypes: ['ReportBatchItemFailures'] }
  const failing =
    (...texts: string[]) =>
    ({ Records }: SqsEvent) => ({
      batchItemFailures: Records.filter(({ body }) => texts.includes(body)).map(({ messageId }) => ({
        itemIdentifier: messageId,
      })),
    })

  it('only what is reported comes again', async () => {
    send('1', '2', '3')
    start(reporting, event => (events.length === 1 ? failing('2')(event) : undefined))
    await clock.advance(0)
    expect(queue.counts()).toEqual({ ...empty, inFlight: 1 })
    await clock.advance(30_000)
    expect(bodies()).toEqual([['1', '2', '3'], ['2']])
    expect(queue.counts()).toEqual(empty)
  })

  it.each([undefined, null, {}, { batchItemFailures: null }, { batchItemFailures: [] }, { other: 1 }])(
    '%j is a success',
    async answer => {
      send('1', '2')
      start(reporting, () => answer)
      await settle()
      expect(queue.counts()).toEqual(empty)
    },
  )

  it.each([
    { answer: 'text' },
    { answer: [] },
    { answer: { batchItemFailures: 'all' } },
    { answer: { batchItemFailures: [{}] } },
    { answer: { batchItemFailures: [null] } },
    { answer: { batchItemFailures: [{ itemIdentifier: '' }] } },
    { answer: { batchItemFailures: [{ itemIdentifier: 'unknown' }] } },
  ])('%j is a failure of the whole batch', async ({ answer }) => {
    const failed = vi.fn()
    send('1', '2')
    start(reporting, () => answer, { failed })
    await settle()
    expect(queue.counts()).toEqual({ ...empty, inFlight: 2 })
    expect(failed).toHaveBeenCalledTimes(1)
  })

  it('the answer is not looked at without it', async () => {
    start({}, failing('1'))
    send('1')
    await settle()
    expect(queue.counts()).toEqual(empty)
  })
})

describe('the number of invocations at a time', () => {
  /** Handlers that wait to be let go, one after the other. */
  function held() {
    const open: (() => void)[] = []
    return { open, invoke: () => new Promise<void>(resolve => open.push(resolve)) }
  }

  it('is bounded by MaximumConcurrency, which can change at run time', async () => {
    const { open, invoke } = held()
    send('1', '2', '3', '4', '5', '6', '7', '8')
    start({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } }, invoke)
    await settle()
    expect([events.length, source.concurrency, source.maximumConcurrency]).toEqual([2, 2, 2])
    open[0]!()
    await settle()
    expect([events.length, source.concurrency]).toEqual([3, 2])
    source.update({ ScalingConfig: { MaximumConcurrency: 4 } })
    await settle()
    expect(source.concurrency).toBe(4)
    source.update({ ScalingConfig: {} })
    await settle()
    expect(source.concurrency).toBe(5)
    for (let at = 1; at < 8; at += 1) {
      open[at]!()
      await settle()
    }
    expect([source.concurrency, queue.counts()]).toEqual([0, empty])
  })

  it('is one a group on a FIFO queue, in order', async () => {
    queue = makeQueue(clock, 'orders.fifo', { ContentBasedDeduplication: true })
    for (const [groupId, body] of [
      ['g', 'g1'],
      ['h', 'h1'],
      ['g', 'g2'],
      ['h', 'h2'],
      ['g', 'g3'],
    ] as const) {
      queue.send({ groupId, body })
    }
    const { open, invoke } = held()
    start({ BatchSize: 1 }, invoke)
    await settle()
    expect(bodies()).toEqual([['g1'], ['h1']])
    open[0]!()
    await settle()
    expect(bodies()).toEqual([['g1'], ['h1'], ['g2']])
    open[1]!()
    open[2]!()
    await settle()
    await settle()
    expect(
      bodies()
        .flat()
        .filter(body => body.startsWith('g')),
    ).toEqual(['g1', 'g2', 'g3'])
    expect(events[0]?.Records[0]?.attributes).toMatchObject({
      MessageGroupId: 'g',
      SequenceNumber: expect.any(String),
    })
    for (const go of open) go()
  })

  it('a failure in a FIFO group holds the rest of the group back, not the other groups', async () => {
    queue = makeQueue(clock, 'orders.fifo', { ContentBasedDeduplication: true })
    start({ BatchSize: 1 }, ({ Records }) => {
      if (Records[0]?.body === 'g1' && events.length < 4) throw new Error('broke')
    })
    for (const [groupId, body] of [
      ['g', 'g1'],
      ['g', 'g2'],
      ['h', 'h1'],
    ] as const)
      queue.send({ groupId, body })
    await clock.advance(29_999)
    expect(bodies()).toEqual([['g1'], ['h1']])
    await clock.advance(60_000)
    expect(bodies()).toEqual([['g1'], ['h1'], ['g1'], ['g1'], ['g2']])
  })
})

describe('the switch', () => {
  it('pauses and goes on at run time', async () => {
    start()
    source.update({ Enabled: false })
    send('1')
    await clock.advance(60_000)
    expect([events, source.enabled, clock.pending]).toEqual([[], false, 0])
    source.update({ Enabled: true })
    await settle()
    expect(bodies()).toEqual([['1']])
    source.update({ Enabled: false })
    source.update({ Enabled: true })
    send('2')
    await settle()
    expect(bodies()).toEqual([['1'], ['2']])
  })

  it('may be off from the start', async () => {
    start({ Enabled: false })
    send('1')
    await settle()
    expect([source.enabled, events, queue.counts().visible]).toEqual([false, [], 1])
  })

  it('brings what was received before the pause', async () => {
    start({ MaximumBatchingWindowInSeconds: 30 })
    send('1')
    await settle()
    source.update({ Enabled: false })
    await settle()
    expect([bodies(), queue.counts()]).toEqual([[['1']], empty])
  })
})

test('close waits for invocations that are under way, and deletes what they did', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  start({}, () => promise)
  send('1')
  await settle()
  let closed = false
  const closing = source.close().then(() => {
    closed = true
  })
  send('2')
  await settle()
  expect(closed).toBe(false)
  resolve()
  await closing
  expect([bodies(), queue.counts()]).toEqual([[['1']], { ...empty, visible: 1 }])
})

test.each<[object, string, string?]>([
  [{ BatchSize: 0 }, 'EventSourceMapping.BatchSize: got 0'],
  [{ BatchSize: 11 }, 'MaximumBatchingWindowInSeconds: got 0; allowed is at least 1'],
  [{ BatchSize: 11 }, 'BatchSize: got 11; allowed is a whole number from 1 to 10', 'q.fifo'],
  [{ MaximumBatchingWindowInSeconds: 5 }, 'got 5; allowed is 0 on a FIFO queue', 'q.fifo'],
  [{ EventSourceArn: 'arn:other' }, 'EventSourceArn: got "arn:other"'],
  [{ FunctionResponseTypes: ['Other'] }, 'FunctionResponseTypes: got "Other"'],
  [
    { ScalingConfig: { MaximumConcurrency: 1 } },
    'MaximumConcurrency: got 1; allowed is a whole number from 2 to 1000',
  ],
  [{ ScalingConfig: { Minimum: 1 } }, 'ScalingConfig.Minimum: got 1'],
  [{ Enabled: 'yes' }, 'Enabled: got "yes"'],
  [
    { FilterCriteria: {} },
    'EventSourceMapping.FilterCriteria: got an object; allowed is nothing: supported are EventSourceArn',
  ],
])('createEventSource refuses the mapping %j (%s)', (mapping, message, name = 'orders') => {
  queue = makeQueue(clock, name)
  expect(() => start(mapping)).toThrow(message)
})

test('createEventSource refuses a function that may run longer than its messages are hidden, as the service does', () => {
  expect(() => start({}, () => {}, { functionTimeoutSeconds: 31 })).toThrow(
    'functionTimeoutSeconds: got 31; allowed is at most 30, the visibility timeout of orders',
  )
  start()
  expect(() => source.update({ ScalingConfig: { MaximumConcurrency: 0 } })).toThrow(TypeError)
})
