import { describe, expect, it } from 'vitest'
import { BreakerHarness, times } from './harness.fixture.ts'
import { circuitKey } from './shared-state.ts'
import { WriteEveryCallBreaker } from './write-every-call.ts'

const harness = (size: number) =>
  new BreakerHarness(size, { maxOpenMs: 15_000 }, context => new WriteEveryCallBreaker(context))

describe('a model that writes on every call', () => {
  it('reads and writes once a call, in health too', async () => {
    const on = harness(2)
    await on.answers(0, 10)
    await on.answers(1, 10)
    expect(on.table.count('get')).toBe(20)
    expect(on.table.count('put CLOSED')).toBe(20)
  })

  it('opens after five failures, successes between them or not, wherever they happen', async () => {
    const on = harness(5)
    for (let index = 0; index < 5; index++) {
      on.up = true
      await on.answer(index)
      on.up = false
      expect(await on.answer(index)).toBe('failure')
    }
    expect(on.table.items.get(circuitKey)).toMatchObject({ state: 'OPEN', failureCount: 5 })
    on.table.log.length = 0
    expect(await on.together()).toEqual(times(5, 'rejected'))
    expect(on.table.log).toEqual(times(5, 'rejected').map(() => 'get'))
    expect(on.members[0]!.breaker.state).toBe('o')
  })

  it('forgets failures only after a minute of silence', async () => {
    const on = harness(1)
    on.up = false
    await on.answers(0, 4)
    await on.pass(61_000)
    await on.answer(0)
    expect(on.table.items.get(circuitKey)).toMatchObject({ state: 'CLOSED', failureCount: 1 })
    for (let failure = 0; failure < 4; failure++) {
      await on.pass(58_000)
      await on.answer(0)
    }
    expect(on.table.items.get(circuitKey)).toMatchObject({ state: 'OPEN' })
  })

  it('probes when the open time is over, which doubles up to the cap, and closes after two successes', async () => {
    const on = harness(1)
    on.up = false
    await on.answers(0, 5)
    for (const openMs of [5_000, 10_000, 15_000, 15_000]) {
      const { nextAttempt, lastFailureTime } = on.table.items.get(circuitKey) as Record<string, number>
      expect(nextAttempt! - lastFailureTime!).toBe(openMs)
      await on.pass(openMs - 900)
      expect(await on.answers(0, 2)).toEqual(['rejected', 'failure'])
    }
    on.up = true
    await on.pass(15_000)
    on.table.log.length = 0
    expect(await on.answer(0)).toBe('success')
    expect(on.members[0]!.breaker.state).toBe('h')
    expect(await on.answer(0)).toBe('success')
    expect(on.members[0]!.breaker.state).toBe('c')
    expect(on.table.log).toEqual(['get', 'put HALF_OPEN', 'put HALF_OPEN', 'get', 'put CLOSED'])
  })

  it('stores fifty failures at the same time as one', async () => {
    const on = harness(50)
    on.up = false
    expect(await on.together()).toEqual(times(50, 'failure'))
    expect(on.table.items.get(circuitKey)).toMatchObject({ state: 'CLOSED', failureCount: 1 })
  })

  it('lets fifty of fifty probe at once', async () => {
    const on = harness(50)
    on.up = false
    await on.answers(0, 5)
    await on.pass(5_000)
    on.reached = 0
    await on.together()
    expect(on.reached).toBe(50)
  })

  it('lets a slow success turn OPEN into CLOSED', async () => {
    const on = harness(2)
    const slow = on.call(1, 5_000)
    await on.pass(500)
    on.up = false
    await on.answers(0, 5)
    expect(on.table.items.get(circuitKey)).toMatchObject({ state: 'OPEN' })
    await on.pass(2_100)
    expect(await slow).toBe('success')
    expect(on.table.items.get(circuitKey)).toMatchObject({ state: 'CLOSED', failureCount: 0 })
  })

  it('goes by the last state it read while the table is down', async () => {
    const on = harness(1)
    on.table.down = true
    on.up = false
    expect(await on.answers(0, 6)).toEqual([...times(5, 'failure'), 'rejected'])
  })
})
