// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of the definition
import {
  CircuitBreakers,
  CircuitGate,
  CircuitTable,
  GuardedWorkflow,
  nodeFunction,
} from '@breakwater/constructs'
import { guardedTask } from '@breakwater/workflows'
import { CfnOutput, CfnParameter } from 'aws-cdk-lib'
import { StateMachineType } from 'aws-cdk-lib/aws-stepfunctions'
import { codeIn, type PlainTemplate, plainTemplate } from './plain.ts'

export const circuit = 'payments'
const policy = { consecutiveFailures: 5, openMs: 5_000 }

/** The files with the functions' code, without their extension, by the logical ids of the functions. */
export const files = { Orders: 'orders', Charge: 'charge', GateFunction: 'gate' } as const

/** Logical id of the state machine. */
export const machine = 'WorkflowStateMachine'

/** What the placeholders of the definition stand for. */
export const substitutions = {
  CircuitTable: { Ref: 'CircuitsTable' },
  Gate: { 'Fn::GetAtt': ['GateFunction', 'Arn'] },
  Charge: { 'Fn::GetAtt': ['Charge', 'Arn'] },
}

const placeholders = { table: '${CircuitTable}', gate: '${Gate}', charge: '${Charge}' }

/** The definition of a state machine whose only task is guarded; with placeholders, if nothing else is given. */
export function definition({ table, gate, charge } = placeholders): object {
  const { startAt, states } = guardedTask({
    name: 'Charge',
    circuit,
    table,
    gate,
    task: {
      Resource: 'arn:aws:states:::lambda:invoke',
      Arguments: { FunctionName: charge, Payload: '{% $states.input %}' },
      Output: '{% $states.result.Payload %}',
      TimeoutSeconds: 5,
    },
    policy,
    end: true,
  })
  // The machine says it for all its states.
  const inMachine = Object.entries(states).map(([name, { QueryLanguage: _, ...state }]) => [name, state])
  return { QueryLanguage: 'JSONata', StartAt: startAt, States: Object.fromEntries(inMachine) }
}

/**
 * The table, a function that guards its calls, the gate, and a state machine with a guarded task, as the constructs make
 * them. The templates for other tools are made of this one.
 */
export function circuitsTemplate(): PlainTemplate {
  const { Resources, ...template } = codeIn(
    plainTemplate(
      'Circuits shared by a function and a state machine: the table, the gate, a guarded function, a guarded task',
      stack => {
        const url = new CfnParameter(stack, 'PaymentUrl', { description: 'URL at which orders are charged' })
        const own = (id: keyof typeof files, description: string) =>
          nodeFunction(stack, id, {
            entry: new URL(`../../docs/templates/${files[id]}.mjs`, import.meta.url),
            description,
            environment: { PAYMENT_URL: url.valueAsString },
          })
        const table = new CircuitTable(stack, 'Circuits')
        const orders = own('Orders', 'Takes orders, and guards the call that charges them')
        const charge = own('Charge', 'Charges an order for the state machine')
        const circuits = [circuit]
        new CircuitBreakers(stack, 'Breakers', { table, functions: [orders], circuits, options: policy })
        const gate = new CircuitGate(stack, 'Gate', { table, circuits, policy })
        const { stateMachine } = new GuardedWorkflow(stack, 'Workflow', {
          definition: definition({
            table: table.tableName,
            gate: gate.functionArn,
            charge: charge.functionArn,
          }),
          type: StateMachineType.EXPRESS,
          table,
          gate,
          circuits,
          functions: [charge],
        })
        new CfnOutput(stack, 'CircuitTable', { value: table.tableName })
        new CfnOutput(stack, 'StateMachine', { value: stateMachine.stateMachineArn })
      },
    ),
    files,
  )
  const { DefinitionString: _, ...properties } = Resources[machine].Properties
  const Properties = { ...properties, Definition: definition(), DefinitionSubstitutions: substitutions }
  return { ...template, Resources: { ...Resources, [machine]: { ...Resources[machine], Properties } } }
}
