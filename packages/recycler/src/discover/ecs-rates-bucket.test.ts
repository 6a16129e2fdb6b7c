import { settle, VirtualClock } from '@breakwater/circuit/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/tier.ts'
import { sleepBy } from '../concurrency.ts'
import { TokenBucket } from './ecs-rates.ts'
import { within } from './fleet.fixture.ts'

function setUp(burst: number, sustained: number) {
  const clock = new VirtualClock(0)
  return { clock, bucket: new TokenBucket({ burst, sustained }, clock, sleepBy(clock)) }
}

describe('a token bucket', () => {
  it('gives its burst at once and the rest at its rate', async () => {
    const { clock, bucket } = setUp(3, 10)
    const times: number[] = []
    for (let n = 0; n < 6; n++) void bucket.take().then(() => times.push(clock.now()))
    await clock.advance(1_000)
    expect(times).toEqual([0, 0, 0, 100, 200, 300])
    expect(clock.pending).toBe(0)
  })

  it('has no burst left once it was drained', async () => {
    const { clock, bucket } = setUp(3, 10)
    bucket.drain()
    const times: number[] = []
    void bucket.take().then(() => times.push(clock.now()))
    await clock.advance(1_000)
    expect(times).toEqual([100])
  })

  it('lets go of who is aborted, and leaves no timer', async () => {
    const { clock, bucket } = setUp(1, 10)
    await bucket.take()
    const controller = new AbortController()
    const taken = bucket.take(controller.signal)
    controller.abort(new Error('enough'))
    await expect(taken).rejects.toThrow('enough')
    await expect(bucket.take(controller.signal)).rejects.toThrow('enough')
    expect(clock.pending).toBe(0)
    const next = bucket.take()
    await clock.advance(100)
    await next
  })

  it('never gives more than its burst and what is given back, also when time jumps', async () => {
    const property = fc.asyncProperty(
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.record({ takers: fc.nat(8), ms: fc.nat(600), frozen: fc.boolean() }), { maxLength: 12 }),
      async (burst, sustained, steps) => {
        const { clock, bucket } = setUp(burst, sustained)
        const times: number[] = []
        const takers: Promise<unknown>[] = []
        for (const { takers: count, ms, frozen } of steps) {
          for (let n = 0; n < count; n++) takers.push(bucket.take().then(() => times.push(clock.now())))
          await settle()
          if (frozen) clock.freeze(ms)
          else await clock.advance(ms)
        }
        await within(clock, Promise.all(takers), 1_000)
        expect(times.length).toBe(takers.length)
        for (let from = 0; from < times.length; from++)
          for (let to = from; to < times.length; to++) {
            const allowed = burst + (sustained * (times[to]! - times[from]!)) / 1000
            expect(to - from + 1).toBeLessThanOrEqual(allowed + 1e-6)
          }
      },
    )
    await fc.assert(property, { numRuns: runs(50, 1_000), seed: 7 })
  })
})
