import { describe, expect, it } from 'vitest'
import type { Catcher, Retrier, State, StateMachineDefinition, TaskState } from './definition.ts'
import { checkDefinition } from './index.ts'
import { aslValidator, awsLint, clean, lint } from './linters.fixture.ts'
import { lambdaRetry } from './retry.ts'

const lambda = 'arn:aws:states:::lambda:invoke'
const task: TaskState = {
  Type: 'Task',
  Resource: lambda,
  Arguments: { FunctionName: 'charge' },
  TimeoutSeconds: 5,
  Retry: [lambdaRetry],
  Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Sorry' }],
  End: true,
}
const sorry: State = { Type: 'Fail', Error: 'Sorry' }

const machine = (states: Record<string, State>): StateMachineDefinition => ({
  QueryLanguage: 'JSONata',
  StartAt: 'Charge',
  States: states,
})
/** A machine of one task with some fields changed; undefined for none. */
const withTask = (change: object) => {
  const changed = Object.entries({ ...task, ...change }).filter(([, value]) => value !== undefined)
  const states = { Charge: Object.fromEntries(changed) as unknown as State, Sorry: sorry }
  if (!('Catch' in states.Charge)) return machine({ Charge: states.Charge })
  return machine(states)
}
const retriers = (...Retry: Retrier[]) => withTask({ Retry })
const catchers = (...names: string[][]) =>
  withTask({ Catch: names.map((ErrorEquals): Catcher => ({ ErrorEquals, Next: 'Sorry' })) })

it('checkDefinition finds nothing in a good machine, like the other linters', async () => {
  expect(await lint(withTask({}))).toEqual(clean)
})

it('checkDefinition needs the other linters, which find faults that it does not', async () => {
  const { End, ...endless } = task
  const nowhere = machine({ Charge: { ...endless, Next: 'Nowhere' }, Sorry: sorry })
  expect(await lint(nowhere)).toEqual({ aws: [expect.any(String)], validator: [expect.any(String)], own: [] })
  const mixed = await lint(withTask({ Parameters: { FunctionName: 'charge' } }))
  expect(mixed.own).toEqual([])
  expect(mixed.validator).not.toEqual([])
})

const all: Retrier = { ...lambdaRetry, ErrorEquals: ['States.ALL'] }
const { MaxDelaySeconds, ...endless } = lambdaRetry
const { JitterStrategy, ...inStep } = lambdaRetry

describe('finds what the others do not', () => {
  it.each([
    ['all-last', 'States.ALL before others in Retry', retriers(all, lambdaRetry)],
    [
      'all-last',
      'States.ALL among others in Retry',
      retriers({ ...lambdaRetry, ErrorEquals: ['Busy', 'States.ALL'] }),
    ],
    ['all-last', 'States.ALL before others in Catch', catchers(['States.ALL'], ['Busy'])],
    ['all-last', 'States.ALL among others in Catch', catchers(['Busy', 'States.ALL'])],
    ['retry', 'no Retry', withTask({ Retry: undefined })],
    ['retry', 'an empty Retry', withTask({ Retry: [] })],
    ['catch', 'no Catch', withTask({ Catch: undefined })],
    ['timeout', 'no timeout', withTask({ TimeoutSeconds: undefined })],
    ['cap', 'waits without bound', retriers(endless)],
    ['jitter', 'no jitter', retriers(inStep)],
    ['jitter', 'jitter NONE', retriers({ ...lambdaRetry, JitterStrategy: 'NONE' })],
    ['lambda-throttling', 'throttling unnamed', retriers({ ...lambdaRetry, ErrorEquals: ['Busy'] })],
    [
      'lambda-throttling',
      'throttling unnamed, function by ARN',
      withTask({
        Resource: 'arn:aws:lambda:eu-west-1:123456789012:function:charge',
        Retry: [{ ...lambdaRetry, ErrorEquals: ['Busy'] }],
      }),
    ],
  ])('%s: %s', async (rule, _, definition) => {
    expect(checkDefinition(definition)).toEqual([{ rule, state: 'Charge', message: expect.any(String) }])
    expect(await awsLint(definition)).toEqual([])
    expect(aslValidator(definition)).toEqual([])
  })
})

