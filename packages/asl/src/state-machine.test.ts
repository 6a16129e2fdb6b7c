import { afterEach, describe, expect, it } from 'vitest'
import { machineOf, never, task, typesOf } from './asl.fixture.ts'
import { createStateMachine } from './state-machine.ts'
import { VirtualClock } from './time/clock.ts'
import type { Integration, StateMachineOptions, TaskContext } from './types.ts'

let clock = new VirtualClock()
afterEach(() => {
  expect(clock.pending).toBe(0)
  clock = new VirtualClock()
})

function machine(states: Record<string, object>, options: Partial<StateMachineOptions> = {}, more?: object) {
  return createStateMachine(machineOf(states, more), { clock, integrations: () => null, ...options })
}

const nap = { A: { Type: 'Wait', Seconds: 60, End: true } }

describe('an execution', () => {
  it('runs in the time of its clock, and shows its status and history meanwhile', async () => {
    const execution = machine(nap).start({ name: 'one', input: { n: 1 } })
    expect(execution).toMatchObject({ status: 'RUNNING', name: 'one', stopDate: undefined })
    await clock.advance(59_999)
    expect(execution.status).toBe('RUNNING')
    expect(typesOf(execution as never)).toEqual(['ExecutionStarted', 'WaitStateEntered'])
    await clock.advance(1)
    expect(execution.status).toBe('SUCCEEDED')
    expect(await execution.result).toMatchObject({ output: { n: 1 }, executionArn: execution.arn })
    expect(execution.arn).toBe('arn:aws:states:us-east-1:000000000000:execution:local:one')
  })

  it('is aborted when stopped, with its tasks, and stays so', async () => {
    const contexts: TaskContext[] = []
    const integrations: Integration = (_, context) => {
      contexts.push(context)
      return never()
    }
    const execution = machine({ A: task({ TimeoutSeconds: 60 }) }, { integrations }).start()
    await clock.advance(1_000)
    execution.stop('Enough', 'by Ana')
    execution.stop('Later')
    const result = await execution.result
    expect(result).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'by Ana' })
    expect(typesOf(result).slice(-2)).toEqual(['TaskStateAborted', 'ExecutionAborted'])
    expect(contexts[0]?.signal.aborted).toBe(true)
    execution.stop('Much later')
    expect(execution.status).toBe('ABORTED')
  })

  it('may be stopped before its first state, and while it waits for a retry', async () => {
    const early = machine(nap).start()
    early.stop()
    expect(await early.result).toMatchObject({ status: 'ABORTED' })
    const integrations = () => Promise.reject(new Error('no'))
    const late = machine({ A: task({ Retry: [{ ErrorEquals: ['States.ALL'] }] }) }, { integrations }).start()
    await clock.advance(500)
    late.stop()
    expect(await late.result).toMatchObject({ status: 'ABORTED' })
  })

  it.each([
    ['STANDARD', { TimeoutSeconds: 10 }, 10_000],
    ['EXPRESS', {}, 300_000],
    ['EXPRESS', { TimeoutSeconds: 10 }, 10_000],
    ['STANDARD', {}, 31_536_000_000],
  ] as const)('of type %s with %j times out after %d ms', async (type, more, ms) => {
    const states = { A: { Type: 'Wait', Seconds: 40_000_000, End: true } }
    const execution = machine(states, { type }, more).start()
    await clock.advance(ms - 1)
    expect(execution.status).toBe('RUNNING')
    await clock.advance(1)
    expect(await execution.result).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' })
    expect(typesOf(await execution.result).slice(-2)).toEqual(['WaitStateAborted', 'ExecutionTimedOut'])
  })

  it('runs at the same time as a hundred others', async () => {
    const states = {
      A: task({ Retry: [{ ErrorEquals: ['Error'], JitterStrategy: 'FULL' }], Next: 'B' }),
      B: { Type: 'Wait', Seconds: '{% $states.input %}', End: true },
    }
    const integrations: Integration = (n, { retryCount }) => {
      if (retryCount < 2) throw new Error('again')
      return n
    }
    const one = machine(states, { integrations })
    const executions = Array.from({ length: 100 }, (_, n) => one.start({ input: n }))
    expect(new Set(executions.map(({ arn }) => arn)).size).toBe(100)
    await clock.advance(200_000)
    const results = await Promise.all(executions.map(({ result }) => result))
    expect(results.map(({ output }) => output)).toEqual(results.map((_, n) => n))
  })

  it.each([
    [
      'a cycle',
      () =>
        Object.assign(
          [],
          { 0: undefined },
          {
            get 0() {
              return this
            },
          },
        ),
    ],
    ['a BigInt', () => 1n],
    ['too much', () => 'x'.repeat(262_143)],
  ])('is refused for an input of %s', (_, make) => {
    expect(() => machine(nap).start({ input: make() })).toThrow('input: got')
  })

  it('is refused for an invalid name', () => {
    expect(() => machine(nap).start({ name: 'a b' })).toThrow('name: got "a b"; allowed is')
    expect(() => machine(nap).start({ name: '' })).toThrow('name: got ""')
  })
})

describe('a task token', () => {
  it('belongs to one task, and ends with it', async () => {
    let token = ''
    const integrations: Integration = (_, { taskToken }) => {
      token = taskToken!
    }
    const Resource = 'arn:aws:states:::sqs:sendMessage.waitForTaskToken'
    const one = machine({ A: task({ Resource }) }, { integrations })
    const execution = one.start()
    await clock.advance(0)
    expect(() => one.sendTaskSuccess('odd', 1)).toThrow("Invalid Token: 'odd'")
    expect(() => one.sendTaskSuccess(token, 1n)).toThrow('Invalid Output')
    one.sendTaskHeartbeat(token)
    execution.stop()
    await execution.result
    expect(() => one.sendTaskFailure(token, 'Late')).toThrow('Task Timed Out')
  })
})

it('options are refused by name', () => {
  const wrong = (options: object) => () => createStateMachine(machineOf(nap), options as never)
  expect(wrong({})).toThrow('createStateMachine: integrations: got undefined')
  expect(wrong({ integrations: () => 1, type: 'FAST' })).toThrow(
    'type: got "FAST"; allowed is "STANDARD" or "EXPRESS"',
  )
  expect(wrong({ integrations: () => 1, clok: 1 })).toThrow('option: got "clok"; allowed is')
  expect(wrong({ integrations: () => 1, name: 'a b' })).toThrow('name: got "a b"')
  expect(wrong({ integrations: () => 1, arn: 'x' })).toThrow('arn: got "x"')
})
