import { Names, RemovalPolicy, Stack } from 'aws-cdk-lib'
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import type { ICircuitTable } from './circuit-table-base.ts'

/** Properties of a {@link GuardedWorkflow}. */
export interface GuardedWorkflowProps {
  /** The state machine, an object as `@breakwater/workflows` and `statemachines/` make it; it may hold tokens. */
  readonly definition: object
  /** The table its guarded tasks look circuits up in. */
  readonly table: ICircuitTable
  /** Functions the workflow calls, the circuit gate among them. @default none */
  readonly functions?: readonly IFunction[]
  /** Names of the circuits it may look at; `*` and `?` are wildcards. @default all in the table */
  readonly circuits?: readonly string[]
  /** EXPRESS for a synchronous call of at most 5 minutes. @default StateMachineType.STANDARD */
  readonly type?: StateMachineType
  /** Name of the state machine. @default CloudFormation makes one */
  readonly stateMachineName?: string
  /** Which events of an execution are logged. @default LogLevel.ALL */
  readonly logLevel?: LogLevel
  /** Whether logs hold what states are given and answer, which may be personal. @default false */
  readonly logData?: boolean
  /** How long logs are kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: RetentionDays
  /** What becomes of the logs when they leave the stack. @default RemovalPolicy.DESTROY */
  readonly removalPolicy?: RemovalPolicy
}

/**
 * A state machine made of a definition with guarded tasks: logged, traced, and allowed to look its circuits up and to
 * call its functions, and nothing more.
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
    const { definition, stateMachineName, type = StateMachineType.STANDARD } = props
    const destination = new LogGroup(this, 'Logs', {
      // Groups named so share one resource policy, which has room for few.
      logGroupName: `/aws/vendedlogs/states/${Names.uniqueResourceName(this, { maxLength: 100, separator: '-' })}`,
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
    })
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      definitionBody: DefinitionBody.fromString(Stack.of(this).toJsonString(definition)),
      stateMachineType: type,
      tracingEnabled: true,
      logs: {
        destination,
        level: props.logLevel ?? LogLevel.ALL,
        includeExecutionData: props.logData ?? false,
      },
      ...(stateMachineName !== undefined && { stateMachineName }),
    })
    props.table.grantReadCircuits(this.stateMachine, props.circuits)
    for (const handler of props.functions ?? []) handler.grantInvokeLatestVersion(this.stateMachine)
    acknowledge(this.stateMachine, {
      'AwsSolutions-IAM5[Resource::*]':
        'X-Ray and the delivery of logs know no narrower resource than all; what tables and functions it may use is named',
    })
  }

  /** Executions started. */
  metricStarted(options?: MetricOptions): Metric {
    return this.stateMachine.metricStarted(options)
  }

  /** Executions that succeeded. */
  metricSucceeded(options?: MetricOptions): Metric {
    return this.stateMachine.metricSucceeded(options)
  }

  /** Executions that failed, those an open circuit ended among them. */
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
