import { describe, expect, it } from 'vitest'
import { durationOf, machineOf, run, task, typesOf } from '../asl.fixture.ts'
import { runStateMachine } from '../run-state-machine.ts'
import { VirtualClock } from '../time/clock.ts'

const pass = (Output: unknown) => ({ Type: 'Pass', Output, End: true })

describe('Pass', () => {
  it('passes its input on, or the value of Output', async () => {
    const result = await run(
      { A: { Type: 'Pass', Next: 'B' }, B: pass('{% $states.input.n + 1 %}') },
      { input: { n: 1 } },
    )
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: 2 })
    expect(typesOf(result)).toEqual([
      'ExecutionStarted',
      'PassStateEntered',
      'PassStateExited',
      'PassStateEntered',
      'PassStateExited',
      'ExecutionSucceeded',
    ])
    expect(result.history.map(({ previousEventId }) => previousEventId)).toEqual([0, 0, 2, 3, 4, 5])
  })

  it('assigns variables that hold from the next state on', async () => {
    const result = await run({
      A: { Type: 'Pass', Assign: { n: 1 }, Next: 'B' },
      B: { Type: 'Pass', Assign: { n: '{% $n + 1 %}' }, Output: '{% $n %}', Next: 'C' },
      C: pass(['{% $states.input %}', '{% $n %}', { deep: ['{% $n * 10 %}', null, 'text'] }]),
    })
    expect(result.output).toEqual([1, 2, { deep: [20, null, 'text'] }])
    const exited = result.history.find(({ type }) => type === 'PassStateExited')
    expect(exited?.stateExitedEventDetails?.assignedVariables).toEqual({ n: '1' })
  })

  it('keeps an expression that is null, and no output changes the definition', async () => {
    const definition = machineOf({ A: pass({ kept: { list: [1] }, none: '{% null %}' }) })
    const first = await runStateMachine(definition)
    ;(first.output as { kept: { list: number[] } }).kept.list.push(2)
    expect((await runStateMachine(definition)).output).toEqual({ kept: { list: [1] }, none: null })
  })
})

describe('Choice', () => {
  const states = {
    A: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $states.input.n > 10 %}', Next: 'Done', Output: 'large', Assign: { by: 'rule' } },
        { Condition: '{% $states.input.n > 5 %}', Next: 'Done' },
      ],
      Default: 'Done',
      Output: 'small',
      Assign: { by: 'default' },
    },
    Done: pass({ got: '{% $states.input %}', by: '{% $exists($by) ? $by : null %}' }),
  }

  it.each([
    [11, { got: 'large', by: 'rule' }],
    [6, { got: { n: 6 }, by: null }],
    [1, { got: 'small', by: 'default' }],
  ])('takes the first true rule, with its own Output and Assign: %d', async (n, output) => {
    expect((await run(states, { input: { n } })).output).toEqual(output)
  })

  it('fails without a match and a Default', async () => {
    const { Default, ...choice } = states.A
    const result = await run({ ...states, A: choice }, { input: { n: 0 } })
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' })
    expect(result.cause).toContain("the state 'A' (entered at the event id #2)")
  })

  it('fails where a condition is neither true nor false', async () => {
    const result = await run({
      ...states,
      A: { ...states.A, Choices: [{ Condition: '{% 1 %}', Next: 'Done' }] },
    })
    expect(result).toMatchObject({ error: 'States.QueryEvaluationError' })
    expect(result.cause).toContain('Choices[0].Condition')
  })
})

describe('Wait', () => {
  it('takes three hours of virtual time in no time', async () => {
    const states = {
      A: { Type: 'Wait', Seconds: 3600, Next: 'B' },
      B: { Type: 'Wait', Seconds: '{% $states.input.s %}', Next: 'C' },
      C: {
        Type: 'Wait',
        Timestamp: '{% $fromMillis($millis() + 3600000) %}',
        Output: '{% $now() %}',
        End: true,
      },
    }
    const result = await run(states, { input: { s: 3600 }, clock: new VirtualClock(0) })
    expect(durationOf(result)).toBe(3 * 3_600_000)
    expect(result.output).toBe('1970-01-01T03:00:00.000Z')
  })

  it('does not wait for a time that is past', async () => {
    const result = await run({ A: { Type: 'Wait', Timestamp: '2001-01-01T00:00:00Z', End: true } })
    expect([result.status, durationOf(result)]).toEqual(['SUCCEEDED', 0])
  })

  it.each([
    ['Seconds', '{% 1.5 %}'],
    ['Seconds', '{% -1 %}'],
    ['Seconds', '{% "1" %}'],
    ['Timestamp', '{% "tomorrow" %}'],
  ])('fails for a %s of %s', async (field, value) => {
    const result = await run({ A: { Type: 'Wait', [field]: value, End: true } })
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' })
    expect(result.cause).toContain(`The field '${field}'`)
  })
})

