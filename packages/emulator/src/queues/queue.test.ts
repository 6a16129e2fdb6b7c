import { settle, VirtualClock } from '@breakwater/circuit/testing'
import { beforeEach, describe, expect, it, test } from 'vitest'
import type { ReceivedMessage } from './message.ts'
import { arnOf, bodies, makeQueue, receiveAll, redriveTo } from './queue.fixture.ts'
import type { Queue } from './queue.ts'

let clock: VirtualClock
let queue: Queue
beforeEach(() => {
  clock = new VirtualClock()
  queue = makeQueue(clock, 'orders')
})

const one = async (from = queue): Promise<ReceivedMessage> => (await from.receive())[0]!

test('a message is handed out, hidden, and handed out again when its time is up', async () => {
  const sent = queue.send({ body: 'hello' })
  const first = await one()
  expect(first).toMatchObject({
    messageId: sent.messageId,
    body: 'hello',
    md5OfBody: '5d41402abc4b2a76b9719d911017c592',
  })
  await clock.advance(29_999)
  expect(await bodies(queue)).toEqual([])
  expect(queue.counts()).toEqual({ visible: 0, inFlight: 1, delayed: 0 })
  await clock.advance(1)
  const second = await one()
  expect(second.receiptHandle).not.toBe(first.receiptHandle)
  expect(second.system).toEqual({
    ApproximateReceiveCount: '2',
    SentTimestamp: '1800000000000',
    SenderId: expect.any(String),
    ApproximateFirstReceiveTimestamp: '1800000000000',
  })
})

test('a handle that a later receive replaced deletes nothing; the latest one does, even late', async () => {
  queue.send({ body: 'a' })
  const old = await one()
  await clock.advance(30_000)
  const latest = await one()
  queue.delete(old.receiptHandle)
  expect(queue.counts().inFlight).toBe(1)
  await clock.advance(30_000)
  queue.delete(latest.receiptHandle)
  expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  queue.delete(latest.receiptHandle)
})

test.each(['', 'nonsense', Buffer.from('other id receipt').toString('base64')])(
  '"%s" is no handle',
  handle => {
    expect(() => queue.delete(handle)).toThrow(expect.objectContaining({ code: 'ReceiptHandleIsInvalid' }))
  },
)

test('visibility can be changed while a message is in flight', async () => {
  queue.send({ body: 'a' })
  const { receiptHandle } = await one()
  queue.changeVisibility(receiptHandle, 100)
  await clock.advance(99_999)
  expect(queue.counts().inFlight).toBe(1)
  queue.changeVisibility(receiptHandle, 0)
  expect(queue.counts().visible).toBe(1)
  expect(() => queue.changeVisibility(receiptHandle, 5)).toThrow(
    expect.objectContaining({ code: 'MessageNotInflight' }),
  )
  const again = await one()
  expect(() => queue.changeVisibility(again.receiptHandle, 43_201)).toThrow(/VisibilityTimeout/)
  await clock.advance(10_000)
  expect(() => queue.changeVisibility(again.receiptHandle, 43_200)).toThrow(/beyond the limit/)
  queue.delete(again.receiptHandle)
  expect(() => queue.changeVisibility(again.receiptHandle, 5)).toThrow(/does not exist/)
})

test('a delay, of the message or of the queue, hides it at first', async () => {
  const slow = makeQueue(clock, 'slow', { DelaySeconds: 10 })
  slow.send({ body: 'late' })
  slow.send({ body: 'now', delaySeconds: 0 })
  slow.send({ body: 'later', delaySeconds: 20 })
  expect(slow.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 2 })
  expect(await bodies(slow)).toEqual(['now'])
  await clock.advance(10_000)
  expect(await bodies(slow)).toEqual(['late'])
})

