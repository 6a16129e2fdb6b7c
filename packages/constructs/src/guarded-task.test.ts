import { guardedTask } from '@breakwater/workflows'
import type { Stack } from 'aws-cdk-lib'
import {
  DefinitionBody,
  Fail,
  type IChainable,
  Parallel,
  Pass,
  QueryLanguage,
  StateMachine,
} from 'aws-cdk-lib/aws-stepfunctions'
import { describe, expect, it, vi } from 'vitest'
import { CircuitGate, type CircuitGateProps } from './circuit-gate.ts'
import { CircuitTable } from './circuit-table.ts'
import { GuardedTask, type GuardedTaskProps } from './guarded-task.ts'
import { makeFunction, makeStack, Synthesised, textOf } from './stack.fixture.ts'

vi.mock('./entry.ts', () => ({ entryOf: () => new URL('recycler/handler.fixture.ts', import.meta.url) }))

const work = { Resource: 'arn:aws:states:::lambda:invoke', Arguments: { FunctionName: 'charge' } }

function makeTask(stack: Stack, props: Partial<GuardedTaskProps> = {}): GuardedTask {
  return new GuardedTask(stack, 'Charge', {
    table: CircuitTable.fromTableName(stack, 'Circuits', 'circuits'),
    gate: makeFunction(stack, 'Gate'),
    circuit: 'payments',
    task: work,
    ...props,
  })
}

/** The definition of a machine made of what is chained. */
function define(stack: Stack, chain: IChainable, queryLanguage?: QueryLanguage) {
  new StateMachine(stack, 'Machine', {
    definitionBody: DefinitionBody.fromChainable(chain),
    ...(queryLanguage && { queryLanguage }),
  })
  const made = new Synthesised(stack)
  const definition = JSON.parse(textOf(made.one('AWS::StepFunctions::StateMachine').DefinitionString))
  return { ...definition, made }
}

const options = {
  name: 'Charge',
  circuit: 'payments',
  table: 'circuits',
  gate: '<Gate3038665D.Arn>',
  task: work,
  partition: '<AWS::Partition>',
} as const

describe('a guarded task', () => {
  it('is exactly the states of @breakwater/workflows', () => {
    const stack = makeStack()
    const { States, StartAt } = define(stack, makeTask(stack))
    expect({ states: States, startAt: StartAt }).toEqual(guardedTask({ ...options, end: true }))
  })

  it('goes on with the next state', () => {
    const stack = makeStack()
    const chain = new Pass(stack, 'Reserve').next(makeTask(stack)).next(new Pass(stack, 'Ship'))
    const { States } = define(stack, chain)
    const { startAt, states } = guardedTask({ ...options, next: 'Ship' })
    expect(States).toEqual({
      Reserve: { Type: 'Pass', Next: startAt },
      ...states,
      Ship: { Type: 'Pass', End: true },
    })
  })

  it('keeps its transitions under a prefix', () => {
    const stack = makeStack()
    const { States, StartAt } = define(stack, makeTask(stack).prefixStates('EU '))
    const { startAt, states } = guardedTask({ ...options, end: true })
    expect(StartAt).toBe(`EU ${startAt}`)
    const quoted = Object.keys(states).sort((a, b) => b.length - a.length)
    let text = JSON.stringify(states)
    for (const name of quoted) text = text.replaceAll(`"${name}"`, `"EU ${name}"`)
    expect(States).toEqual(JSON.parse(text))
  })

  it('leads to a fallback and to handlers of errors', () => {
    const stack = makeStack()
    const fallback = new Pass(stack, 'Pay later')
    const declined = new Fail(stack, 'Refuse')
    const task = makeTask(stack, { fallback, catch: [{ errors: ['Declined'], handler: declined }] })
    const { States } = define(stack, task)
    const { states } = guardedTask({
      ...options,
      end: true,
      fallback: 'Pay later',
      catch: [{ ErrorEquals: ['Declined'], Next: 'Refuse' }],
    })
    expect(States).toEqual({ ...states, 'Pay later': { Type: 'Pass', End: true }, Refuse: { Type: 'Fail' } })
  })

  it('fits into a branch, and into a machine in JSONata mode', () => {
    const stack = makeStack()
    const { States } = define(
      stack,
      new Parallel(stack, 'Both').branch(makeTask(stack)),
      QueryLanguage.JSONATA,
    )
    const [branch] = States.Both.Branches
    expect(branch.States).toEqual(guardedTask({ ...options, end: true }).states)
  })

  it('allows the machine to read its circuit and to call the gate and its functions, and nothing more', () => {
    const stack = makeStack()
    const { made } = define(stack, makeTask(stack, { functions: [makeFunction(stack, 'Charger')] }))
    expect(made.statements).toMatchObject([
      {
        Action: 'dynamodb:BatchGetItem',
        Condition: {
          'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['circuit#payments', 'control#payments'] },
        },
      },
      { Action: 'lambda:InvokeFunction' },
    ])
    expect(made.statements[1]!.Resource.map(textOf)).toEqual(['<Gate3038665D.Arn>', '<ChargerC6C6E8E7.Arn>'])
  })

  it('allows it to read every circuit where the circuit is an expression', () => {
    const stack = makeStack()
    const circuit = '{% $states.input.tenant %}'
    expect(define(stack, makeTask(stack, { circuit })).made.statements[0]!.Condition).toEqual({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['circuit#*', 'control#*'] },
    })
  })

  it.each([undefined, null, 'circuit-gate', {}, 5])('without a gate names what is missing: %j', gate => {
    const make = () => makeTask(makeStack(), { gate } as object)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(/^GuardedTask: gate: got \S+( object)?; allowed is a CircuitGate, or a function of /)
  })

  it('refuses what guardedTask refuses', () => {
    expect(() => makeTask(makeStack(), { circuit: '' })).toThrow(/^GuardedTask: circuit: got ""/)
  })

  it('refuses to go on once the machine is made', () => {
    const stack = makeStack()
    const task = makeTask(stack)
    define(stack, task)
    expect(() => task.next(new Pass(stack, 'Ship'))).toThrow(/call next\(\) before the state machine is made/)
  })
})

