import { describe, expect, it } from 'vitest'
import { durationOf, never, run, task, typesOf } from '../asl.fixture.ts'
import { TaskError } from '../errors.ts'
import type { TaskContext } from '../types.ts'

const caught = { Type: 'Pass', End: true }
const throwing = (error: string, cause?: string) => () => {
  throw new TaskError(error, cause)
}

describe('a task', () => {
  it('is called with its Arguments, and returns its result', async () => {
    const A = task({
      Arguments: { FunctionName: 'fulfil', Payload: '{% $states.input.order %}' },
      Output: '{% $states.result.Payload.id %}',
      Assign: { code: '{% $states.result.StatusCode %}' },
      Next: 'B',
    })
    const B = { Type: 'Pass', Output: ['{% $states.input %}', '{% $code %}'], End: true }
    const tasks = { fulfil: ({ id }: { id: number }) => ({ id: id + 1 }) }
    const result = await run({ A, B }, { input: { order: { id: 7 } }, tasks })
    expect(result.output).toEqual([8, 200])
    expect(typesOf(result).slice(1, 6)).toEqual([
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
    ])
    expect(result.history[2]?.taskScheduledEventDetails).toEqual({
      resourceType: 'lambda',
      resource: 'invoke',
      region: 'us-east-1',
      parameters: '{"FunctionName":"fulfil","Payload":{"id":7}}',
    })
  })

  it('cannot be changed by what it was given', async () => {
    const states = { A: task({ Next: 'B', Output: '{% $states.input %}' }), B: caught }
    const tasks = { A: (input: object) => void Object.assign(input, { n: 2 }) }
    expect((await run(states, { input: { n: 1 }, tasks })).output).toEqual({ n: 1 })
  })

  it('is a Lambda function by its own ARN, with events of its own', async () => {
    const Resource = 'arn:aws:lambda:eu-west-1:123456789012:function:greet:live'
    const tasks = { greet: (name: string) => `hello ${name}` }
    const result = await run({ A: task({ Resource, Arguments: 'Ana' }) }, { tasks })
    expect(result.output).toBe('hello Ana')
    expect(typesOf(result).slice(2, 5)).toEqual([
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
    ])
  })

  it.each([
    ['a named error', throwing('Payment.Down', 'at noon'), { Error: 'Payment.Down', Cause: 'at noon' }],
    ['a named error without a cause', throwing('Payment.Down'), { Error: 'Payment.Down', Cause: '' }],
    [
      'any error, as Lambda reports it',
      () => Promise.reject(new RangeError('too far')),
      { Error: 'RangeError', Cause: '{"errorType":"RangeError","errorMessage":"too far"}' },
    ],
    [
      'what is no error',
      () => Promise.reject('no'),
      { Error: 'string', Cause: '{"errorType":"string","errorMessage":"no"}' },
    ],
    ['an answer that is no JSON', () => 1n, { Error: 'Runtime.MarshalError' }],
  ])('fails with %s', async (_, A, output) => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'B' }]
    const result = await run({ A: task({ Catch }), B: caught }, { tasks: { A } })
    expect(result.output).toMatchObject(output)
  })

  it('answers null where it answers nothing', async () => {
    expect((await run({ A: task() }, { tasks: { A: () => undefined } })).output).toBeNull()
  })

  it('ends the execution with its error where nothing catches it', async () => {
    const result = await run({ A: task() }, { tasks: { A: throwing('Payment.Down', 'at noon') } })
    expect(result).toMatchObject({ status: 'FAILED', error: 'Payment.Down', cause: 'at noon' })
    expect(typesOf(result).slice(-2)).toEqual(['TaskFailed', 'ExecutionFailed'])
  })
})

