import { VirtualClock } from '@breakwater/circuit/testing'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { execution, ok, startDate, startStates } from './endpoint.fixture.ts'

const states = await startStates()
beforeEach(() => states.reset())
afterAll(() => states.close())

type Details = Readonly<Record<string, unknown>>

/** A history in the service's shapes; each event follows the one before unless it names another. */
function history() {
  const events: Details[] = []
  const add = (type: string, seconds: number, details: Details = {}, previousEventId = events.length) => {
    const id = events.length + 1
    events.push({ id, previousEventId, type, timestamp: startDate + seconds, ...details })
    return id
  }
  return {
    events,
    add,
    enter: (type: string, name: string, seconds: number, previous?: number) =>
      add(`${type}StateEntered`, seconds, { stateEnteredEventDetails: { name } }, previous),
    exit: (type: string, name: string, seconds: number, previous?: number) =>
      add(`${type}StateExited`, seconds, { stateExitedEventDetails: { name } }, previous),
    fail: (seconds: number, error: string, cause?: string, previous?: number) =>
      add('TaskFailed', seconds, { taskFailedEventDetails: { error, cause } }, previous),
    end: (seconds: number, error: string, cause?: string, previous?: number) =>
      add('ExecutionFailed', seconds, { executionFailedEventDetails: { error, cause } }, previous),
  }
}

const explain = (events: readonly Details[], end: Details) => {
  states.answer('DescribeExecution', ok({ executionArn: execution, ...end }))
  states.answer('GetExecutionHistory', ok({ events }))
  return states.client({ clock: new VirtualClock((startDate + 60) * 1_000) })
}

const brief = (states: readonly { state: string; outcome: string; durationMs: number; retries: number }[]) =>
  states.map(({ state, outcome, durationMs, retries }) => [state, outcome, durationMs, retries])

