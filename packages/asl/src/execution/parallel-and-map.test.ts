import { describe, expect, it } from 'vitest'
import { durationOf, machineOf, never, run, task, typesOf } from '../asl.fixture.ts'
import { TaskError } from '../errors.ts'
import type { TaskContext } from '../types.ts'

const branch = (states: Record<string, object>) => {
  const { QueryLanguage, ...branch } = machineOf(states)
  return branch
}
const wait = (Seconds: number, Output?: unknown) => ({
  Type: 'Wait',
  Seconds,
  End: true,
  ...(Output ? { Output } : {}),
})
const fails = { Type: 'Fail', Error: 'Broken', Cause: 'here' }

describe('Parallel', () => {
  it('runs its branches at the same time, with its Arguments', async () => {
    const Branches = [branch({ A: wait(20, '{% $states.input.n %}') }), branch({ B: wait(10, 'b') })]
    const P = { Type: 'Parallel', Arguments: { n: '{% $states.input + 1 %}' }, Branches, End: true }
    const result = await run({ P }, { input: 1 })
    expect(result.output).toEqual([2, 'b'])
    expect(durationOf(result)).toBe(20_000)
    const started = result.history.find(({ type }) => type === 'ParallelStateStarted')
    const entered = result.history.filter(({ type }) => type === 'WaitStateEntered')
    expect(entered.map(({ previousEventId }) => previousEventId)).toEqual([started?.id, started?.id])
  })

  it('fails with the first of its branches, and ends the others and their tasks', async () => {
    const signals: AbortSignal[] = []
    const A = (_: unknown, { signal }: TaskContext) => {
      signals.push(signal)
      return never()
    }
    const slow = { W: { Type: 'Wait', Seconds: 5, Next: 'F' }, F: fails }
    const Branches = [branch({ A: task() }), branch({ B: wait(1_000) }), branch(slow)]
    const P = { Type: 'Parallel', Branches, End: true, Catch: [{ ErrorEquals: ['Broken'], Next: 'C' }] }
    const result = await run({ P, C: { Type: 'Pass', End: true } }, { tasks: { A } })
    expect(result.output).toEqual({ Error: 'Broken', Cause: 'here' })
    expect(durationOf(result)).toBe(5_000)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    expect(typesOf(result)).toEqual(expect.arrayContaining(['TaskStateAborted', 'WaitStateAborted']))
    const failed = result.history.find(({ type }) => type === 'ParallelStateFailed')
    expect(result.history[failed!.previousEventId - 1]?.type).toBe('FailStateEntered')
  })

  it('is retried as a whole', async () => {
    let calls = 0
    const A = () => {
      if (++calls < 3) throw new TaskError('Flaky')
      return calls
    }
    const Retry = [{ ErrorEquals: ['Flaky'], BackoffRate: 1 }]
    const P = { Type: 'Parallel', Branches: [branch({ A: task() })], Retry, End: true }
    expect((await run({ P }, { tasks: { A } })).output).toEqual([3])
  })

  it('lets branches read the outer variables, and keeps their own inside', async () => {
    const inner = branch({
      A: { Type: 'Pass', Assign: { mine: '{% $outer + 1 %}' }, Next: 'B' },
      B: { Type: 'Pass', Output: '{% $mine %}', End: true },
    })
    const other = branch({ C: { Type: 'Pass', Output: '{% $exists($mine) %}', End: true } })
    const result = await run({
      S: { Type: 'Pass', Assign: { outer: 1 }, Next: 'P' },
      P: { Type: 'Parallel', Branches: [inner, other], Assign: { all: '{% $states.result %}' }, Next: 'E' },
      E: { Type: 'Pass', Output: ['{% $all %}', '{% $exists($mine) %}'], End: true },
    })
    expect(result.output).toEqual([[2, false], false])
  })
})

