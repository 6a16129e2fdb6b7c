import {
  anObject,
  type Check,
  type Checks,
  checkOptions,
  listOf,
  required,
  textLike,
} from '@breakwater/circuit/shared'
import { type GuardedTaskOptions, guardedTask } from '@breakwater/workflows'
import { Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import {
  type IChainable,
  type INextable,
  type State,
  type StateGraph,
  StateMachineFragment,
} from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { aChainable, aCircuitTable, aGate, aText, lambdaFunctions } from './checks.ts'
import type { ICircuitTable } from './circuit-grants.ts'
import { circuitNames, tableStatements } from './circuit-grants.ts'
import { type Fragment, FragmentState } from './fragment-state.ts'
import { checkCircuit, circuitsOf, type ICircuitGate, policyOf } from './gates.ts'

/** A catcher of a guarded task. Its errors are recorded first. */
export interface GuardedTaskCatch {
  /** Names of errors, such as `PaymentDeclined` or `States.Timeout`. */
  readonly errors: readonly string[]
  /** The state to go on with. */
  readonly handler: IChainable
}

/** Properties of a {@link GuardedTask}. */
export interface GuardedTaskProps {
  /** The table with the circuit. */
  readonly table: ICircuitTable
  /** The gate, which gives permits and records outcomes; or a function of the package `@breakwater/circuit-gate`. */
  readonly gate: ICircuitGate | IFunction
  /** Name of the circuit, or a JSONata expression of it over the task's input. */
  readonly circuit: string
  /** Names of the circuits the workflow may read; `*` and `?` are wildcards. @default `circuit`; where that is an expression, those of the gate */
  readonly circuits?: readonly string[]
  /** The task to guard: Resource, Arguments, Output, TimeoutSeconds (60 unless given) and so on, in JSONata mode. */
  readonly task: GuardedTaskOptions['task']
  /** Functions that the task calls; the workflow gets the permission to invoke them. @default none */
  readonly functions?: readonly IFunction[]
  /** Name of the task's state. @default the construct's id */
  readonly stateName?: string
  /** The circuit's policy, the same as that of the gate function. @default that of the CircuitGate, or the defaults of a Circuit */
  readonly policy?: NonNullable<GuardedTaskOptions['policy']>
  /** Retriers of the task; `[]` for none. @default `lambdaRetry` or `httpRetry` of `@breakwater/workflows`; required for other resources */
  readonly retry?: NonNullable<GuardedTaskOptions['retry']>
  /** Catchers for errors of the task. @default the fallback, or the same error */
  readonly catch?: readonly GuardedTaskCatch[]
  /** The state to go on with when the circuit rejects, and after errors that `catch` does not name. @default the error Breakwater.CircuitOpen, or the task's own */
  readonly fallback?: IChainable
}

const aCatcher: Check = {
  allowed: 'an object with errors and a handler',
  good: value => {
    const { errors, handler } = (value ?? {}) as Partial<GuardedTaskCatch>
    return Array.isArray(errors) && aChainable.good(handler)
  },
}
const checks: Checks<GuardedTaskProps> = {
  table: required(aCircuitTable),
  gate: required(aGate),
  circuit: required(textLike(/./, 'the name of a circuit, or an expression of it')),
  circuits: circuitNames,
  task: required(anObject),
  functions: lambdaFunctions,
  stateName: aText,
  policy: anObject,
  retry: listOf(anObject, 'retriers'),
  catch: listOf(aCatcher, 'catchers'),
  fallback: aChainable,
}

/**
 * A task guarded by a circuit, to drop into any workflow made of CDK states: the states that `guardedTask()` of
 * `@breakwater/workflows` makes, in JSONata mode whatever the mode of the machine, and the permissions for the
 * machine's role.
 *
 * @throws TypeError for a bad property, naming it, its value and what is allowed; also for a circuit that the gate
 * does not have.
 * @example
 * const gate = new CircuitGate(this, 'Gate', { table, circuits: ['payments'] })
 * const charge = new GuardedTask(this, 'Charge', {
 *   table, gate, circuit: 'payments', functions: [charger],
 *   task: { Resource: 'arn:aws:states:::lambda:invoke', Arguments: { FunctionName: charger.functionArn } },
 * })
 * reserve.next(charge).next(ship)
 */
export class GuardedTask extends StateMachineFragment {
  readonly startState: State
  readonly endStates: INextable[]
  readonly #states = new Map<string, FragmentState>()
  #graph: StateGraph | undefined

  constructor(scope: Construct, id: string, props: GuardedTaskProps) {
    super(scope, id)
    checkOptions('GuardedTask', props, checks)
    // Of a circuit that the gate does not have, no failure would ever be counted.
    if (!isExpression(props.circuit)) checkCircuit('GuardedTask: circuit', props.circuit, props.gate)
    const { stateName = id, catch: catchers = [], fallback } = props
    const render = () => guardedTask(this.#options(stateName, props))
    const { startAt, states } = render()
    const statements = statementsOf(props)
    const handlers = [fallback, ...catchers.map(one => one.handler)].filter(one => one !== undefined)
    const fragment: Fragment = {
      render: name => render().states[name]!,
      rename: name => this.#states.get(name)?.stateId ?? name,
      bind: graph => {
        if (this.#graph === graph) return
        this.#graph = graph
        for (const statement of statements) graph.registerPolicyStatement(statement)
        // Which states there are depends on whether anything follows.
        for (const name of Object.keys(render().states)) this.#states.get(name)!.bindToGraph(graph)
        for (const handler of handlers) handler.startState.bindToGraph(graph)
      },
    }
    for (const name of Object.keys(states)) this.#states.set(name, new FragmentState(this, name, fragment))
    this.startState = this.#states.get(startAt)!
    this.endStates = [this.#states.get(stateName)!]
  }

  /** The next state is known only when the machine is made. */
  #options(name: string, props: GuardedTaskProps): GuardedTaskOptions {
    const { table, gate, circuit, task, retry, fallback } = props
    const policy = props.policy ?? policyOf(gate, isExpression(circuit) ? undefined : circuit)
    const following = this.#states.get(name)?.following
    return {
      name,
      circuit,
      table: table.tableName,
      gate: gate.functionArn,
      task,
      partition: Stack.of(this).partition,
      catch: (props.catch ?? []).map(one => ({
        ErrorEquals: [...one.errors],
        Next: one.handler.startState.stateId,
      })),
      ...(policy && { policy }),
      ...(retry && { retry }),
      ...(fallback && { fallback: fallback.startState.stateId }),
      ...(following === undefined ? { end: true } : { next: following }),
    }
  }
}

const isExpression = (circuit: string) => circuit.startsWith('{%')

function statementsOf(props: GuardedTaskProps): PolicyStatement[] {
  const { table, gate, functions = [], circuit } = props
  const circuits = props.circuits ?? (isExpression(circuit) ? circuitsOf(gate) : [circuit])
  return [
    ...tableStatements(table, 'read', circuits).map(
      ({ actions, resourceArns, conditions }) =>
        new PolicyStatement({ actions, resources: resourceArns, conditions }),
    ),
    new PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [gate, ...functions].map(one => one.functionArn),
    }),
    ...(table.encryptionKey
      ? [new PolicyStatement({ actions: ['kms:Decrypt'], resources: [table.encryptionKey.keyArn] })]
      : []),
  ]
}
