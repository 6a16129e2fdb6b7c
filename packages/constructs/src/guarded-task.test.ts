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
import { describe, expect, it } from 'vitest'
import { CircuitTable } from './circuit-table.ts'
import { GuardedTask, type GuardedTaskProps } from './guarded-task.ts'
import { makeFunction, makeStack, Synthesised, textOf } from './stack.fixture.ts'

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
        Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['payments'] } },
      },
      { Action: 'lambda:InvokeFunction' },
    ])
    expect(made.statements[1]!.Resource.map(textOf)).toEqual(['<Gate3038665D.Arn>', '<ChargerC6C6E8E7.Arn>'])
  })

  it('allows it to read every circuit where the circuit is an expression', () => {
    const stack = makeStack()
    const circuit = '{% $states.input.tenant %}'
    expect(define(stack, makeTask(stack, { circuit })).made.statements[0]).not.toHaveProperty('Condition')
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