describe('a guarded task with a CircuitGate', () => {
  const gateOf = (stack: Stack, props: Partial<CircuitGateProps> = {}) => {
    const table = CircuitTable.fromTableName(stack, 'Shared', 'circuits')
    return new CircuitGate(stack, 'SharedGate', {
      table,
      circuits: ['payments', 'stock', 'tenant:*'],
      ...props,
    })
  }
  const statement = (made: Synthesised, action: string) => made.statements.find(one => one.Action === action)!

  it('calls its function, and may do so', () => {
    const stack = makeStack()
    const gate = gateOf(stack)
    const { States, made } = define(stack, makeTask(stack, { gate }))
    const arn = textOf(stack.resolve(gate.functionArn))
    expect(States['Charge: record failure'].Arguments.FunctionName).toBe(arn)
    expect(textOf(statement(made, 'lambda:InvokeFunction').Resource)).toBe(arn)
  })

  it('takes the policy that the gate has for its circuit', () => {
    const policies = { stock: { openMs: 100 }, payments: { probes: 1, openMs: 7_000 } }
    const states = (props: Partial<GuardedTaskProps>, gateProps?: Partial<CircuitGateProps>) => {
      const stack = makeStack()
      const gate = gateOf(stack, gateProps)
      const { States } = define(stack, makeTask(stack, { gate, ...props }))
      return { States, gate: textOf(stack.resolve(gate.functionArn)) }
    }
    const byGate = states({}, { policies })
    const of = { ...options, gate: byGate.gate, end: true } as const
    expect(byGate.States).toEqual(guardedTask({ ...of, policy: policies.payments }).states)
    const own = states({ policy: { probes: 2 } }, { policies })
    expect(own.States).toEqual(guardedTask({ ...of, policy: { probes: 2 } }).states)
    const circuit = '{% $states.input.tenant %}'
    const byName = states({ circuit }, { policies, policy: { openMs: 3_000 } })
    expect(byName.States).toEqual(guardedTask({ ...of, circuit, policy: { openMs: 3_000 } }).states)
  })

  it('refuses a circuit that the gate does not have', () => {
    const makeWith = (circuit: string) => {
      const stack = makeStack()
      return makeTask(stack, { gate: gateOf(stack, { circuits: ['payments', 'tenant:*'] }), circuit })
    }
    expect(() => makeWith('payment')).toThrow(
      'GuardedTask: circuit: got "payment"; allowed is a circuit of its gate: payments, tenant:*',
    )
    expect(() => makeWith('tenant:1')).not.toThrow()
  })

  it('reads the circuits of the gate where its circuit is an expression', () => {
    const stack = makeStack()
    const gate = gateOf(stack, { circuits: ['tenant:*'] })
    const { made } = define(stack, makeTask(stack, { gate, circuit: '{% $states.input.tenant %}' }))
    expect(statement(made, 'dynamodb:BatchGetItem').Condition).toEqual({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['circuit#tenant:*', 'control#tenant:*'] },
    })
  })
})
