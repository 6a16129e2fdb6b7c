import {
  anObject,
  type Check,
  type Checks,
  checkOptions,
  listOf,
  required,
  wholeNumber,
} from '@breakwater/circuit/shared'
import { type GuardedCallOptions, guardedCall } from '@breakwater/workflows'
import { Stack } from 'aws-cdk-lib'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { StateMachineType } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { aCircuitTable, aGate, lambdaFunctions } from './checks.ts'
import type { ICircuitTable } from './circuit-grants.ts'
import { checkPolicy } from './circuit-policy.ts'
import { checkCircuit, circuitsOf, type ICircuitGate, isPlain, policyOf } from './gates.ts'
import { GuardedWorkflow } from './guarded-workflow.ts'
import { type LoggedMachineOptions, loggedMachineChecks } from './logged-machine.ts'

/** Properties of a {@link GuardedCallWorkflow}. */
export interface GuardedCallWorkflowProps extends Omit<LoggedMachineOptions, 'type'> {
  /** The table with the circuits. */
  readonly table: ICircuitTable
  /** The gate, which gives permits and records outcomes; or a function of the package `@breakwater/circuit-gate`. */
  readonly gate: ICircuitGate | IFunction
  /** Functions that an input may name. @default none: only endpoints, as far as you grant them */
  readonly functions?: readonly IFunction[]
  /** Names of the circuits that an input may name, without wildcards. @default those of the gate */
  readonly circuits?: readonly string[]
  /** The policy of the circuits, the same as that of the gate function. @default that of the CircuitGate, or the defaults of a Circuit */
  readonly policy?: NonNullable<GuardedCallOptions['policy']>
  /** Time limit of an execution, in seconds, 1 to 300. @default 28: a REST API gives up after 29 */
  readonly timeoutSeconds?: number
}

const owner = 'GuardedCallWorkflow'
const circuitName: Check = {
  allowed: 'the name of a circuit, known at synthesis and without wildcards',
  good: name => typeof name === 'string' && name !== '' && name.length <= 256 && isPlain(name),
}
const { type: _, ...machineChecks } = loggedMachineChecks
const checks: Checks<GuardedCallWorkflowProps> = {
  ...machineChecks,
  table: required(aCircuitTable),
  gate: required(aGate),
  functions: lambdaFunctions,
  circuits: listOf(circuitName, 'names of circuits', 1),
  policy: anObject,
  timeoutSeconds: wholeNumber(1, 300),
}

/**
 * A workflow that is ready to use: an EXPRESS state machine that calls a Lambda function or an HTTP endpoint, named in its
 * input, through a circuit, with retries, a time limit and a fallback. Behind `WorkflowApi.addSync` it answers within
 * API Gateway's 29 s.
 *
 * Its role may read its circuits, call the gate and `functions`, and nothing more. For endpoints, grant `stateMachine` the
 * use of their connection.
 *
 * @throws TypeError for a bad property, naming it, its value and what is allowed.
 * @example
 * const call = new GuardedCallWorkflow(this, 'GuardedCall', { table, gate, functions: [charge], circuits: ['payments'] })
 * api.addSync('workflows/guarded-call', { workflow: call.stateMachine })
 */
export class GuardedCallWorkflow extends GuardedWorkflow {
  constructor(scope: Construct, id: string, props: GuardedCallWorkflowProps) {
    const { policy, timeoutSeconds, circuits, ...machine } = checkOptions(owner, props, checks)
    const { table, gate } = props
    checkPolicy(owner, 'policy', policy)
    for (const circuit of circuits ?? []) checkCircuit(`${owner}: circuits`, circuit, gate)
    const readable = circuits ?? circuitsOf(gate)
    // An input is compared with names; wildcards confine only what the role may read.
    const named = readable?.every(isPlain) ? readable : undefined
    const effective = policy ?? policyOf(gate)
    super(scope, id, {
      ...machine,
      type: StateMachineType.EXPRESS,
      definition: guardedCall({
        table: table.tableName,
        gate: gate.functionArn,
        partition: Stack.of(scope).partition,
        ...(named && { circuits: named }),
        ...(effective && { policy: effective }),
        ...(timeoutSeconds !== undefined && { timeoutSeconds }),
      }),
      ...(readable && { circuits: readable }),
    })
  }
}
