import { isCircuitOpenError } from '@breakwater/circuit'
import { describe, expect, it, vi } from 'vitest'
import { circuitOf, contextOf, openCircuit } from './chain.fixture.ts'
import { sqs } from './events.fixture.ts'
import { guardRecords, isRecordNotStartedError } from './index.ts'

const failures = (...ids: string[]) => ({
  batchItemFailures: ids.map(itemIdentifier => ({ itemIdentifier })),
})

/** A handler that fails for the given bodies. */
const failingFor = (...bodies: string[]) =>
  vi.fn(async ({ body }: { body: string }) => {
    if (bodies.includes(body)) throw new Error(`cannot ${body}`)
  })

describe('guardRecords of a queue', () => {
  it('returns no failures when every record is handled', async () => {
    const { circuit, clock, outcomes } = circuitOf()
    const handle = failingFor()
    expect(await guardRecords(circuit, sqs(['a', 'b']), handle, { clock })).toEqual(failures())
    expect(outcomes()).toEqual(['success', 'success'])
    expect(handle).toHaveBeenCalledWith(expect.objectContaining({ messageId: 'a' }), expect.any(AbortSignal))
  })

  it('returns exactly the records that failed', async () => {
    const { circuit, clock } = circuitOf({ consecutiveFailures: 9 })
    const result = await guardRecords(circuit, sqs(['a', 'b', 'c']), failingFor('b'), { clock })
    expect(result).toEqual(failures('b'))
  })

  it('returns records rejected by an open circuit as failed, the others not, and calls no more', async () => {
    const { circuit, clock, events } = circuitOf({ consecutiveFailures: 2 })
    const handle = failingFor('b', 'c')
    const result = await guardRecords(circuit, sqs(['a', 'b', 'c', 'd', 'e']), handle, { clock })
    expect(result).toEqual(failures('b', 'c', 'd', 'e'))
    expect(handle).toHaveBeenCalledTimes(3)
    expect(events.filter(({ type }) => type === 'rejection')).toHaveLength(2)
  })

  it('keeps the order of a FIFO queue: nothing overtakes a failed record of its group', async () => {
    const { circuit, clock } = circuitOf({ consecutiveFailures: 9 })
    const handle = failingFor('a2')
    const event = sqs(['a1', 'b1', 'a2', 'a3', 'b2', 'a4'], ['a', 'b', 'a', 'a', 'b', 'a'])
    expect(await guardRecords(circuit, event, handle, { clock })).toEqual(failures('a2', 'a3', 'a4'))
    expect(handle.mock.calls.map(([{ body }]) => body)).toEqual(['a1', 'b1', 'a2', 'b2'])
  })

  it('takes message groups of a standard queue for what they are: no order', async () => {
    const { circuit, clock } = circuitOf({ consecutiveFailures: 9 })
    const { Records } = sqs(['a1', 'a2'], ['a', 'a'])
    const event = { Records: Records.map(record => ({ ...record, eventSourceARN: 'arn:aws:sqs:::orders' })) }
    expect(await guardRecords(circuit, event, failingFor('a1'), { clock })).toEqual(failures('a1'))
  })

  it('begins no record when the time is about to end', async () => {
    const { circuit, clock } = circuitOf()
    const handle = vi.fn(async () => clock.freeze(400))
    const onFailure = vi.fn()
    const context = contextOf(1_200)
    const result = await guardRecords(circuit, sqs(['a', 'b', 'c']), handle, {
      clock,
      context,
      marginMs: 500,
      onFailure,
    })
    expect(result).toEqual(failures('c'))
    expect(onFailure).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ messageId: 'c' }),
      expect.toSatisfy(isRecordNotStartedError),
    )
    expect(handle).toHaveBeenCalledTimes(2)
  })

  it('tells a record that was not started from one that timed out', async () => {
    const { circuit, clock, outcomes } = circuitOf()
    const errors: unknown[] = []
    const fallback = vi.fn()
    const result = await guardRecords(circuit, sqs(['a', 'b', 'c']), () => clock.freeze(1_000), {
      clock,
      context: contextOf(1_200),
      fallback,
      onFailure: (_, error) => void errors.push(error),
    })
    expect(result).toEqual(failures('b', 'c'))
    expect(errors).toEqual([
      expect.objectContaining({ name: 'RecordNotStartedError', record: 'b' }),
      expect.objectContaining({ name: 'RecordNotStartedError', record: 'c' }),
    ])
    expect(String(errors[0])).toBe(
      'RecordNotStartedError: Record "b" was not started: the time of the invocation was up',
    )
    // A fallback would park what was never tried, and takes time as well.
    expect(fallback).not.toHaveBeenCalled()
    expect(outcomes()).toEqual(['success'])
  })

  it('ends a record that hangs at the deadline, and counts it', async () => {
    const { circuit, clock, outcomes } = circuitOf()
    const options = { clock, context: contextOf(2_000), marginMs: 500 }
    const running = guardRecords(circuit, sqs(['a']), () => new Promise(() => {}), options)
    await clock.advance(1_500)
    expect(await running).toEqual(failures('a'))
    expect(outcomes()).toEqual(['failure'])
    expect(clock.pending).toBe(0)
  })

  it('takes a record for done when the fallback took care of it, and for failed when that threw', async () => {
    const { circuit, clock } = await openCircuit()
    const fallback = vi.fn((record: { messageId: string }) => {
      if (record.messageId === 'b') throw new Error('cannot park it')
    })
    const result = await guardRecords(circuit, sqs(['a', 'b']), failingFor(), { clock, fallback })
    expect(result).toEqual(failures('b'))
    const why = expect.objectContaining({ cause: 'rejected' })
    expect(fallback).toHaveBeenCalledWith(expect.objectContaining({ messageId: 'a' }), expect.any(Error), why)
  })

  it('reports why records failed, and ignores an observer that throws', async () => {
    const { circuit, clock } = circuitOf()
    const errors: unknown[] = []
    const onFailure = (_: unknown, error: unknown) => {
      errors.push(error)
      throw new Error('bad observer')
    }
    const result = await guardRecords(circuit, sqs(['a', 'b']), failingFor('a'), { clock, onFailure })
    expect(result).toEqual(failures('a', 'b'))
    expect(errors).toEqual([new Error('cannot a'), expect.toSatisfy(isCircuitOpenError)])
  })

  it('ignores an observer that rejects', async () => {
    const { circuit, clock } = circuitOf()
    const onFailure = async () => Promise.reject(new Error('bad observer'))
    expect(await guardRecords(circuit, sqs(['a']), failingFor('a'), { clock, onFailure })).toEqual(
      failures('a'),
    )
  })

  it('takes a circuit for each record; a key that cannot be read fails its record only', async () => {
    const { circuit, clock } = circuitOf()
    const circuitOfRecord = (record: { body: string }) => {
      if (record.body === 'a') throw new Error('no tenant')
      return circuit
    }
    const result = await guardRecords(circuitOfRecord, sqs(['a', 'b']), failingFor(), { clock })
    expect(result).toEqual(failures('a'))
  })

  it('fails the record whose circuit is none, and says so', async () => {
    const { clock } = circuitOf()
    const errors: unknown[] = []
    const onFailure = (_: unknown, error: unknown) => void errors.push(error)
    const none = () => undefined as never
    expect(await guardRecords(none, sqs(['a']), failingFor(), { clock, onFailure })).toEqual(failures('a'))
    expect(String(errors[0])).toBe(
      'TypeError: guardRecords: circuit: got undefined; allowed is a Circuit, or a function that returns one',
    )
  })

  it('works without an option and without the source fields of a record', async () => {
    const { circuit } = circuitOf()
    expect(await guardRecords(circuit, { Records: [{ messageId: 'a' }] }, () => 'done')).toEqual(failures())
  })
})
