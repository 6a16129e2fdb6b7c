import {
  anObject,
  type Check,
  type Checks,
  checkOptions,
  invalid,
  required,
  wholeNumber,
} from '@breakwater/circuit/shared'
import {
  type CallTarget,
  type EndpointTarget,
  type FunctionTarget,
  type GuardedCallOptions,
  guardedCall,
} from '@breakwater/workflows'
import { Stack } from 'aws-cdk-lib'
import type { IConnection } from 'aws-cdk-lib/aws-events'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { StateMachineType } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { aCircuitTable, aConnection, aGate, aLambdaFunction } from './checks.ts'
import type { ICircuitTable } from './circuit-grants.ts'
import { checkPolicy } from './circuit-policy.ts'
import { checkCircuit, type ICircuitGate, isGate, isPlain, policyOf } from './gates.ts'
import { GuardedWorkflow } from './guarded-workflow.ts'
import { type LoggedMachineOptions, loggedMachineChecks } from './logged-machine.ts'

/** A function that callers may call by the name of its target: all of a `FunctionTarget`, but the function itself. */
export interface FunctionTargetProps extends Omit<FunctionTarget, 'functionArn'> {
  readonly function: IFunction
}

/** An HTTPS endpoint that callers may call by the name of its target: all of an `EndpointTarget`, but the connection itself. */
export interface EndpointTargetProps extends Omit<EndpointTarget, 'connectionArn'> {
  /** Authorises the calls. */
  readonly connection: IConnection
}

/** Properties of a {@link GuardedCallWorkflow}. */
export interface GuardedCallWorkflowProps extends Omit<LoggedMachineOptions, 'type'> {
  /** The table with the circuits. */
  readonly table: ICircuitTable
  /** The gate, which gives permits and records outcomes; or a function of the package `@breakwater/circuit-gate`. */
  readonly gate: ICircuitGate | IFunction
  /** What callers may call, by the names that they call it by. The gate is no target. */
  readonly targets: Readonly<Record<string, FunctionTargetProps | EndpointTargetProps>>
  /** The policy of circuits whose target has none of its own, the same as that of the gate function. @default that of the CircuitGate, or the defaults of a Circuit */
  readonly policy?: NonNullable<GuardedCallOptions['policy']>
  /** Time limit of an execution, in seconds, 1 to 300. @default 28: a REST API gives up after 29 */
  readonly timeoutSeconds?: number
}

const owner = 'GuardedCallWorkflow'
const { type: _, ...machineChecks } = loggedMachineChecks
const checks: Checks<GuardedCallWorkflowProps> = {
  ...machineChecks,
  table: required(aCircuitTable),
  gate: required(aGate),
  targets: required(anObject),
  policy: anObject,
  timeoutSeconds: wholeNumber(1, 300),
}
const circuitName: Check = {
  allowed: 'the name of a circuit, known at synthesis and without wildcards',
  good: name => typeof name === 'string' && name !== '' && name.length <= 256 && isPlain(name),
}

/**
 * A workflow that is ready to use: an EXPRESS state machine that calls a Lambda function or an HTTPS endpoint through its
 * circuit, with retries, a time limit and a fallback. Its callers name a target, and nothing that they send reaches another
 * function, address, connection or circuit. Behind `WorkflowApi.addSync` it answers within API Gateway's 29 s.
 *
 * Its role may read the circuits of its targets, call the gate and the targets, and nothing more.
 *
 * @throws TypeError for a bad property, naming it, its value and what is allowed.
 * @example
 * const targets = { charge: { function: charge, circuit: 'payments' } }
 * const call = new GuardedCallWorkflow(this, 'GuardedCall', { table, gate, targets })
 * api.addSync('workflows/guarded-call', { workflow: call.stateMachine })
 */
export class GuardedCallWorkflow extends GuardedWorkflow {
  constructor(scope: Construct, id: string, props: GuardedCallWorkflowProps) {
    const { policy, timeoutSeconds, targets: given, ...machine } = checkOptions(owner, props, checks)
    const { table, gate } = props
    checkPolicy(owner, 'policy', policy)
    const targets = Object.entries(given).map(
      ([name, target]) => [name, targetOf(name, target, gate, policy)] as const,
    )
    super(scope, id, {
      ...machine,
      type: StateMachineType.EXPRESS,
      definition: guardedCall({
        table: table.tableName,
        gate: gate.functionArn,
        targets: Object.fromEntries(targets),
        partition: Stack.of(scope).partition,
        ...(timeoutSeconds !== undefined && { timeoutSeconds }),
      }),
      circuits: [...new Set(targets.map(([, { circuit }]) => circuit))],
      functions: Object.values(given).flatMap(target => ('function' in target ? [target.function] : [])),
    })
    for (const target of Object.values(given)) {
      if (!('function' in target)) this.allowEndpoint(target.connection, target.method, target.url)
    }
  }
}

/** A target as the definition has it. */
function targetOf(
  name: string,
  target: FunctionTargetProps | EndpointTargetProps,
  gate: ICircuitGate | IFunction,
  fallback: GuardedCallWorkflowProps['policy'],
): CallTarget {
  const where = `${owner}: targets.${name.slice(0, 64)}`
  if (!anObject.good(target)) throw invalid(where, target, 'an object')
  if (!circuitName.good(target.circuit)) {
    throw invalid(`${where}.circuit`, target.circuit, circuitName.allowed)
  }
  checkCircuit(`${where}.circuit`, target.circuit, gate)
  checkPolicy(owner, `targets.${name}.policy`, target.policy)
  const policy = target.policy ?? fallback ?? policyOf(gate, target.circuit)
  const own = policy && { policy }
  if (!('function' in target)) {
    const { connection, ...rest } = target
    if (!aConnection.good(connection)) throw invalid(`${where}.connection`, connection, aConnection.allowed)
    return { ...rest, ...own, connectionArn: connection.connectionArn }
  }
  const { function: handler, ...rest } = target
  if (!aLambdaFunction.good(handler)) throw invalid(`${where}.function`, handler, aLambdaFunction.allowed)
  // Its outcomes are believed: callers could open and close every circuit that it has.
  if (isGate(handler, gate)) throw invalid(`${where}.function`, handler, 'any function but the gate')
  return { ...rest, ...own, functionArn: handler.functionArn }
}
