import { anObject, type Checks, checkOptions, required } from '@breakwater/circuit/shared'
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { aCircuitTable, aGate, lambdaFunctions } from './checks.ts'
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

  constructor(scope: Construct, id: string, props: GuardedWorkflowProps) {
    super(scope, id)
    checkOptions('GuardedWorkflow', props, checks)
    this.stateMachine = loggedMachine(this, 'StateMachine', props.definition, props)
    const circuits = props.circuits ?? (props.gate && circuitsOf(props.gate))
    props.table.grantRead(this.stateMachine, circuits)
    if (props.gate) grantGate(props.gate, this.stateMachine)
    for (const handler of props.functions ?? []) handler.grantInvokeLatestVersion(this.stateMachine)
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