describe('explain', () => {
  it('explains a success', async () => {
    const { add, enter, exit, events } = history()
    add('ExecutionStarted', 0)
    enter('Choice', 'Decide', 0)
    exit('Choice', 'Decide', 1)
    enter('Task', 'Charge', 1)
    add('TaskScheduled', 1)
    add('TaskSucceeded', 3)
    exit('Task', 'Charge', 3)
    add('ExecutionSucceeded', 3)
    const explanation = await explain(events, { status: 'SUCCEEDED', stopDate: startDate + 3 }).explain(
      execution,
    )
    expect(explanation).toMatchObject({ executionArn: execution, status: 'SUCCEEDED', durationMs: 3_000 })
    expect(explanation).not.toHaveProperty('failure')
    expect(explanation.states[1]).toEqual({
      state: 'Charge',
      type: 'Task',
      enteredAt: (startDate + 1) * 1_000,
      durationMs: 2_000,
      outcome: 'succeeded',
      attempts: 1,
      retries: 0,
    })
    expect(explanation.text).toBe(
      [
        'order-1: SUCCEEDED after 3000 ms',
        '  Decide  Choice       1000 ms  succeeded',
        '  Charge  Task         2000 ms  succeeded',
      ].join('\n'),
    )
    const query = { executionArn: execution, maxResults: 1_000, includeExecutionData: false }
    expect(states.requests[1]?.body).toEqual(query)
  })

  it('says which state failed, after how many retries, and why', async () => {
    const { add, enter, exit, fail, end, events } = history()
    const cause = '{"errorType":"ServiceDown","errorMessage":"no answer"}'
    add('ExecutionStarted', 0)
    enter('Pass', 'Prepare', 0)
    exit('Pass', 'Prepare', 0)
    enter('Task', 'Charge', 0)
    for (const second of [1, 3, 7]) {
      add('TaskScheduled', second)
      add('TaskStarted', second)
      fail(second + 1, 'ServiceDown', cause)
    }
    end(8, 'ServiceDown', cause)
    const stopped = { status: 'FAILED', error: 'ServiceDown', cause, stopDate: startDate + 8 }
    const explanation = await explain(events, stopped).explain(execution)
    expect(explanation.failure).toEqual({ state: 'Charge', error: 'ServiceDown', cause: JSON.parse(cause) })
    expect(explanation.states[1]).toMatchObject({
      attempts: 3,
      retries: 2,
      error: 'ServiceDown',
      durationMs: 8_000,
    })
    expect(explanation.text.split('\n')).toEqual([
      'order-1: FAILED after 8000 ms: ServiceDown in "Charge": no answer',
      '  Prepare  Pass            0 ms  succeeded',
      '  Charge   Task         8000 ms  failed, 2 retries, by ServiceDown',
    ])
  })

  it('names the task, not the Fail state that passes its error on', async () => {
    const { add, enter, exit, fail, end, events } = history()
    add('ExecutionStarted', 0)
    enter('Task', 'Charge', 0)
    add('TaskScheduled', 0)
    fail(1, 'Declined', 'no money')
    exit('Task', 'Charge', 1)
    enter('Task', 'Charge: record failure', 1)
    add('TaskScheduled', 1)
    add('TaskSucceeded', 2)
    exit('Task', 'Charge: record failure', 2)
    enter('Fail', 'Charge: failed', 2)
    end(2, 'Declined', 'no money')
    const ended = { status: 'FAILED', error: 'Declined', cause: 'no money', stopDate: startDate + 2 }
    const explanation = await explain(events, ended).explain(execution)
    expect(explanation.failure).toEqual({ state: 'Charge', error: 'Declined', cause: 'no money' })
    expect(brief(explanation.states)).toEqual([
      ['Charge', 'caught', 1_000, 0],
      ['Charge: record failure', 'succeeded', 1_000, 0],
      ['Charge: failed', 'failed', 0, 0],
    ])
  })

  it('names a Fail state that raises its own error', async () => {
    const { add, enter, end, events } = history()
    add('ExecutionStarted', 0)
    enter('Fail', 'Charge: rejected', 0)
    end(0, 'Breakwater.CircuitOpen', '{"circuit":"payments"}')
    const ended = { status: 'FAILED', error: 'Breakwater.CircuitOpen', stopDate: startDate }
    const explanation = await explain(events, ended).explain(execution)
    expect(explanation.failure).toEqual({ state: 'Charge: rejected', error: 'Breakwater.CircuitOpen' })
    expect(explanation.states[0]).toMatchObject({ cause: { circuit: 'payments' } })
  })

  it('finds the state inside of a Parallel and a Map, and the states stopped beside it', async () => {
    const { add, enter, exit, fail, end, events } = history()
    add('ExecutionStarted', 0)
    enter('Map', 'Each', 0)
    add('MapStateStarted', 0)
    const iteration = add('MapIterationStarted', 0)
    enter('Parallel', 'Both', 0, iteration)
    const both = add('ParallelStateStarted', 0)
    enter('Task', 'Left', 0, both)
    const left = add('TaskScheduled', 0)
    enter('Pass', 'Before', 0, both)
    const before = exit('Pass', 'Before', 1)
    enter('Wait', 'Right', 1, before)
    fail(2, 'Broken', undefined, left)
    add('ParallelStateFailed', 2)
    add('MapIterationFailed', 2)
    add('MapStateFailed', 2)
    end(2, 'Broken')
    const explanation = await explain(events, {
      status: 'FAILED',
      error: 'Broken',
      stopDate: startDate + 2,
    }).explain(execution)
    expect(explanation.failure).toEqual({ state: 'Left', error: 'Broken' })
    expect(brief(explanation.states)).toEqual([
      ['Each', 'failed', 2_000, 0],
      ['Both', 'failed', 2_000, 0],
      ['Left', 'failed', 2_000, 0],
      ['Before', 'succeeded', 1_000, 0],
      ['Right', 'stopped', 1_000, 0],
    ])
  })

  it('reads on after a Parallel that was retried', async () => {
    const { add, enter, exit, fail, events } = history()
    add('ExecutionStarted', 0)
    enter('Parallel', 'Both', 0)
    const both = add('ParallelStateStarted', 0)
    enter('Task', 'Left', 0, both)
    add('TaskScheduled', 0)
    fail(1, 'Broken')
    add('ParallelStateFailed', 1)
    const again = add('ParallelStateStarted', 2)
    enter('Task', 'Left', 2, again)
    add('TaskScheduled', 2)
    add('TaskSucceeded', 3)
    exit('Task', 'Left', 3)
    add('ParallelStateSucceeded', 3)
    exit('Parallel', 'Both', 3)
    enter('Succeed', 'Done', 3)
    exit('Succeed', 'Done', 3)
    add('ExecutionSucceeded', 3)
    const explanation = await explain(events, { status: 'SUCCEEDED', stopDate: startDate + 3 }).explain(
      execution,
    )
    expect(brief(explanation.states)).toEqual([
      ['Both', 'succeeded', 3_000, 1],
      ['Left', 'failed', 1_000, 0],
      ['Left', 'succeeded', 1_000, 0],
      ['Done', 'succeeded', 0, 0],
    ])
  })

  it('names the state in which a running execution is', async () => {
    const { add, enter, events } = history()
    add('ExecutionStarted', 0)
    enter('Wait', 'Wait for the circuit', 10)
    const explanation = await explain(events, { status: 'RUNNING' }).explain(execution)
    expect(explanation).toMatchObject({ status: 'RUNNING', durationMs: 60_000 })
    expect(brief(explanation.states)).toEqual([['Wait for the circuit', 'running', 50_000, 0]])
  })

  it('tells a timeout of the whole from one of a task', async () => {
    const { add, enter, exit, events } = history()
    add('ExecutionStarted', 0)
    enter('Task', 'Charge', 0)
    add('LambdaFunctionScheduled', 0)
    add('LambdaFunctionTimedOut', 5)
    exit('Task', 'Charge', 5)
    enter('Wait', 'Wait', 5)
    add('ExecutionTimedOut', 9)
    const explanation = await explain(events, { status: 'TIMED_OUT', stopDate: startDate + 9 }).explain(
      execution,
    )
    expect(explanation.failure).toEqual({ error: 'TIMED_OUT' })
    expect(explanation.states[0]).toMatchObject({ outcome: 'caught', error: 'States.Timeout' })
    expect(explanation.states[1]).toMatchObject({ outcome: 'stopped' })
  })

  it('reads all pages, and shows the last states', async () => {
    const { add, enter, exit, events } = history()
    add('ExecutionStarted', 0)
    for (let second = 0; second < 60; second++) {
      enter('Wait', `Wait ${second}`, second)
      exit('Wait', `Wait ${second}`, second + 1)
    }
    const client = explain([], { status: 'ABORTED', stopDate: startDate + 60 })
    states.answer(
      'GetExecutionHistory',
      ok({ events: events.slice(0, 70), nextToken: 'more' }),
      ok({ events: events.slice(70) }),
    )
    const explanation = await client.explain(execution)
    expect(explanation.states).toHaveLength(60)
    expect(explanation.failure).toEqual({ error: 'ABORTED' })
    expect(explanation.text.split('\n').slice(0, 3)).toEqual([
      'order-1: ABORTED after 60000 ms: ABORTED',
      '  (10 states before)',
      '  Wait 10  Wait         1000 ms  succeeded',
    ])
    expect(states.requests.map(({ body }) => body.nextToken)).toEqual([undefined, undefined, 'more'])
  })

  it('accepts a history that makes no sense', async () => {
    const events = [
      { id: 1, type: 'TaskFailed', timestamp: startDate },
      {
        id: 2,
        previousEventId: 7,
        type: 'TaskStateExited',
        stateExitedEventDetails: { name: 'X' },
        timestamp: startDate,
      },
      { id: 3, previousEventId: 1, type: 'ExecutionFailed', timestamp: startDate },
    ]
    const explanation = await explain(events, { status: 'FAILED', stopDate: startDate }).explain(execution)
    expect(explanation).toMatchObject({ states: [], failure: { error: 'FAILED' } })
  })
})
