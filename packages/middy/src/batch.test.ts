// Which answers to a batch mean that every record of it failed: what the event source mapping delivers again as a whole.
import { describe, expect, it } from 'vitest'
import { circuitOf, contextOf, openCircuit, versions } from './chain.fixture.ts'
import { dynamoDb, kinesis, s3, sqs } from './events.fixture.ts'
import { circuitBreaker, guardRecords } from './index.ts'

const { middy } = versions[1]!
const streamed = kinesis(['k', 'k', 'k'])
const [first, second, third] = streamed.Records.map(record => record.kinesis.sequenceNumber)
const changed = dynamoDb(['i', 'i', 'i'])
const queued = sqs(['a', 'b', 'c'])

const outcomeOf = async (event: unknown, result: unknown) => {
  const { circuit, clock, outcomes } = circuitOf()
  const handler = middy(async (_: unknown) => result).use(circuitBreaker({ circuit, clock }))
  expect(await handler(event, contextOf())).toBe(result)
  return outcomes()[0]
}

const named = (...ids: unknown[]) => ids.map(itemIdentifier => ({ itemIdentifier }))

describe('a batch whose handler answers', () => {
  it.each<[string, unknown, unknown, string]>([
    ['SQS: all', queued, named('c', 'b', 'a'), 'failure'],
    ['SQS: some', queued, named('a', 'b'), 'success'],
    ['SQS: none', queued, [], 'success'],
    ['SQS: null', queued, null, 'success'],
    ['SQS: nothing', queued, undefined, 'success'],
    ['SQS: one of them three times', queued, named('b', 'b', 'b'), 'success'],
    ['SQS: one that is empty', queued, named('a', ''), 'failure'],
    ['SQS: one that is null', queued, named(null), 'failure'],
    ['SQS: one by a wrong key', queued, [{ itemId: 'a' }], 'failure'],
    ['SQS: one that is no object', queued, ['a'], 'failure'],
    ['SQS: null in the list', queued, [null], 'failure'],
    ['SQS: one that is not of the batch', queued, named('d'), 'failure'],
    ['SQS: no list', queued, { itemIdentifier: 'a' }, 'failure'],
    ['Kinesis: the first', streamed, named(first), 'failure'],
    ['Kinesis: the first, and later ones', streamed, named(third, first), 'failure'],
    ['Kinesis: all', streamed, named(first, second, third), 'failure'],
    ['Kinesis: later ones', streamed, named(third, second), 'success'],
    ['Kinesis: none', streamed, [], 'success'],
    ['Kinesis: one that is empty', streamed, named(''), 'failure'],
    ['Kinesis: one that is null', streamed, named(third, null), 'failure'],
    ['Kinesis: one by a wrong key', streamed, [{ sequenceNumber: second }], 'failure'],
    ['DynamoDB: the first', changed, named('100000'), 'failure'],
    ['DynamoDB: a later one', changed, named('100001'), 'success'],
    ['DynamoDB: one that is empty', changed, named('100001', ''), 'failure'],
    ['another source: whatever it says', s3, named(''), 'success'],
  ])('%s', async (_, event, batchItemFailures, outcome) => {
    expect(await outcomeOf(event, { batchItemFailures })).toBe(outcome)
  })
})

describe('a batch behind another circuit, whose records that one rejects,', () => {
  it('counts neither way', async () => {
    const users = await openCircuit(0, 'users')
    const { circuit, clock, outcomes } = circuitOf(undefined, 'orders')
    const handler = middy(async (event: typeof queued) =>
      guardRecords(users.circuit, event, () => 'found', { clock: users.clock }),
    ).use(circuitBreaker({ circuit, clock }))
    expect(await handler(queued, contextOf())).toEqual({ batchItemFailures: named('a', 'b', 'c') })
    expect(outcomes()).toEqual(['ignored'])
  })

  it('is a failure when one of them was called and failed', async () => {
    const users = circuitOf(undefined, 'users')
    const { circuit, clock, outcomes } = circuitOf(undefined, 'orders')
    const handler = middy(async (event: typeof queued) =>
      guardRecords(users.circuit, event, () => Promise.reject(new Error('down')), { clock: users.clock }),
    ).use(circuitBreaker({ circuit, clock }))
    expect(await handler(queued, contextOf())).toEqual({ batchItemFailures: named('a', 'b', 'c') })
    expect(outcomes()).toEqual(['failure'])
  })
})

it('not here: a probe of a whole batch rejects its own records', async () => {
  const { circuit, clock } = circuitOf({ consecutiveFailures: 1, probes: 1, openMs: 1_000, recoveryMs: 0 })
  let down = true
  const handler = middy(async (event: typeof queued) =>
    guardRecords(circuit, event, () => down && Promise.reject(new Error('down')), { clock, concurrency: 3 }),
  ).use(circuitBreaker({ circuit, clock }))
  await handler(queued, contextOf())
  expect(circuit.status().state).toBe('OPEN')
  down = false
  clock.freeze(10_000)
  expect(await handler(queued, contextOf())).toEqual({ batchItemFailures: [] })
  expect(circuit.status().state).toBe('CLOSED')
})
