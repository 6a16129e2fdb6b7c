import { describe, expect, it } from 'vitest'
import type { State, StateMachineDefinition, TaskState } from './definition.ts'
import { evaluate } from './evaluate.fixture.ts'
import {
  circuitOpenError,
  type GuardedTaskOptions,
  guardedStateNames,
  guardedTask,
  guardVariable,
} from './index.ts'
import { clean, lint } from './linters.fixture.ts'

const lambda = 'arn:aws:states:::lambda:invoke'
const base: GuardedTaskOptions = {
  name: 'Charge payment',
  circuit: 'payments',
  table: 'circuits',
  gate: 'circuit-gate',
  task: {
    Resource: lambda,
    Arguments: { FunctionName: 'charge', Payload: '{% $states.input %}' },
    Output: '{% $states.result.Payload %}',
    Assign: { receipt: '{% $states.result.Payload.id %}' },
    TimeoutSeconds: 5,
  },
  end: true,
}
const names = guardedStateNames('Charge payment')

/** A machine of a guarded task, with the states that its options lead to. */
function machine(options: Partial<GuardedTaskOptions> = {}, more: readonly string[] = []) {
  const { startAt, states } = guardedTask({ ...base, ...options } as GuardedTaskOptions)
  const States = { ...states, ...Object.fromEntries(more.map(name => [name, { Type: 'Succeed' as const }])) }
  return { QueryLanguage: 'JSONata', StartAt: startAt, States } as const satisfies StateMachineDefinition
}

const state = (definition: StateMachineDefinition, name: string) =>
  definition.States[name] as State & TaskState

const everyShape: [string, Partial<GuardedTaskOptions>, string[]][] = [
  ['the end of a machine', {}, []],
  ['followed by another state', { next: 'Ship', end: undefined as never }, ['Ship']],
  ['with a fallback', { fallback: 'Pend' }, ['Pend']],
  [
    'with a conditional fallback',
    { fallback: { next: 'Pend', when: '{% $states.input.mayPend = true %}' } },
    ['Pend'],
  ],
  ['with catchers', { catch: [{ ErrorEquals: ['Declined'], Next: 'Refuse' }] }, ['Refuse']],
  [
    'with catchers for all, and a fallback',
    {
      fallback: 'Pend',
      catch: [
        { ErrorEquals: ['Declined'], Next: 'Refuse', Output: '{% $states.errorOutput %}' },
        { ErrorEquals: ['States.Timeout'], Next: 'Undo' },
        { ErrorEquals: ['States.ALL'], Next: 'Undo', Assign: { failed: true } },
      ],
    },
    ['Pend', 'Refuse', 'Undo'],
  ],
  ['tried once', { retry: [] }, []],
  [
    'with its own retriers',
    { retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 20 }, { ErrorEquals: ['States.ALL'] }] },
    [],
  ],
  ['of a circuit and a timeout by expression', { circuit: '{% $states.input.circuit %}' }, []],
  [
    'an HTTP task',
    {
      task: {
        Resource: 'arn:aws:states:::http:invoke',
        Arguments: { ApiEndpoint: 'https://example.com', Method: 'POST' },
      },
    },
    [],
  ],
]

describe('all three linters find nothing in a guarded task', () => {
  it.each(everyShape)('%s', async (_, options, more) => {
    expect(await lint(machine(options, more))).toEqual(clean)
  })
})

it('a guarded task reads state and override in one request, by the keys of the table', () => {
  expect(state(machine(), names.check)).toMatchObject({
    Resource: 'arn:aws:states:::aws-sdk:dynamodb:batchGetItem',
    Arguments: {
      RequestItems: {
        circuits: {
          Keys: [
            { circuit: { S: 'circuit#payments' }, part: { S: 'state' } },
            { circuit: { S: 'control#payments' }, part: { S: 'control' } },
          ],
        },
      },
    },
    Catch: [{ ErrorEquals: ['States.ALL'], Next: names.task }],
    Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 0 }],
    Next: names.decide,
  })
})

