import { anObject, type Checks, checkOptions, required } from '@breakwater/circuit/shared'
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { aCircuitTable, lambdaFunctions } from './checks.ts'
import { circuitNames, type ICircuitTable } from './circuit-grants.ts'
import { type LoggedMachineOptions, loggedMachine, loggedMachineChecks } from './logged-machine.ts'

/** Properties of a {@link GuardedWorkflow}. */
export interface GuardedWorkflowProps extends LoggedMachineOptions {
  /** The state machine, an object as `@breakwater/workflows` and `statemachines/` make it; it may hold tokens. */
  readonly definition: object
  /** The table with the circuits of its guarded tasks. */
  readonly table: ICircuitTable
  /** Functions that the workflow calls, the gate function among them. @default none */
  readonly functions?: readonly IFunction[]
  /** Names of the circuits it may read; `*` and `?` are wildcards. @default all in the table */
  readonly circuits?: readonly string[]
}

const checks: Checks<GuardedWorkflowProps> = {
  ...loggedMachineChecks,
  definition: required(anObject),
  table: required(aCircuitTable),
  functions: lambdaFunctions,
  circuits: circuitNames,
}

/**
 * A state machine made of a definition with guarded tasks: logged, traced, and allowed to read its circuits and to call
 * its functions, and nothing more.
 *
 * @throws TypeError for a bad property.
 * @example
 * const workflow = new GuardedWorkflow(this, 'Fulfilment', { definition, table, functions: [gate, charge], circuits: ['payments'] })
 */
export class GuardedWorkflow extends Construct {
  /** The state machine as aws-cdk-lib knows it. */
  readonly stateMachine: StateMachine

  constructor(scope: Construct, id: string, props: GuardedWorkflowProps) {
    super(scope, id)
    checkOptions('GuardedWorkflow', props, checks)
    this.stateMachine = loggedMachine(this, 'StateMachine', props.definition, props)
    props.table.grantReadCircuits(this.stateMachine, props.circuits)
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
