import { afterEach, expect, it, vi } from 'vitest'
import { openFleet, TestFleet, works } from '../fleet.fixture.ts'
import type { Circuit } from '../index.ts'

afterEach(() => void vi.restoreAllMocks())

/** What a fleet of one reports of its store. */
function reported({ events }: TestFleet): object[] {
  return events.flatMap(event =>
    event.type === 'store-failure' ? [{ kind: event.kind, message: event.message }] : [],
  )
}

it.each([
  [2_499, []],
  [2_501, [{ kind: 'timeout', message: 'the store did not answer within 2500 ms' }]],
])(
  'a first answer that takes %i ms is in time for ten waits of a call, and fails after',
  async (latencyMs, failures) => {
    const fleet = new TestFleet(1, { storeWaitMs: 250, refreshMs: 1_000 })
    fleet.store.fail({ latencyMs })
    void fleet.environments[0]!.refresh()
    await fleet.clock.advance(3_000)
    expect(reported(fleet)).toEqual(failures)
  },
)

it.each([
  [250, 1_000, 1_000],
  [2_000, 1_000, 2_000],
])(
  'of a known store, with waits of %i ms and a look each %i ms, no answer is a failure after %i ms',
  async (storeWaitMs, refreshMs, patienceMs) => {
    const fleet = new TestFleet(1, { storeWaitMs, refreshMs })
    const [circuit] = fleet.environments as [Circuit]
    await circuit.refresh()
    fleet.store.fail({ hang: true })
    void circuit.refresh()
    await fleet.clock.advance(patienceMs - 1)
    expect(circuit.status().store).toBe('available')
    await fleet.clock.advance(1)
    expect(circuit.status().store).toBe('unavailable')
  },
)

it('a write that is never answered fails after that time', async () => {
  const fleet = await openFleet(1, { hang: true, operations: ['write'] })
  await fleet.clock.advance(20_000)
  const [circuit] = fleet.environments as [Circuit]
  await circuit.refresh()
  circuit.run(works).catch(() => {})
  await fleet.clock.advance(1_000)
  expect(reported(fleet)).toEqual([{ kind: 'timeout', message: 'the store did not answer within 1000 ms' }])
})

it('however many calls have waited for an answer, the next one waits as well', async () => {
  const fleet = new TestFleet(1)
  const [circuit] = fleet.environments as [Circuit]
  fleet.store.fail({ latencyMs: 100 })
  for (let wait = 0; wait < 7; wait++) {
    await fleet.clock.advance(10_000)
    const from = fleet.clock.now()
    const begunAt: number[] = []
    const call = () => circuit.run(async () => void begunAt.push(fleet.clock.now() - from))
    const calls = [call()]
    await fleet.clock.advance(40)
    calls.push(call())
    await fleet.clock.advance(200)
    await Promise.all(calls)
    expect(begunAt).toEqual([100, 100])
  }
})

it('an error that a store throws is reported in its own words, and as one that may pass', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const fleet = new TestFleet(1)
  fleet.store.read = () => Promise.reject(new Error('no such host'))
  await fleet.environments[0]!.run(works)
  expect(reported(fleet)).toEqual([{ kind: 'unavailable', message: 'no such host' }])
  expect(log).not.toHaveBeenCalled()
})

it.each([
  ['misconfigured', 1],
  ['unknown-schema', 1],
  ['throttled', 0],
] as const)('a failure of the kind %s is said on standard error %i times', async (error, times) => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const fleet = new TestFleet(1)
  fleet.store.fail({ error })
  await fleet.play(5_000, 500, works)
  expect(log).toHaveBeenCalledTimes(times)
  if (times > 0) expect(log.mock.calls[0]![0]).toContain(`the circuit store is ${error}`)
})