describe('a long poll', () => {
  it('ends with the first message, or with its time', async () => {
    const got: string[] = []
    for (const name of ['first', 'second', 'third']) {
      void queue.receive({ waitTimeSeconds: 20 }).then(messages => got.push(`${name} ${messages[0]?.body}`))
    }
    await clock.advance(5_000)
    queue.send({ body: 'a' })
    queue.send({ body: 'b' })
    await settle()
    expect(got).toEqual(['first a', 'second b'])
    await clock.advance(15_000)
    expect(got[2]).toBe('third undefined')
    expect(clock.pending).toBe(0)
  })

  it('sees a delayed message, one whose visibility ends, and one that is given back', async () => {
    queue.send({ body: 'delayed', delaySeconds: 3 })
    const first = queue.receive({ waitTimeSeconds: 20 })
    await clock.advance(3_000)
    const [message] = await first
    const second = queue.receive({ waitTimeSeconds: 20 })
    queue.changeVisibility(message!.receiptHandle, 5)
    await clock.advance(5_000)
    const [again] = await second
    expect(again?.body).toBe('delayed')
    const third = queue.receive({ waitTimeSeconds: 20 })
    queue.changeVisibility(again!.receiptHandle, 0)
    expect((await third)[0]?.system.ApproximateReceiveCount).toBe('3')
    expect(clock.pending).toBe(0)
  })

  it('is the default of a queue that says so', async () => {
    const polled = makeQueue(clock, 'polled', { ReceiveMessageWaitTimeSeconds: 7 })
    const waiting = polled.receive()
    await clock.advance(6_999)
    polled.send({ body: 'in time' })
    expect((await waiting)[0]?.body).toBe('in time')
  })

  it('takes no message once its signal has ended, and leaves no timer', async () => {
    const gone = new AbortController()
    const waiting = queue.receive({ waitTimeSeconds: 20, signal: gone.signal })
    gone.abort()
    expect(await waiting).toEqual([])
    expect(clock.pending).toBe(0)
    queue.send({ body: 'a' })
    expect(await queue.receive({ signal: gone.signal })).toEqual([])
    expect(queue.counts().visible).toBe(1)
  })

  it('ends when the queue closes, as all later ones do at once', async () => {
    const waiting = queue.receive({ waitTimeSeconds: 20 })
    queue.close()
    expect(await waiting).toEqual([])
    expect(await queue.receive({ waitTimeSeconds: 20 })).toEqual([])
    expect(clock.pending).toBe(0)
  })
})

describe('a dead-letter queue', () => {
  it('gets what was received too often, with its attributes and where it was', async () => {
    const dead = makeQueue(clock, 'dead')
    queue = makeQueue(clock, 'orders', redriveTo('dead', 2), dead)
    const attributes = { who: { DataType: 'String', StringValue: 'ana' } }
    const { messageId } = queue.send({ body: 'poison', attributes })
    const waiting = dead.receive({ waitTimeSeconds: 20 })
    for (let times = 0; times < 2; times += 1) {
      const [message] = await receiveAll(queue)
      expect([message?.body, dead.counts().visible]).toEqual(['poison', 0])
      queue.changeVisibility(message!.receiptHandle, 0)
    }
    expect(await bodies(queue)).toEqual([])
    expect(await waiting).toMatchObject([
      {
        messageId,
        body: 'poison',
        attributes,
        system: { ApproximateReceiveCount: '3', DeadLetterQueueSourceArn: arnOf('orders') },
      },
    ])
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  })
})

test('a dead-letter queue with one of its own counts anew', async () => {
  const last = makeQueue(clock, 'last')
  const dead = makeQueue(clock, 'dead', { VisibilityTimeout: 0, ...redriveTo('last', 2) }, last)
  queue = makeQueue(clock, 'orders', { VisibilityTimeout: 0, ...redriveTo('dead', 2) }, dead)
  queue.send({ body: 'a' })
  for (const [from, got] of [
    [queue, ['a']],
    [queue, ['a']],
    [queue, []],
    [dead, ['a']],
    [dead, ['a']],
    [dead, []],
    [last, ['a']],
  ] as const) {
    expect(await bodies(from)).toEqual(got)
  }
})

test('a message is forgotten after its retention, which a dead-letter queue does not prolong', async () => {
  const dead = makeQueue(clock, 'dead', { MessageRetentionPeriod: 120 })
  queue = makeQueue(
    clock,
    'orders',
    { MessageRetentionPeriod: 100, VisibilityTimeout: 0, ...redriveTo('dead', 1) },
    dead,
  )
  queue.send({ body: 'a' })
  await clock.advance(99_999)
  expect(await bodies(queue)).toEqual(['a'])
  expect(await bodies(queue)).toEqual([])
  queue.send({ body: 'b' })
  await clock.advance(20_000)
  expect(dead.counts().visible).toBe(1)
  await clock.advance(1)
  expect(dead.counts().visible).toBe(0)
  await clock.advance(80_000)
  expect(queue.counts().visible).toBe(0)
})