it('guardedTask marks every state as JSONata, so that it fits into any machine', () => {
  for (const [, options] of everyShape) {
    for (const each of Object.values(guardedTask({ ...base, ...options } as GuardedTaskOptions).states)) {
      expect(each.QueryLanguage).toBe('JSONata')
    }
  }
})

it('a guarded task is plain JSON', () => {
  const fragment = guardedTask(base)
  expect(JSON.parse(JSON.stringify(fragment))).toEqual(fragment)
})

it('guardedTask keeps the task unchanged, and the same in both places', () => {
  const definition = machine({ next: 'Ship', end: undefined as never }, ['Ship'])
  expect(state(definition, names.task)).toMatchObject({ ...base.task, Next: 'Ship' })
  const { Next, ...watched } = state(definition, names.watched)
  expect(Next).toBe(names.recordSuccess)
  expect(state(definition, names.task)).toEqual({ ...watched, Next: 'Ship' })
})

describe('retries', () => {
  const retryOf = (options: Partial<GuardedTaskOptions>) => state(machine(options), names.task).Retry

  it('faults and throttling of Lambda by default, with a cap and full jitter', () => {
    expect(retryOf({})).toEqual([
      {
        ErrorEquals: [
          'Lambda.TooManyRequestsException',
          'Lambda.ServiceException',
          'Lambda.AWSLambdaException',
          'Lambda.SdkClientException',
          'Lambda.ClientExecutionTimeoutException',
        ],
        IntervalSeconds: 1,
        MaxAttempts: 3,
        BackoffRate: 2,
        MaxDelaySeconds: 10,
        JitterStrategy: 'FULL',
      },
    ])
  })

  it('as the options say, with cap, jitter and throttling filled in', () => {
    const full = { IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2, JitterStrategy: 'FULL' }
    expect(retryOf({ retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 20 }] })).toEqual([
      { ...full, ErrorEquals: ['Busy'], IntervalSeconds: 20, MaxDelaySeconds: 200 },
      { ...full, ErrorEquals: ['Lambda.TooManyRequestsException'], MaxDelaySeconds: 10 },
    ])
    expect(retryOf({ retry: [{ ErrorEquals: ['States.TaskFailed'], MaxDelaySeconds: 3 }] })).toEqual([
      { ...full, ErrorEquals: ['States.TaskFailed'], MaxDelaySeconds: 3 },
    ])
  })

  it('nothing for an empty list, and says so', () => {
    expect(retryOf({ retry: [] })).toEqual([{ ErrorEquals: ['States.ALL'], MaxAttempts: 0 }])
  })
})

describe('asks the gate for a permit', () => {
  const payload = async (options: Partial<GuardedTaskOptions>, input: unknown = {}) => {
    const variables = { chargePaymentCircuit: { circuit: 'payments' } }
    const { Arguments } = state(machine(options), names.acquire)
    return (await evaluate(Arguments!, { states: { input }, variables })) as { Payload: unknown }
  }

  it('for as long as the task may take with all its attempts, whatever probeLeaseMs is', async () => {
    expect(await payload({})).toEqual({
      FunctionName: 'circuit-gate',
      // Four attempts of 5 s, and 1 + 2 + 4 s between them.
      Payload: { action: 'acquire', circuit: 'payments', timeoutMs: 27_000 },
    })
    expect(await payload({ policy: { probeLeaseMs: 9_000 } })).toMatchObject({
      Payload: { timeoutMs: 27_000 },
    })
    const task = { ...base.task, TimeoutSeconds: 99_999_999 }
    expect(await payload({ task })).toMatchObject({ Payload: { timeoutMs: 86_400_000 } })
  })

  it('with a timeout by expression', async () => {
    const task = { ...base.task, TimeoutSeconds: '{% $states.input.seconds %}' }
    expect(await payload({ task, retry: [] }, { seconds: 3 })).toMatchObject({
      Payload: { timeoutMs: 3_000 },
    })
    expect(await payload({ task, retry: [] }, { seconds: 3_000 })).toMatchObject({
      Payload: { timeoutMs: 3_000_000 },
    })
    expect(await payload({ task, retry: [] }, { seconds: 99_999_999 })).toMatchObject({
      Payload: { timeoutMs: 86_400_000 },
    })
  })

  const before = { circuit: 'payments', decision: 'acquire', token: { generation: 4, startedAt: 1 } }
  const token = { generation: 5, startedAt: 2, lease: 'a' }
  it.each([
    ['admitted', { admitted: true, token }, { ...before, decision: 'record', token }],
    [
      'refused',
      { admitted: false, reason: 'forced-open', retryAfterMs: 12 },
      { ...before, decision: 'reject', reason: 'forced-open', retryAfterMs: 12 },
    ],
    [
      'refused without a reason',
      { admitted: false },
      { ...before, decision: 'reject', reason: 'half-open', retryAfterMs: 1_000 },
    ],
    ['nonsense', 'yes', { ...before, decision: 'record' }],
    ['nothing', null, { ...before, decision: 'record' }],
  ])('and takes its answer: %s', async (_, Payload, after) => {
    const { Assign } = state(machine(), names.acquire)
    const scene = { states: { result: { Payload } }, variables: { chargePaymentCircuit: before } }
    expect(await evaluate(Assign!, scene)).toEqual({ chargePaymentCircuit: after })
  })
})

