import { isCircuitOpenError } from '@breakwater/circuit'
import { describe, expect, it, vi } from 'vitest'
import { circuitOf, contextOf, openCircuit } from './chain.fixture.ts'
import { dynamoDb, kinesis } from './events.fixture.ts'
import { type BatchResponse, guardRecords, isRecordNotStartedError } from './index.ts'

const streamed = kinesis(['a', 'b', 'a', 'b', 'a'])
const ids = streamed.Records.map(record => record.kinesis.sequenceNumber)
const from = (index: number): BatchResponse => ({ batchItemFailures: [{ itemIdentifier: ids[index]! }] })
const done: BatchResponse = { batchItemFailures: [] }

interface Streamed {
  readonly kinesis: { readonly data: string }
}

/** A handler of Kinesis records that fails for the given data. */
const failingFor = (...data: string[]) =>
  vi.fn(async ({ kinesis: record }: Streamed) => {
    if (data.includes(record.data)) throw new Error(`cannot ${record.data}`)
  })
const handled = (handle: ReturnType<typeof failingFor>) =>
  handle.mock.calls.map(([record]) => record.kinesis.data)

describe('guardRecords of a stream', () => {
  it('returns no failures when every record is handled, in order', async () => {
    const { circuit, clock } = circuitOf()
    const handle = failingFor()
    expect(await guardRecords(circuit, streamed, handle, { clock })).toEqual(done)
    expect(handled(handle)).toEqual(['a0', 'b1', 'a2', 'b3', 'a4'])
  })

  it('returns the first record that failed, and starts none after it', async () => {
    const { circuit, clock } = circuitOf({ consecutiveFailures: 9 })
    const handle = failingFor('b1', 'a2')
    const onFailure = vi.fn()
    expect(await guardRecords(circuit, streamed, handle, { clock, onFailure })).toEqual(from(1))
    expect(handled(handle)).toEqual(['a0', 'b1'])
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(streamed.Records[1], new Error('cannot b1'))
  })

  it('returns the first record of a change, of a DynamoDB stream', async () => {
    const { circuit, clock } = circuitOf({ consecutiveFailures: 9 })
    const changed = dynamoDb(['i', 'j', 'i'])
    const handle = vi.fn(async ({ dynamodb }: (typeof changed.Records)[number]) => {
      if (dynamodb?.Keys?.id?.S === 'j') throw new Error('cannot j')
    })
    const result = await guardRecords(circuit, changed, handle, { clock })
    expect(result).toEqual({ batchItemFailures: [{ itemIdentifier: '100001' }] })
    expect(handle).toHaveBeenCalledTimes(2)
  })

  it('returns the first record while the circuit is open', async () => {
    const { circuit, clock } = await openCircuit()
    const onFailure = vi.fn()
    expect(await guardRecords(circuit, streamed, failingFor(), { clock, onFailure })).toEqual(from(0))
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(
      streamed.Records[0],
      expect.toSatisfy(isCircuitOpenError),
    )
  })

  it('goes on after a record that the fallback took care of', async () => {
    const { circuit, clock } = circuitOf({ consecutiveFailures: 9 })
    const options = { clock, fallback: () => 'parked' }
    expect(await guardRecords(circuit, streamed, failingFor('b1'), options)).toEqual(done)
  })

  it('returns the first record that was not started in time', async () => {
    const { circuit, clock } = circuitOf()
    const onFailure = vi.fn()
    const options = { clock, context: contextOf(1_200), onFailure }
    expect(await guardRecords(circuit, streamed, () => clock.freeze(400), options)).toEqual(from(2))
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(
      streamed.Records[2],
      expect.toSatisfy(isRecordNotStartedError),
    )
  })

  it('handles what comes before a failed record although it is handled later', async () => {
    const { circuit, clock } = circuitOf({ consecutiveFailures: 9 })
    const event = kinesis(['a', 'a', 'b'])
    const handle = vi.fn(async ({ kinesis: { data } }: Streamed) => {
      if (data === 'b2') throw new Error('cannot b2')
      await new Promise<void>(resolve => void clock.setTimeout(resolve, 200))
    })
    const running = guardRecords(circuit, event, handle, { clock, concurrency: 2 })
    await clock.advance(400)
    expect(await running).toEqual({ batchItemFailures: [{ itemIdentifier: ids[2] }] })
    expect(handled(handle)).toEqual(['a0', 'b2', 'a1'])
  })

  it('returns the earlier of two records that fail side by side', async () => {
    const { circuit, clock } = circuitOf({ consecutiveFailures: 9 })
    const handle = vi.fn(async ({ kinesis: { data } }: Streamed) => {
      if (data === 'a0') await new Promise<void>(resolve => void clock.setTimeout(resolve, 200))
      throw new Error(`cannot ${data}`)
    })
    const running = guardRecords(circuit, streamed, handle, { clock, concurrency: 2 })
    await clock.advance(200)
    expect(await running).toEqual(from(0))
    expect(handled(handle)).toEqual(['a0', 'b1'])
  })
})
