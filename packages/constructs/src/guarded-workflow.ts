import {
  anObject,
  type Check,
  type Checks,
  checkOptions,
  checkValue,
  oneOf,
  required,
} from '@breakwater/circuit/shared'
import { Token } from 'aws-cdk-lib'
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import type { IConnection } from 'aws-cdk-lib/aws-events'
import { Policy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { aCircuitTable, aConnection, aGate, lambdaFunctions } from './checks.ts'
import { circuitNames, type ICircuitTable } from './circuit-grants.ts'
import { circuitsOf, grantGate, type ICircuitGate } from './gates.ts'
import { type LoggedMachineOptions, loggedMachine, loggedMachineChecks } from './logged-machine.ts'

/** Properties of a {@link GuardedWorkflow}. */
export interface GuardedWorkflowProps extends LoggedMachineOptions {
  /** The state machine, an object with the states of `guardedTask()` of `@breakwater/workflows`; it may hold tokens. */
  readonly definition: object
  /** The table with the circuits of its guarded tasks. */
  readonly table: ICircuitTable
  /** The gate of its guarded tasks. @default none: name the gate's function among `functions` */
  readonly gate?: ICircuitGate | IFunction
  /** Functions that the workflow calls. @default none */
  readonly functions?: readonly IFunction[]
  /** Names of the circuits it may read; `*` and `?` are wildcards. @default those of the gate, or all in the table */
  readonly circuits?: readonly string[]
}

const checks: Checks<GuardedWorkflowProps> = {
  ...loggedMachineChecks,
  definition: required({
    allowed: 'an object with StartAt and States',
    good: value => anObject.good(value) && 'StartAt' in (value as object) && 'States' in (value as object),
  }),
  table: required(aCircuitTable),
  gate: aGate,
  functions: lambdaFunctions,
  circuits: circuitNames,
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']
const anAddress: Check = {
  allowed: 'an https URL without user, query and fragment, with {name} only in its path',
  good: url =>
    typeof url === 'string' &&
    (Token.isUnresolved(url) || /^https:\/\/[^/?#\s\\@{}*"'<>]+(\/[^?#\s\\*]*)?$/.test(url)),
}

/**
 * A state machine made of a definition with guarded tasks: logged, traced, and allowed to read its circuits and to call
 * its functions, and nothing more.
 *
 * @throws TypeError for a bad property.
 * @example
 * const workflow = new GuardedWorkflow(this, 'Fulfilment', { definition, table, gate, functions: [charge], circuits: ['payments'] })
 */
export class GuardedWorkflow extends Construct {
  /** The state machine as aws-cdk-lib knows it. */
  readonly stateMachine: StateMachine
  /** A policy of its own, since it names the state machine, which is made after the policy of its role. */
  #endpoints: Policy | undefined

  constructor(scope: Construct, id: string, props: GuardedWorkflowProps) {
    super(scope, id)
    checkOptions('GuardedWorkflow', props, checks)
    this.stateMachine = loggedMachine(this, 'StateMachine', props.definition, props)
    const circuits = props.circuits ?? (props.gate && circuitsOf(props.gate))
    props.table.grantRead(this.stateMachine, circuits)
    if (props.gate) grantGate(props.gate, this.stateMachine)
    for (const handler of props.functions ?? []) handler.grantInvokeLatestVersion(this.stateMachine)
  }

  /**
   * Allows the workflow to call an HTTPS endpoint: this method of this address, by this connection, and no other. HTTP tasks
   * of Step Functions follow no redirect.
   *
   * @param url the address, without a query; `{name}` in its path stands for any text.
   * @throws TypeError for a bad argument.
   * @example
   * workflow.allowEndpoint(connection, 'POST', 'https://api.example.com/charges')
   */
  allowEndpoint(connection: IConnection, method: string, url: string): void {
    const where = 'GuardedWorkflow.allowEndpoint'
    checkValue(where, 'connection', connection, required(aConnection))
    checkValue(where, 'method', method, required(oneOf(...methods)))
    checkValue(where, 'url', url, required(anAddress))
    this.#endpoints ??= new Policy(this, 'Endpoints', { roles: [this.stateMachine.role as Role] })
    const address = url.replaceAll(/(?<!\$)\{\w+\}/g, '*')
    this.#endpoints.addStatements(
      new PolicyStatement({
        actions: ['states:InvokeHTTPEndpoint'],
        resources: [this.stateMachine.stateMachineArn],
        conditions: {
          StringEquals: { 'states:HTTPMethod': method },
          [address.includes('*') ? 'StringLike' : 'StringEquals']: { 'states:HTTPEndpoint': address },
        },
      }),
      new PolicyStatement({
        actions: ['events:RetrieveConnectionCredentials'],
        resources: [connection.connectionArn],
      }),
      new PolicyStatement({
        actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        resources: [connection.connectionSecretArn],
      }),
    )
  }

  /** Executions started. */
  metricStarted(options?: MetricOptions): Metric {
    return this.stateMachine.metricStarted(options)
  }

  /** Executions that succeeded. */
  metricSucceeded(options?: MetricOptions): Metric {
    return this.stateMachine.metricSucceeded(options)
  }

  /** Executions that failed, also by an open circuit. */
  metricFailed(options?: MetricOptions): Metric {
    return this.stateMachine.metricFailed(options)
  }

  /** Executions that timed out. */
  metricTimedOut(options?: MetricOptions): Metric {
    return this.stateMachine.metricTimedOut(options)
  }

  /** Executions and state transitions that were throttled. */
  metricThrottled(options?: MetricOptions): Metric {
    return this.stateMachine.metricThrottled(options)
  }

  /** Time from start to end, in ms. */
  metricTime(options?: MetricOptions): Metric {
    return this.stateMachine.metricTime(options)
  }
}