test('a purge removes everything, once a minute', async () => {
  queue.send({ body: 'a' })
  queue.send({ body: 'b', delaySeconds: 9 })
  await one()
  queue.purge()
  expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  expect(() => queue.purge()).toThrow(expect.objectContaining({ code: 'PurgeQueueInProgress' }))
  await clock.advance(60_000)
  queue.purge()
})

describe('a FIFO queue', () => {
  beforeEach(() => {
    queue = makeQueue(clock, 'orders.fifo', { ContentBasedDeduplication: true })
  })
  const send = (groupId: string, body: string, more: object = {}) => queue.send({ groupId, body, ...more })

  it('keeps the order of a group, and the group to itself while one of it is in flight', async () => {
    send('g', '1')
    send('g', '2')
    send('h', '3')
    send('g', '4')
    const [first, second] = await queue.receive({ maxMessages: 2 })
    expect([first?.body, second?.body]).toEqual(['1', '2'])
    expect(await bodies(queue)).toEqual(['3'])
    queue.delete(first!.receiptHandle)
    expect(await bodies(queue)).toEqual([])
    queue.changeVisibility(second!.receiptHandle, 0)
    expect(await bodies(queue)).toEqual(['2', '4'])
  })

  it('wakes who waits for the next of a group', async () => {
    send('g', '1')
    send('g', '2')
    const first = await one()
    const waiting = queue.receive({ waitTimeSeconds: 20 })
    await clock.advance(1_000)
    queue.delete(first.receiptHandle)
    expect((await waiting)[0]?.body).toBe('2')
  })

  it('answers a duplicate as the first, within five minutes, even when that is gone', async () => {
    const first = send('g', 'same')
    expect(send('g', 'same')).toEqual(first)
    queue.delete((await one()).receiptHandle)
    await clock.advance(299_999)
    expect(send('h', 'same')).toEqual(first)
    expect(await bodies(queue)).toEqual([])
    await clock.advance(1)
    expect(send('g', 'same').messageId).not.toBe(first.messageId)
    expect(send('g', 'same', { deduplicationId: 'other' }).messageId).not.toBe(first.messageId)
    expect(await bodies(queue)).toEqual(['same', 'same'])
  })

  it('may distinguish duplicates by group', () => {
    queue = makeQueue(clock, 'q.fifo', {
      ContentBasedDeduplication: true,
      DeduplicationScope: 'messageGroup',
    })
    expect(send('g', 'same').messageId).not.toBe(send('h', 'same').messageId)
    expect(send('g', 'same').messageId).toBe(send('g', 'same').messageId)
  })

  it('numbers its messages upwards, and answers group, number and id', async () => {
    const numbers = ['1', '2', '3'].map(
      body => send('g', body, { deduplicationId: `d${body}` }).sequenceNumber!,
    )
    expect(numbers).toEqual([...numbers].sort())
    expect(numbers[0]).toMatch(/^\d{20}$/)
    expect((await one()).system).toMatchObject({
      MessageGroupId: 'g',
      MessageDeduplicationId: 'd1',
      SequenceNumber: numbers[0],
    })
  })

  it('refuses a handle whose time is up', async () => {
    send('g', '1')
    const { receiptHandle } = await one()
    await clock.advance(30_000)
    expect(() => queue.delete(receiptHandle)).toThrow(/The receipt handle has expired/)
  })

  it('goes on with the group when a message of it is dead', async () => {
    const dead = makeQueue(clock, 'dead.fifo')
    queue = makeQueue(clock, 'q.fifo', { VisibilityTimeout: 0, ...redriveTo('dead.fifo', 1) }, dead)
    send('g', 'poison', { deduplicationId: '1' })
    expect(await bodies(queue)).toEqual(['poison'])
    send('g', 'next', { deduplicationId: '2' })
    expect(await bodies(queue)).toEqual(['next'])
    expect((await receiveAll(dead))[0]).toMatchObject({ body: 'poison', system: { MessageGroupId: 'g' } })
  })
})