describe('finds states that cannot be reached', () => {
  it('though they lead to each other', () => {
    const ring = machine({
      Charge: task,
      Sorry: sorry,
      Here: { Type: 'Pass', Next: 'There' },
      There: { Type: 'Pass', Next: 'Here' },
    })
    expect(checkDefinition(ring)).toEqual(
      ['Here', 'There'].map(state => ({ rule: 'reachable', state, message: 'no other state leads here' })),
    )
  })

  it('in branches and processors, however deep', () => {
    const lost = (name: string) => ({
      StartAt: `${name} start`,
      States: { [`${name} start`]: { Type: 'Succeed' }, [`${name} lost`]: { Type: 'Succeed' } } as const,
    })
    const nested = machine({
      Charge: {
        Type: 'Parallel',
        Branches: [
          lost('A'),
          { StartAt: 'B', States: { B: { Type: 'Map', Items: [], ItemProcessor: lost('C'), End: true } } },
        ],
        End: true,
      },
    })
    expect(checkDefinition(nested).map(({ state }) => state)).toEqual(['A lost', 'C lost'])
  })

  it('and follows Next, Choices, Default and Catch', () => {
    const ways = machine({
      Charge: {
        Type: 'Choice',
        Choices: [{ Condition: '{% true %}', Next: 'Left' }],
        Default: 'Right',
      },
      Left: { Type: 'Wait', Seconds: 1, Next: 'Task' },
      Right: { Type: 'Succeed' },
      Task: task,
      Sorry: sorry,
    })
    expect(checkDefinition(ways)).toEqual([])
  })
})

it('checkDefinition accepts MaxAttempts 0 as no retry: it needs no cap, no jitter and no throttling', () => {
  expect(checkDefinition(retriers({ ErrorEquals: ['States.ALL'], MaxAttempts: 0 }))).toEqual([])
})

it('checkDefinition checks Retry and Catch of a Map and a Parallel too', () => {
  const definition = machine({
    Charge: {
      Type: 'Map',
      Items: [],
      ItemProcessor: { StartAt: 'Each', States: { Each: { Type: 'Succeed' } } },
      Retry: [endless],
      Catch: [{ ErrorEquals: ['Busy', 'States.ALL'], Next: 'Sorry' }],
      End: true,
    },
    Sorry: sorry,
  })
  expect(checkDefinition(definition).map(({ rule }) => rule)).toEqual(['all-last', 'cap'])
})

describe('exceptions', () => {
  const definition = withTask({ TimeoutSeconds: undefined })
  const exception = { state: 'Charge', rule: 'timeout', why: 'waits for a person' } as const

  it('are for one rule of one state', () => {
    expect(checkDefinition(definition, { exceptions: [exception] })).toEqual([])
  })

  it('are problems where nothing needs them', () => {
    const stale = [exception, { ...exception, state: 'Sorry' }, { ...exception, rule: 'catch' as const }]
    expect(checkDefinition(definition, { exceptions: stale })).toEqual([
      { rule: 'exception', state: 'Sorry', message: 'is excepted from "timeout", which it does not break' },
      { rule: 'exception', state: 'Charge', message: 'is excepted from "catch", which it does not break' },
    ])
  })

  it('need a known rule and a reason', () => {
    const check = (change: object) => () =>
      checkDefinition(definition, { exceptions: [{ ...exception, ...change }] })
    expect(check({ rule: 'timeouts' })).toThrow(
      /^checkDefinition: exceptions\[0\].rule: got "timeouts"; allowed is all-last, /,
    )
    expect(check({ why: '' })).toThrow(/^checkDefinition: exceptions\[0\].why: got ""; allowed is a reason$/)
  })
})

it.each([[undefined], [null], ['{}'], [{ States: null }]])('checkDefinition refuses %j', definition => {
  expect(() => checkDefinition(definition as never)).toThrow(TypeError)
})
