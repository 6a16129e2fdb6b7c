import { describe, expect, it, vi } from 'vitest'
import { circuitOf, contextOf } from './chain.fixture.ts'
import { dynamoDb, kinesis, sqs } from './events.fixture.ts'
import { guardRecords } from './index.ts'

const letters = [...'abcdefghij']

/** A handler that takes 200 ms a record, and what it did: `>a` where it began, `a` where it ended. */
function timed<R>(clock: ReturnType<typeof circuitOf>['clock'], nameOf: (record: R) => string) {
  const log: string[] = []
  let running = 0
  let most = 0
  const handle = async (record: R) => {
    running++
    most = Math.max(most, running)
    log.push(`>${nameOf(record)}`)
    await new Promise<void>(resolve => void clock.setTimeout(resolve, 200))
    log.push(nameOf(record))
    running--
  }
  return { handle, log, most: () => most }
}

/** How long a batch took on the virtual clock, in ms. */
async function durationOf(clock: ReturnType<typeof circuitOf>['clock'], running: Promise<unknown>) {
  const from = clock.now()
  let over = false
  void running.then(() => {
    over = true
  })
  for (let step = 0; step < 100; step++) {
    await clock.advance(0)
    if (over) return clock.now() - from
    await clock.advance(100)
  }
  throw new Error('never over')
}

describe('concurrency', () => {
  it.each([
    [undefined, 2_000, 1],
    [1, 2_000, 1],
    [3, 800, 3],
    [10, 200, 10],
    [1_000, 200, 10],
  ])('of %s: ten records of 200 ms take %i ms', async (concurrency, expected, most) => {
    const { circuit, clock } = circuitOf()
    const work = timed<{ body: string }>(clock, ({ body }) => body)
    const options = concurrency === undefined ? { clock } : { clock, concurrency }
    const running = guardRecords(circuit, sqs(letters), work.handle, options)
    expect(await durationOf(clock, running)).toBe(expected)
    expect(await running).toEqual({ batchItemFailures: [] })
    expect(work.most()).toBe(most)
  })

  it.each<[string, (names: string[]) => Promise<{ log: string[] }>]>([
    [
      'one message group of a FIFO queue',
      async keys => {
        const { circuit, clock } = circuitOf()
        const work = timed<{ messageId: string }>(clock, ({ messageId }) => messageId)
        const named = keys.map((key, index) => `${key}${index}`)
        await durationOf(
          clock,
          guardRecords(circuit, sqs(named, keys), work.handle, { clock, concurrency: 10 }),
        )
        return work
      },
    ],
    [
      'one partition key of Kinesis',
      async keys => {
        const { circuit, clock } = circuitOf()
        const work = timed<{ kinesis: { data: string } }>(clock, record => record.kinesis.data)
        await durationOf(clock, guardRecords(circuit, kinesis(keys), work.handle, { clock, concurrency: 10 }))
        return work
      },
    ],
    [
      'one item of a DynamoDB stream',
      async keys => {
        const { circuit, clock } = circuitOf()
        const event = dynamoDb(keys)
        const work = timed<(typeof event.Records)[number]>(
          clock,
          ({ dynamodb }) => `${dynamodb?.Keys?.id?.S}${dynamodb?.NewImage?.change?.N}`,
        )
        await durationOf(clock, guardRecords(circuit, event, work.handle, { clock, concurrency: 10 }))
        return work
      },
    ],
  ])('keeps records of %s in order, and handles others side by side', async (_, run) => {
    const { log } = await run(['a', 'b', 'a', 'a', 'b'])
    expect(log).toEqual(['>a0', '>b1', 'a0', '>a2', 'b1', '>b4', 'a2', '>a3', 'b4', 'a3'])
  })

  it('lets no record overtake a failed one of its group, and others go on', async () => {
    const { circuit, clock } = circuitOf({ consecutiveFailures: 9 })
    const handle = vi.fn(async ({ messageId }: { messageId: string }) => {
      if (messageId === 'a0') throw new Error('cannot a0')
    })
    const event = sqs(['a0', 'b1', 'a2', 'b3'], ['a', 'b', 'a', 'b'])
    const result = await guardRecords(circuit, event, handle, { clock, concurrency: 4 })
    expect(result).toEqual({ batchItemFailures: [{ itemIdentifier: 'a0' }, { itemIdentifier: 'a2' }] })
    expect(handle.mock.calls.map(([{ messageId }]) => messageId)).toEqual(['a0', 'b1', 'b3'])
  })

  it('names the records that failed in the order of the batch', async () => {
    const { circuit, clock } = circuitOf({ consecutiveFailures: 9 })
    const handle = async ({ messageId }: { messageId: string }) => {
      await new Promise<void>(resolve => void clock.setTimeout(resolve, messageId === 'a' ? 200 : 100))
      throw new Error(`cannot ${messageId}`)
    }
    const running = guardRecords(circuit, sqs(['a', 'b']), handle, { clock, concurrency: 2 })
    await clock.advance(200)
    expect(await running).toEqual({ batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'b' }] })
  })

  it('ends all that hang at the deadline, and starts no other', async () => {
    const { circuit, clock, outcomes } = circuitOf({ consecutiveFailures: 9 })
    const handle = vi.fn(() => new Promise<void>(() => {}))
    const options = { clock, context: contextOf(2_000), marginMs: 500, concurrency: 2 }
    const running = guardRecords(circuit, sqs(['a', 'b', 'c']), handle, options)
    await clock.advance(1_500)
    expect(await running).toEqual({
      batchItemFailures: ['a', 'b', 'c'].map(itemIdentifier => ({ itemIdentifier })),
    })
    expect(handle).toHaveBeenCalledTimes(2)
    expect(outcomes()).toEqual(['failure', 'failure'])
    expect(clock.pending).toBe(0)
  })
})
