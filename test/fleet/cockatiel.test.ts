import type { Policy } from '@breakwater/circuit'
import { describe, expect, it, vi } from 'vitest'
import { CockatielBreaker, withVirtualDate } from './cockatiel.ts'
import { BreakerHarness, times } from './harness.fixture.ts'

const harness = (policy: Policy = {}) =>
  new BreakerHarness(1, policy, context => new CockatielBreaker(context))
const play = (policy: Policy, test: (on: BreakerHarness) => Promise<void>) => {
  const on = harness(policy)
  return withVirtualDate(
    () => on.engine.now,
    () => test(on),
  )
}

describe('cockatiel', () => {
  it.each([
    { minimumCalls: 10 },
    { minimumCalls: 1 },
    { minimumCalls: 7, windowMs: 3_333 * 2 },
    { minimumCalls: 13, windowMs: 60_001, failureRate: 1 },
  ])('opens at the first call on which our policy may judge: %o', policy =>
    play(policy, async on => {
      on.up = false
      expect(await on.answers(0, policy.minimumCalls)).toEqual(times(policy.minimumCalls, 'failure'))
      expect(on.members[0]!.breaker.state).toBe('o')
      expect(await on.answer(0)).toBe('rejected')
      expect(on.reached).toBe(policy.minimumCalls)
    }),
  )

  it('opens at the failure rate, not only above it', () =>
    play({ minimumCalls: 4, failureRate: 0.5 }, async on => {
      await on.answers(0, 2)
      on.up = false
      await on.answer(0)
      expect(on.members[0]!.breaker.state).toBe('c')
      await on.answer(0)
      expect(on.members[0]!.breaker.state).toBe('o')
    }))

  it('opens after failures in a row where the policy says so', () =>
    play({ consecutiveFailures: 3 }, async on => {
      on.up = false
      expect(await on.answers(0, 4)).toEqual([...times(3, 'failure'), 'rejected'])
    }))

  it('forgets failures as virtual time passes', () =>
    play({ minimumCalls: 4, windowMs: 5_000 }, async on => {
      on.up = false
      await on.answers(0, 3)
      on.up = true
      for (let second = 0; second < 6; second++) {
        await on.answer(0)
        await on.pass(600)
      }
      on.up = false
      await on.answer(0)
      expect(on.members[0]!.breaker.state).toBe('c')
    }))

  it('half-opens by virtual time, for a time that doubles, spreads by a fifth and is capped', () =>
    play({ consecutiveFailures: 1, openMs: 5_000, maxOpenMs: 15_000 }, async on => {
      on.up = false
      const probes: number[] = []
      await on.answer(0)
      let last = on.engine.now - 480
      while (probes.length < 4) {
        const reached = on.reached
        const asked = on.engine.now
        if ((await on.answer(0)) === 'rejected') continue
        expect(on.reached).toBe(reached + 1)
        probes.push(asked - last)
        last = asked + 20
      }
      // Half a second is how often this test asks.
      for (const [index, openMs] of [5_000, 10_000, 15_000, 15_000].entries()) {
        expect(probes[index]).toBeGreaterThanOrEqual(openMs)
        expect(probes[index]).toBeLessThanOrEqual(Math.min(openMs * 1.2, 15_000) + 500)
      }
      on.up = true
      await on.pass(15_000)
      const call = on.call(0)
      expect(on.members[0]!.breaker.state).toBe('h')
      await on.pass(100)
      expect(await call).toBe('success')
      expect(on.members[0]!.breaker.state).toBe('c')
    }))

  it('makes no timers and asks nothing of the table', async () => {
    const timers = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'setInterval')]
    await play({ minimumCalls: 2 }, async on => {
      on.up = false
      await on.answers(0, 30)
      expect(on.reached).toBeGreaterThan(2)
      expect(on.table.log).toEqual([])
    })
    for (const timer of timers) {
      expect(timer).not.toHaveBeenCalled()
      timer.mockRestore()
    }
  })

  it('does the same under the same seed', async () => {
    const run = async () => {
      const answers: string[] = []
      await play({ consecutiveFailures: 1 }, async on => {
        on.up = false
        answers.push(...(await on.answers(0, 100)))
      })
      return answers.join()
    }
    expect(await run()).toBe(await run())
  })
})

describe('withVirtualDate', () => {
  const real = Date.now

  it('shows virtual time, in whole ms, and restores the real one', async () => {
    expect(
      await withVirtualDate(
        () => 7.9,
        async () => Date.now(),
      ),
    ).toBe(7)
    expect(Date.now).toBe(real)
  })

  it('restores it after a run that failed, be it at once or later', async () => {
    const failed = withVirtualDate(
      () => 1,
      async () => {
        await new Promise(setImmediate)
        throw new Error('later')
      },
    )
    await expect(failed).rejects.toThrow('later')
    const atOnce = withVirtualDate(
      () => 1,
      () => {
        throw new Error('at once')
      },
    )
    await expect(atOnce).rejects.toThrow('at once')
    expect(Date.now).toBe(real)
  })

  it('refuses a second run beside the first, and leaves the first alone', async () => {
    await withVirtualDate(
      () => 1,
      async () => {
        await expect(
          withVirtualDate(
            () => 2,
            async () => {},
          ),
        ).rejects.toThrow('one after the other')
        expect(Date.now()).toBe(1)
      },
    )
    expect(Date.now).toBe(real)
  })

  it('is required by a breaker that would read the real clock', async () => {
    await expect(harness().members[0]!.breaker.run(async () => {})).rejects.toThrow('withVirtualDate')
  })
})