describe('failures', () => {
  const catchers = [
    { ErrorEquals: ['Declined'], Next: 'Refuse', Output: '{% $states.errorOutput.Error %}' },
    { ErrorEquals: ['States.Timeout'], Next: 'Undo', Assign: { late: true } },
    { ErrorEquals: ['States.TaskFailed'], Next: 'Undo' },
  ]
  const more = ['Refuse', 'Undo', 'Pend']

  it('are recorded before the next state of their catcher, in the order of the catchers', () => {
    const definition = machine({ catch: catchers, fallback: 'Pend' }, more)
    expect(state(definition, names.task).Catch).toMatchObject([
      { ErrorEquals: ['Declined'], Output: '{% $states.errorOutput.Error %}', Next: names.recordFailure },
      { ErrorEquals: ['States.Timeout'], Assign: { late: true }, Next: `${names.recordFailure} 2` },
      { ErrorEquals: ['States.TaskFailed'], Next: `${names.recordFailure} 2` },
      { ErrorEquals: ['States.ALL'], Output: '{% $states.input %}', Next: `${names.recordFailure} 3` },
    ])
    expect(['', ' 2', ' 3'].map(nth => state(definition, names.recordFailure + nth))).toMatchObject([
      { Next: 'Refuse', Catch: [{ Next: 'Refuse' }], Output: '{% $states.input %}' },
      { Next: 'Undo', Catch: [{ Next: 'Undo' }] },
      { Next: 'Pend', Catch: [{ Next: 'Pend' }] },
    ])
  })

  it('end in the same error, with its cause or without one', async () => {
    const definition = machine()
    const { Catch } = state(definition, names.task)
    const variables = {
      chargePaymentCircuit: { circuit: 'payments', token: { generation: 1, startedAt: 2 } },
    }
    for (const Cause of ['it is gone', undefined]) {
      const states = { errorOutput: { Error: 'Gone', Cause } }
      const after = (await evaluate(Catch![0]!.Assign!, { states, variables })) as typeof variables
      expect(after.chargePaymentCircuit).toMatchObject({ error: 'Gone', cause: Cause ?? '' })
      const failed = definition.States[names.failed] as { Error: string; Cause: string }
      expect(await evaluate([failed.Error, failed.Cause], { variables: after })).toEqual([
        'Gone',
        Cause ?? '',
      ])
      expect(await evaluate(state(definition, names.recordFailure).Arguments!, { variables: after })).toEqual(
        {
          FunctionName: 'circuit-gate',
          Payload: {
            action: 'record',
            circuit: 'payments',
            token: { generation: 1, startedAt: 2 },
            outcome: { ok: false, error: 'Gone', cause: Cause ?? '' },
          },
        },
      )
    }
  })
})

