import { Circuit, isCallTimeoutError } from '@breakwater/circuit'
import { settle } from '@breakwater/circuit/testing'
import middy from '@middy/core'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { currentDeadline, runWithDeadline, withDeadline } from './index.ts'

const start = 1_800_000_000_000

beforeEach(() => {
  vi.useFakeTimers({ now: start, toFake: ['Date', 'setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const context = (leftMs: number) => ({ getRemainingTimeInMillis: () => leftMs })
const hang = (_: AbortSignal) => new Promise<never>(() => {})

describe('withDeadline', () => {
  it('ends every guarded call of a handler in time for it to answer', async () => {
    const circuit = new Circuit('users', { timeoutMs: 60_000 })
    const handler = withDeadline(async (_: unknown, _context?: object) =>
      circuit.run(hang, { fallback: error => isCallTimeoutError(error) && error.timeoutMs }),
    )
    const answer = handler({}, context(3_000))
    await vi.advanceTimersByTimeAsync(2_499)
    await vi.advanceTimersByTimeAsync(1)
    expect(await answer).toBe(2_500)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('works around a Middy handler, and passes arguments, results and `this` types on', async () => {
    const inner = middy(async (event: { id: number }) => [event.id, currentDeadline()])
    const handler = withDeadline(inner)
    expect(await handler({ id: 7 }, context(1_000) as never)).toEqual([7, start + 500])
    expectTypeOf(
      withDeadline((event: { id: number }, _: { getRemainingTimeInMillis(): number }) => event.id),
    ).toEqualTypeOf<(event: { id: number }, context: { getRemainingTimeInMillis(): number }) => number>()
  })

  it.each([
    ['without a context', undefined],
    ['with one that says no time is left', context(0)],
    ['with one that tells no time', {}],
  ])('leaves an invocation alone %s', async (_, given) => {
    const handler = withDeadline((_event: unknown, _context?: object) => currentDeadline())
    expect(handler({}, given)).toBeUndefined()
  })

  it.each([
    [[5], 'withDeadline: handler: got 5; allowed is a function'],
    [[() => {}, { marginMs: -1 }], /^withDeadline: marginMs: got -1/],
    [[() => {}, { margin: 1 }], 'withDeadline: option: got "margin"; allowed is marginMs'],
  ])('refuses %j', (given, message) => {
    expect(() => withDeadline(...(given as [() => void]))).toThrow(message)
  })
})

describe('a deadline', () => {
  it('is kept by nested calls: none outlives the one it is made in', async () => {
    const outer = new Circuit('outer')
    const inner = new Circuit('inner', { timeoutMs: 60_000 })
    const ends: number[] = []
    const run = runWithDeadline(start + 10_000, () =>
      outer.run(
        async signal => {
          signal.addEventListener('abort', () => ends.push(Date.now() - start))
          await inner.run(nested => {
            nested.addEventListener('abort', () => ends.push(Date.now() - start))
            return hang(nested)
          })
        },
        { timeoutMs: 700 },
      ),
    ).catch(error => error)
    await vi.advanceTimersByTimeAsync(700)
    expect(isCallTimeoutError(await run)).toBe(true)
    expect(ends).toEqual([700, 700])
    expect(inner.status().calls.failures).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is not widened from within, and over outside of it', async () => {
    const seen = runWithDeadline(start + 100, () => runWithDeadline(start + 900, currentDeadline))
    expect([seen, currentDeadline()]).toEqual([start + 100, undefined])
  })

  it('that has passed lets nothing be called', async () => {
    const circuit = new Circuit('users')
    const call = vi.fn()
    await expect(runWithDeadline(start - 1, () => circuit.run(call))).rejects.toSatisfy(isCallTimeoutError)
    expect(call).not.toHaveBeenCalled()
  })

  it('of one invocation is not that of another one at the same time', async () => {
    const handler = withDeadline(async (_: unknown, _context?: object) => {
      await settle()
      return currentDeadline()
    })
    expect(await Promise.all([handler({}, context(1_000)), handler({}, context(4_000))])).toEqual([
      start + 500,
      start + 3_500,
    ])
  })

  it.each([Number.NaN, Infinity, '1'])('is refused where it is no time: %s', value => {
    expect(() => runWithDeadline(value as number, () => 1)).toThrow(
      /^runWithDeadline: deadline: got .*; allowed is epoch ms$/,
    )
  })
})