describe('Map', () => {
  const map = (processor: Record<string, object>, more: object = {}) => ({
    M: { Type: 'Map', ItemProcessor: branch(processor), End: true, ...more },
  })
  const twice = { A: { Type: 'Pass', Output: '{% $states.input * 2 %}', End: true } }

  it('runs its processor for each item, in order of the items', async () => {
    const result = await run(map(twice), { input: [1, 2, 3] })
    expect(result.output).toEqual([2, 4, 6])
    expect(result.history.filter(({ type }) => type === 'MapIterationSucceeded')).toHaveLength(3)
    const started = result.history.find(({ type }) => type === 'MapStateStarted')
    expect(started?.mapStateStartedEventDetails).toEqual({ length: 3 })
  })

  it('takes Items, and makes inputs by ItemSelector', async () => {
    const ItemSelector = {
      n: '{% $states.context.Map.Item.Value %}',
      at: '{% $states.context.Map.Item.Index %}',
      all: '{% $states.input.label %}',
    }
    const keep = { A: { Type: 'Pass', End: true } }
    const states = map(keep, { Items: '{% $states.input.list %}', ItemSelector })
    const result = await run(states, { input: { list: ['x', 'y'], label: 'l' } })
    expect(result.output).toEqual([
      { n: 'x', at: 0, all: 'l' },
      { n: 'y', at: 1, all: 'l' },
    ])
  })

  it.each([
    [0, 1],
    [1, 80],
    [20, 4],
  ])('runs at most MaxConcurrency iterations at once: %d', async (MaxConcurrency, rounds) => {
    const items = Array.from({ length: MaxConcurrency === 0 ? 40 : 80 }, (_, n) => n)
    const result = await run(map({ A: wait(1) }, { MaxConcurrency }), { input: items })
    expect(durationOf(result)).toBe(rounds * 1_000)
  })

  it('ends with nothing where there are no items', async () => {
    expect((await run(map(twice), { input: [] })).output).toEqual([])
  })

  it('fails for items that are no array', async () => {
    expect((await run(map(twice), { input: { a: 1 } })).error).toBe('States.QueryEvaluationError')
  })

  it('fails with the first of its iterations, and ends the others', async () => {
    const A = (n: number) => (n === 2 ? Promise.reject(new TaskError('Broken', 'two')) : never())
    const result = await run(map({ A: task() }), { input: [1, 2, 3], tasks: { A } })
    expect(result).toMatchObject({ status: 'FAILED', error: 'Broken', cause: 'two' })
    expect(durationOf(result)).toBe(0)
    expect(typesOf(result).filter(type => /^MapIteration(Failed|Aborted)$/.test(type))).toHaveLength(3)
    expect(typesOf(result).slice(-2)).toEqual(['MapStateFailed', 'ExecutionFailed'])
  })

  describe('with tolerated failures', () => {
    const A = (n: number) => (n % 2 ? Promise.reject(new TaskError('Odd')) : n)
    it.each([
      [{ ToleratedFailureCount: 2 }, 'SUCCEEDED'],
      [{ ToleratedFailureCount: 1 }, 'FAILED'],
      [{ ToleratedFailurePercentage: 50 }, 'SUCCEEDED'],
      [{ ToleratedFailurePercentage: 49.9 }, 'FAILED'],
      [{ ToleratedFailureCount: '{% 2 %}', ToleratedFailurePercentage: 10 }, 'FAILED'],
    ])('%o', async (more, status) => {
      const result = await run(map({ A: task() }, more), { input: [0, 1, 2, 3], tasks: { A } })
      expect(result.status).toBe(status)
      if (status === 'FAILED') expect(result.error).toBe('States.ExceedToleratedFailureThreshold')
      else expect(result.output).toEqual([0, { Error: 'Odd', Cause: '' }, 2, { Error: 'Odd', Cause: '' }])
    })
  })

  it('maps inside of a map', async () => {
    const inner = { I: { Type: 'Map', ItemProcessor: branch(twice), End: true } }
    expect((await run(map(inner), { input: [[1], [2, 3]] })).output).toEqual([[2], [4, 6]])
  })
})