describe('Succeed and Fail', () => {
  it('Succeed ends with an output', async () => {
    const result = await run(
      { A: { Type: 'Succeed', Output: { ok: '{% $states.input %}' } } },
      { input: 'x' },
    )
    expect([result.output, typesOf(result).slice(1, 3)]).toEqual([
      { ok: 'x' },
      ['SucceedStateEntered', 'SucceedStateExited'],
    ])
  })

  it('Fail ends with Error and Cause, evaluated', async () => {
    const states = {
      A: { Type: 'Fail', Error: 'Shop.Closed', Cause: "{% $string({'at': $states.input}) %}" },
    }
    const result = await run(states, { input: 7 })
    expect(result).toMatchObject({ status: 'FAILED', error: 'Shop.Closed', cause: '{"at":7}' })
    expect(typesOf(result)).toEqual(['ExecutionStarted', 'FailStateEntered', 'ExecutionFailed'])
  })

  it('Fail needs neither', async () => {
    const result = await run({ A: { Type: 'Fail' } })
    expect(result.status).toBe('FAILED')
    expect('error' in result || 'cause' in result).toBe(false)
  })

  it('Fail with an Error that is no text ends with another error', async () => {
    const result = await run({ A: { Type: 'Fail', Error: '{% 5 %}' } })
    expect(result.error).toBe('States.QueryEvaluationError')
  })
})

describe('the context object', () => {
  it('says where an execution is', async () => {
    const context = '{% $states.context %}'
    const result = await run(
      { A: pass(context) },
      { clock: new VirtualClock(0), input: { a: 1 }, name: 'run-1' },
    )
    expect(result.output).toEqual({
      Execution: {
        Id: result.executionArn,
        Input: { a: 1 },
        Name: 'run-1',
        RoleArn: 'arn:aws:iam::000000000000:role/local',
        StartTime: '1970-01-01T00:00:00.000Z',
        RedriveCount: 0,
      },
      StateMachine: { Id: 'arn:aws:states:us-east-1:000000000000:stateMachine:local', Name: 'local' },
      State: { EnteredTime: '1970-01-01T00:00:00.000Z', Name: 'A', RetryCount: 0 },
    })
  })
})

describe('an execution at its limits', () => {
  it('fails where an output is over 256 KiB, which States.ALL does not catch', async () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'B' }]
    const states = { A: task({ Catch }), B: pass('caught') }
    const result = await run(states, { tasks: { A: () => 'é'.repeat(131_072) } })
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' })
    expect(typesOf(result)).toContain('TaskFailed')
    const named = {
      ...states,
      A: task({ Catch: [{ ErrorEquals: ['States.DataLimitExceeded'], Next: 'B' }] }),
    }
    expect((await run(named, { tasks: { A: () => 'é'.repeat(131_072) } })).output).toBe('caught')
    expect((await run(states, { tasks: { A: () => 'é'.repeat(131_071) } })).status).toBe('SUCCEEDED')
  })

  it('fails where a variable is over 256 KiB', async () => {
    const Assign = { x: "{% $join([1..300].('x' & $pad('', 1000, 'y'))) %}" }
    expect(await run({ A: { Type: 'Pass', Assign, End: true } })).toMatchObject({
      error: 'States.DataLimitExceeded',
    })
  })

  it('ends a loop that has filled the history', async () => {
    const result = await run({ A: { Type: 'Pass', Next: 'A' } })
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.Runtime' })
    expect(result.history).toHaveLength(25_000)
  })
})