describe('Catch', () => {
  it('goes on with Output and Assign made of the error', async () => {
    const Catch = [
      { ErrorEquals: ['Other'], Next: 'Never' },
      {
        ErrorEquals: ['Payment.Down'],
        Next: 'B',
        Assign: { why: '{% $states.errorOutput.Cause %}' },
        Output: { was: '{% $states.input %}', error: '{% $states.errorOutput.Error %}' },
      },
    ]
    const B = { Type: 'Pass', Output: ['{% $states.input %}', '{% $why %}'], End: true }
    const tasks = { A: throwing('Payment.Down', 'at noon') }
    const result = await run({ A: task({ Catch }), B, Never: caught }, { input: 7, tasks })
    expect(result.output).toEqual([{ was: 7, error: 'Payment.Down' }, 'at noon'])
    expect(typesOf(result).slice(4, 6)).toEqual(['TaskFailed', 'TaskStateExited'])
  })

  it('catches an expression that fails', async () => {
    const Catch = [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'B' }]
    const result = await run({ A: task({ Catch, Arguments: '{% $states.input.missing %}' }), B: caught })
    expect(result.output).toMatchObject({ Error: 'States.QueryEvaluationError' })
    const failed = result.history.find(({ type }) => type === 'EvaluationFailed')
    expect(failed?.evaluationFailedEventDetails).toMatchObject({
      state: 'A',
      location: 'Arguments',
      error: 'States.QueryEvaluationError',
      cause: expect.stringContaining('returned nothing (undefined)'),
    })
  })
})

describe('TimeoutSeconds and HeartbeatSeconds', () => {
  it.each([60, '{% $states.input.s %}'])('end a task that takes longer: %s', async TimeoutSeconds => {
    let signal: AbortSignal | undefined
    const A = (_: unknown, context: TaskContext) => {
      signal = context.signal
      return never()
    }
    const result = await run({ A: task({ TimeoutSeconds }) }, { input: { s: 60 }, tasks: { A } })
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.Timeout' })
    expect(durationOf(result)).toBe(60_000)
    expect(typesOf(result).slice(-2)).toEqual(['TaskTimedOut', 'ExecutionFailed'])
    expect(signal?.aborted).toBe(true)
  })

  it('start again with every attempt', async () => {
    const Retry = [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 5, MaxAttempts: 1 }]
    const result = await run({ A: task({ TimeoutSeconds: 10, Retry }) }, { tasks: { A: never } })
    expect(durationOf(result)).toBe(25_000)
  })

  it('end a task that sends no heartbeat', async () => {
    const A = task({ Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken', HeartbeatSeconds: 10 })
    const tasks = {
      A: (_: unknown, { clock, taskToken, sendTaskHeartbeat }: TaskContext) => {
        clock.setTimeout(() => sendTaskHeartbeat(taskToken!), 7_000)
      },
    }
    const result = await run({ A }, { tasks })
    expect(result.error).toBe('States.HeartbeatTimeout')
    expect(durationOf(result)).toBe(17_000)
  })

  it('must be whole numbers when evaluated', async () => {
    const result = await run({ A: task({ TimeoutSeconds: '{% 0 %}' }) }, { tasks: { A: never } })
    expect(result.error).toBe('States.QueryEvaluationError')
  })
})

describe('a task that waits for its token', () => {
  const waiting = task({
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: { FunctionName: 'ask', Payload: { token: '{% $states.context.Task.Token %}' } },
  })
  const later = (act: (context: TaskContext, token: string) => void) => ({
    ask: ({ token }: { token: string }, context: TaskContext) => {
      context.clock.setTimeout(() => act(context, token), 3_600_000)
    },
  })

  it('goes on with what it is given', async () => {
    const tasks = later(({ sendTaskSuccess }, token) => sendTaskSuccess(token, { ok: true }))
    const result = await run({ A: waiting }, { tasks })
    expect(result.output).toEqual({ ok: true })
    expect(durationOf(result)).toBe(3_600_000)
    expect(typesOf(result).slice(2, 6)).toEqual([
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
    ])
  })

  it('fails with what it is given', async () => {
    const tasks = later(({ sendTaskFailure }, token) => sendTaskFailure(token, 'Refused', 'by Ana'))
    expect(await run({ A: waiting }, { tasks })).toMatchObject({ error: 'Refused', cause: 'by Ana' })
  })

  it('gets an error for a token that no task waits for', async () => {
    let error: unknown
    const tasks = later(({ sendTaskSuccess }, token) => {
      sendTaskSuccess(token, 1)
      try {
        sendTaskSuccess(token, 2)
      } catch (thrown) {
        error = thrown
      }
    })
    expect((await run({ A: waiting }, { tasks })).output).toBe(1)
    expect(error).toMatchObject({ name: 'TaskTimedOut' })
  })
})
