import type { Policy } from '@breakwater/circuit'
import {
  anObject,
  type Checks,
  checkOptions,
  invalid,
  listOf,
  required,
  textLike,
} from '@breakwater/circuit/shared'
import type { RemovalPolicy } from 'aws-cdk-lib'
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import { aCircuitTable, aRemovalPolicy } from './checks.ts'
import { circuitVariables } from './circuit-breakers.ts'
import { circuitNames, type ICircuitTable } from './circuit-grants.ts'
import { checkPolicy } from './circuit-policy.ts'
import { entryOf } from './entry.ts'
import { type ICircuitGate, isAmong } from './gates.ts'
import { nodeFunction } from './node-function.ts'

/** Properties of a {@link CircuitGate}. */
export interface CircuitGateProps {
  /** The table that shares the circuits. */
  readonly table: ICircuitTable
  /** Names of the circuits of your workflows; `*` and `?` are wildcards (`tenant:*`). It touches no other. */
  readonly circuits: readonly string[]
  /** Policy of the circuits, the same as functions have for them. @default the defaults of a Circuit */
  readonly policy?: Policy
  /** Policies of single circuits, by name, in place of `policy`. @default none */
  readonly policies?: Readonly<Record<string, Policy>>
  /** Names of errors that count neither way, such as `PaymentDeclined`: the dependency works. @default none */
  readonly ignoredErrors?: readonly string[]
  /** What happens to the logs when they leave the stack. @default RemovalPolicy.DESTROY */
  readonly removalPolicy?: RemovalPolicy
}

const owner = 'CircuitGate'
const checks: Checks<CircuitGateProps> = {
  table: required(aCircuitTable),
  circuits: required(circuitNames),
  policy: anObject,
  policies: anObject,
  ignoredErrors: listOf(textLike(/^[\w.-]{1,256}$/, 'the name of an error'), 'names of errors'),
  removalPolicy: aRemovalPolicy,
}

/**
 * The circuit gate: the function by which guarded tasks take permits to probe and record outcomes. One of them serves
 * all workflows that share a table. It is bundled out of `@breakwater/circuit-gate`, and its role can use the circuits
 * named, write logs and traces, and nothing more.
 *
 * @throws TypeError for a bad property, naming it, its value and what is allowed.
 * @example
 * const gate = new CircuitGate(this, 'Gate', { table, circuits: ['payments'], policy: { openMs: 2_000 } })
 * new GuardedTask(this, 'Charge', { table, gate, circuit: 'payments', task })
 */
export class CircuitGate extends Construct implements ICircuitGate {
  /** The function as aws-cdk-lib knows it. */
  readonly function: LambdaFunction
  /** Names of the circuits that it may use; `*` and `?` are wildcards. */
  readonly circuits: readonly string[]
  readonly #policy: Policy | undefined
  readonly #policies: Readonly<Record<string, Policy>>

  constructor(scope: Construct, id: string, props: CircuitGateProps) {
    super(scope, id)
    const { table, circuits, policy, policies = {}, ignoredErrors = [] } = checkOptions(owner, props, checks)
    checkPolicies(props)
    this.circuits = circuits
    this.#policy = policy
    this.#policies = policies
    this.function = nodeFunction(this, 'Function', {
      entry: entryOf('circuit-gate'),
      description: 'Takes permits and records outcomes of circuits for workflows',
      timeoutSeconds: 5,
      environment: {
        [circuitVariables.table]: table.tableName,
        [circuitVariables.options]: JSON.stringify(this.#options()),
        ...(ignoredErrors.length > 0 && { IGNORED_ERRORS: ignoredErrors.join(',') }),
      },
      ...(props.removalPolicy && { removalPolicy: props.removalPolicy }),
    })
    table.grantGuard(this.function, circuits)
    const synchronous = 'Workflows wait for the answer: nothing is invoked asynchronously'
    acknowledge(this.function, {
      'Serverless-LambdaDLQ': synchronous,
      'Serverless-LambdaAsyncFailureDestination': synchronous,
    })
  }

  /** ARN of the function. */
  get functionArn(): string {
    return this.function.functionArn
  }

  /**
   * The policy of a circuit; without a name, of the circuits that have none of their own.
   *
   * @returns undefined where the defaults of a Circuit hold.
   * @example
   * guardedTask({ ...options, circuit: 'payments', policy: gate.policyOf('payments') ?? {} })
   */
  policyOf(circuit?: string): Policy | undefined {
    const own = circuit !== undefined && Object.hasOwn(this.#policies, circuit)
    return own ? this.#policies[circuit] : this.#policy
  }

  /**
   * Allows a workflow to call the gate. `GuardedTask` and `GuardedWorkflow` do so by themselves.
   *
   * @example
   * gate.grantInvoke(stateMachine)
   */
  grantInvoke(grantee: IGrantable): Grant {
    return this.function.grantInvokeLatestVersion(grantee)
  }

  /** The variable CIRCUIT_OPTIONS: the same closed list that the role has, with a policy each. */
  #options(): object {
    const names = [...new Set([...Object.keys(this.#policies), ...this.circuits])]
    return { circuits: Object.fromEntries(names.map(name => [name, this.policyOf(name) ?? {}])) }
  }
}

function checkPolicies({ circuits, policy, policies = {} }: CircuitGateProps): void {
  checkPolicy(owner, 'policy', policy)
  for (const [name, own] of Object.entries(policies)) {
    checkPolicy(owner, `policies.${name}`, own)
    if (!isAmong(name, circuits)) throw invalid(`${owner}: policies`, name, `one of ${circuits?.join(', ')}`)
  }
}