it('a guarded task rejects with a named error whose cause is JSON', async () => {
  const chargePaymentCircuit = {
    circuit: 'payments',
    decision: 'reject',
    reason: 'relapse',
    retryAfterMs: 900,
    token: {},
  }
  const rejected = machine().States[names.rejected] as { Error: string; Cause: string }
  expect(rejected.Error).toBe(circuitOpenError)
  expect(
    JSON.parse((await evaluate(rejected.Cause, { variables: { chargePaymentCircuit } })) as string),
  ).toEqual({
    circuit: 'payments',
    reason: 'relapse',
    retryAfterMs: 900,
  })
})

it('guardedTask leaves out states that cannot be reached', () => {
  const withFallback = Object.keys(machine({ fallback: 'Pend' }, ['Pend']).States)
  expect(withFallback).not.toContain(names.rejected)
  expect(withFallback).not.toContain(names.failed)
  expect(Object.keys(machine({ next: 'Ship', end: undefined as never }, ['Ship']).States)).not.toContain(
    names.done,
  )
})

it('guardedTask gives each task its own variable, whatever its name', () => {
  expect(guardVariable('Charge payment')).toBe('chargePaymentCircuit')
  expect(guardVariable('3-D Secure: verify')).toBe('task3DSecureVerifyCircuit')
  expect(guardVariable('支払い')).toBe('支払いCircuit')
  expect(guardVariable('!')).toBe('circuit')
})

describe('refuses bad options', () => {
  it.each([
    [{ name: '' }, /^guardedTask: name: got ""; allowed is a text of 1 to 61 characters$/],
    [{ name: 'x'.repeat(62) }, /^guardedTask: name: /],
    [
      { circuit: '' },
      /^guardedTask: circuit: got ""; allowed is a text of 1 to 256 characters without control characters, or an expression$/,
    ],
    [{ circuit: 7 }, /^guardedTask: circuit: got 7/],
    [{ table: undefined }, /^guardedTask: table: got undefined/],
    [{ gate: '' }, /^guardedTask: gate: /],
    [{ partition: '' }, /^guardedTask: partition: /],
    [{ retries: 3 }, /^guardedTask: option: got "retries"; allowed is name, circuit, /],
    [{ next: 'Ship' }, /^guardedTask: next: got "Ship"; allowed is a name of a state, or end: true$/],
    [{ end: undefined }, /^guardedTask: next: got undefined/],
    [{ end: false }, /^guardedTask: end: got false; allowed is true$/],
    [{ task: null }, /^guardedTask: task: got null; allowed is an object$/],
    [{ task: { ...base.task, Retry: [] } }, /^guardedTask: task.option: got "Retry"; allowed is Resource, /],
    [{ task: { Resource: '' } }, /^guardedTask: task.Resource: /],
    [
      { task: { ...base.task, TimeoutSeconds: 0 } },
      /^guardedTask: task.TimeoutSeconds: got 0; allowed is a whole number/,
    ],
    [{ task: { ...base.task, TimeoutSeconds: 1.5 } }, /^guardedTask: task.TimeoutSeconds: /],
    [
      { task: { ...base.task, HeartbeatSeconds: 'often' } },
      /^guardedTask: task.HeartbeatSeconds: got "often"/,
    ],
    [
      { task: { Resource: 'arn:aws:states:::sqs:sendMessage' } },
      /^guardedTask: retry: got undefined; allowed is a list/,
    ],
    [
      { retry: [{ ErrorEquals: [] }] },
      /^guardedTask: retry\[0\]: got an object; allowed is an object that names errors/,
    ],
    [{ catch: [{ Next: 'Ship' }] }, /^guardedTask: catch\[0\]: got an object/],
    [{ fallback: '' }, /^guardedTask: fallback: /],
    [{ fallback: { next: 'Pend', when: 'always' } }, /^guardedTask: fallback.when: got "always"/],
    [{ policy: { recoveryMs: -1 } }, /^guardedTask: policy: recoveryMs: got -1/],
    [{ policy: { openSeconds: 5 } }, /^guardedTask: policy: option: got "openSeconds"/],
  ])('%j', (options, message) => {
    const make = () => guardedTask({ ...base, ...options } as unknown as GuardedTaskOptions)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })
})
