import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { durationOf, run, task, typesOf } from '../asl.fixture.ts'
import type { Retrier } from '../definition/model.ts'
import { TaskError } from '../errors.ts'
import { backoffMs, matches } from './retry.ts'

const retrier = fc.record({
  errors: fc.constant(['States.ALL']),
  intervalSeconds: fc.integer({ min: 1, max: 1_000 }),
  backoffRate: fc.double({ min: 1, max: 10, noNaN: true }),
  maxAttempts: fc.integer({ min: 0, max: 20 }),
  maxDelaySeconds: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1_000, max: 100_000 })),
  jitter: fc.constantFrom('FULL' as const, 'NONE' as const),
})
const times = fc.integer({ min: 0, max: 20 })
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('the wait before a retry', () => {
  it('begins with the interval, grows by the rate, and never passes the cap', () => {
    fc.assert(
      fc.property(retrier, times, (given, n) => {
        const plain: Retrier = { ...given, jitter: 'NONE' }
        const ms = backoffMs(plain, n, () => 0)
        expect(backoffMs(plain, 0, () => 0)).toBe(
          1_000 * Math.min(given.intervalSeconds, given.maxDelaySeconds),
        )
        expect(ms).toBeLessThanOrEqual(1_000 * given.maxDelaySeconds)
        expect(backoffMs(plain, n + 1, () => 0)).toBeGreaterThanOrEqual(ms)
      }),
    )
  })

  it('is from 0 to that with full jitter, in proportion to the random number', () => {
    fc.assert(
      fc.property(retrier, times, chance, (given, n, random) => {
        const full = backoffMs({ ...given, jitter: 'NONE' }, n, () => 0)
        const ms = backoffMs({ ...given, jitter: 'FULL' }, n, () => random)
        expect(Math.abs(ms - full * random)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('adds up over an execution, after which the error is as it was', async () => {
    const quick = retrier.filter(({ intervalSeconds }) => intervalSeconds < 10)
    await fc.assert(
      fc.asyncProperty(quick, chance, async (given, random) => {
        const { intervalSeconds: IntervalSeconds, backoffRate: BackoffRate, jitter: JitterStrategy } = given
        const MaxDelaySeconds = Number.isFinite(given.maxDelaySeconds) ? given.maxDelaySeconds : undefined
        const MaxAttempts = Math.min(5, given.maxAttempts)
        const cap = MaxDelaySeconds === undefined ? {} : { MaxDelaySeconds }
        const Retry = [
          { ErrorEquals: ['Down'], IntervalSeconds, BackoffRate, JitterStrategy, MaxAttempts, ...cap },
        ]
        const result = await run(
          { A: task({ Retry }) },
          { random: () => random, tasks: { A: () => fail('Down') } },
        )
        let ms = 0
        for (let n = 0; n < MaxAttempts; n++) ms += backoffMs(given, n, () => random)
        expect([result.error, durationOf(result)]).toEqual(['Down', ms])
        expect(typesOf(result).filter(type => type === 'TaskFailed')).toHaveLength(MaxAttempts + 1)
      }),
      { numRuns: 30 },
    )
  })
})

function fail(error: string): never {
  throw new TaskError(error)
}

describe('Retry', () => {
  it('counts for each retrier by itself, and gives the task its retryCount', async () => {
    const Retry = [
      { ErrorEquals: ['A'], MaxAttempts: 1, BackoffRate: 1 },
      { ErrorEquals: ['B'], MaxAttempts: 2, BackoffRate: 1 },
    ]
    const errors = ['B', 'A', 'B', 'A']
    const counts: number[] = []
    const T = (_: unknown, { retryCount }: { retryCount: number }) => {
      counts.push(retryCount)
      return fail(errors[retryCount]!)
    }
    const states = { T: task({ Retry, Arguments: '{% $states.context.State.RetryCount %}' }) }
    expect((await run(states, { tasks: { T } })).error).toBe('A')
    expect(counts).toEqual([0, 1, 2, 3])
  })

  it('is asked before Catch, and begins anew each time the state is entered', async () => {
    let calls = 0
    const T = () => (++calls === 6 ? 'done' : fail('A'))
    const Retry = [{ ErrorEquals: ['A'], MaxAttempts: 1 }]
    const Catch = [{ ErrorEquals: ['A'], Next: 'Again' }]
    const states = { T: task({ Retry, Catch }), Again: { Type: 'Pass', Next: 'T' } }
    const result = await run(states, { tasks: { T } })
    expect([result.output, durationOf(result)]).toEqual(['done', 3_000])
  })
})

describe('an error is matched', () => {
  it.each([
    ['A', 'A', true],
    ['A', 'B', false],
    ['States.ALL', 'A', true],
    ['States.ALL', '', true],
    ['States.ALL', 'States.Timeout', true],
    ['States.ALL', 'States.QueryEvaluationError', true],
    ['States.ALL', 'States.DataLimitExceeded', false],
    ['States.ALL', 'States.Runtime', false],
    ['States.DataLimitExceeded', 'States.DataLimitExceeded', true],
    ['States.Runtime', 'States.Runtime', false],
    ['States.TaskFailed', 'A', true],
    ['States.TaskFailed', 'States.Timeout', false],
    ['States.TaskFailed', 'States.HeartbeatTimeout', false],
    ['States.TaskFailed', 'States.DataLimitExceeded', false],
    ['States.Timeout', 'States.HeartbeatTimeout', true],
    ['States.HeartbeatTimeout', 'States.Timeout', false],
  ])('%s, %s: %s', (named, error, expected) => {
    expect(matches(['Other', named], error)).toBe(expected)
  })
})
