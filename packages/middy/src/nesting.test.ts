// A handler guarded by a circuit whose own calls go through the same circuit.
import { MemoryStore, pause } from '@breakwater/circuit/shared'
import { describe, expect, it } from 'vitest'
import { circuitOf, contextOf, versions } from './chain.fixture.ts'
import { rest, sqs } from './events.fixture.ts'
import { circuitBreaker, guardRecords } from './index.ts'

const policy = { minimumCalls: 5, openMs: 1_000, recoveryMs: 1_000 }

describe.each(versions)('not here, under $version:', ({ middy }) => {
  describe.each([
    ['alone', undefined],
    ['shared', () => new MemoryStore()],
  ])('%s,', (_, makeStore) => {
    it.each([
      [1, 1],
      [3, 1],
      [30, 1],
      [1, 20],
      [3, 10],
    ])(
      'a handler and its call hold each other up after an outage, at %i a second in bursts of %i',
      async (bursts, size) => {
        const { circuit, clock } = circuitOf({ ...policy, ...(makeStore && { store: makeStore() }) })
        let down = true
        const handler = middy(async (_: unknown) =>
          circuit.run(async () => {
            await pause(100, undefined, clock)
            if (down) throw new Error('down')
          }),
        ).use(circuitBreaker({ circuit, clock, fallback: () => 'fallback' }))
        const second = async () => {
          for (let burst = 0; burst < bursts; burst++) {
            for (let call = 0; call < size; call++) void handler(rest, contextOf())
            await clock.advance(1_000 / bursts)
          }
        }
        for (let seconds = 0; seconds < 60 && circuit.status().state === 'CLOSED'; seconds++) await second()
        expect(circuit.status().state).not.toBe('CLOSED')
        down = false
        for (let seconds = 0; seconds < 30 && circuit.status().state !== 'CLOSED'; seconds++) await second()
        expect(circuit.status().state).toBe('CLOSED')
        await clock.advance(1_000)
        expect(clock.pending).toBe(0)
      },
    )
  })

  it('a probe of a whole batch rejects its own records', async () => {
    const { circuit, clock } = circuitOf({ consecutiveFailures: 1, probes: 1, openMs: 1_000, recoveryMs: 0 })
    let down = true
    const handler = middy(async (event: ReturnType<typeof sqs>) =>
      guardRecords(circuit, event, () => down && Promise.reject(new Error('down')), {
        clock,
        concurrency: 3,
      }),
    ).use(circuitBreaker({ circuit, clock }))
    await handler(sqs(['a']), contextOf())
    expect(circuit.status().state).toBe('OPEN')
    down = false
    clock.freeze(10_000)
    expect(await handler(sqs(['a', 'b', 'c']), contextOf())).toEqual({ batchItemFailures: [] })
    expect(circuit.status().state).toBe('CLOSED')
  })
})
