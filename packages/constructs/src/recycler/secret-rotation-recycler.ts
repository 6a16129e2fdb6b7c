import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events'
import type { Role } from 'aws-cdk-lib/aws-iam'
import { EventSourceMapping, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { acknowledge } from '../acknowledge.ts'
import { type RecyclerAlarms, recyclerAlarms } from './alarms.ts'
import { recyclerFunctions, timeouts } from './functions.ts'
import { recyclerMachine } from './machine.ts'
import { machineNames } from './machine-names.ts'
import { recyclerMetric } from './metrics.ts'
import type { SecretRotationRecyclerProps } from './props.ts'
import { recyclerQueues } from './queues.ts'
import { executorRole, plannerRole } from './roles.ts'
import { recyclerRules } from './rules.ts'
import { settingsOf } from './settings.ts'

/**
 * Everything that brings a rotated secret, or a changed parameter, to the ECS services that read it: the rules that hear
 * of it, the queues, the functions, the workflow that recycles services in waves, and the alarms.
 *
 * It is a dry run until `dryRun: false`: everything is planned and reported, and no service is touched. No role of it
 * may read the value of a secret or parameter.
 *
 * @throws TypeError for a bad property, naming it, its value and what is allowed.
 * @example
 * new SecretRotationRecycler(this, 'Recycler', { table, clusters: ['shop'], notify: topic })
 */
export class SecretRotationRecycler extends Construct {
  /** The workflow: start it by hand with `{ secretId, dryRun }`. */
  readonly stateMachine: StateMachine
  /** Where events about changes wait. */
  readonly queue: Queue
  /** Where events end that could not be handled. */
  readonly deadLetterQueue: Queue
  /** Starts a recycle for every change. */
  readonly trigger: LambdaFunction
  /** Plans, verifies and reports. */
  readonly planner: LambdaFunction
  /** Calls UpdateService, and sees how the deployment went. */
  readonly executor: LambdaFunction
  /** The role of the trigger and the planner, which can change nothing in ECS. */
  readonly plannerRole: Role
  /** The role of the executor, which alone may call UpdateService. */
  readonly executorRole: Role
  /** The alarms, to which more actions can be added. */
  readonly alarms: RecyclerAlarms

  constructor(scope: Construct, id: string, props: SecretRotationRecyclerProps) {
    super(scope, id)
    const settings = settingsOf(props)
    const { table, notify } = props
    const names = machineNames(this)
    const queues = recyclerQueues(this, settings.removalPolicy, timeouts.trigger)
    this.queue = queues.queue
    this.deadLetterQueue = queues.deadLetterQueue

    const context = { settings, table, machine: names }
    this.plannerRole = plannerRole(this, context)
    this.executorRole = executorRole(this, context)
    const { trigger, planner, executor } = recyclerFunctions(this, {
      settings,
      table,
      machineArn: names.arn,
      roles: { planner: this.plannerRole, executor: this.executorRole },
    })
    this.trigger = trigger
    this.planner = planner
    this.executor = executor

    // IEventBus but for exactOptionalPropertyTypes.
    const bus = props.bus ?? (EventBus.fromEventBusName(this, 'DefaultBus', 'default') as IEventBus)
    this.stateMachine = recyclerMachine(this, { settings, names, planner, executor, bus })
    this.#feed()
    const rules = recyclerRules(this, { settings, planner, notify, ...queues })
    const { stateMachine, deadLetterQueue } = this
    this.alarms = recyclerAlarms(this, { settings, stateMachine, deadLetterQueue, planner, rules, notify })
  }

  /** Services that hold an old version and could be recycled, as of the last look. */
  metricStaleServices(options?: MetricOptions): Metric {
    return recyclerMetric('StaleServices', options)
  }

  /** Seconds since the change that the stalest service has not taken up, as of the last look. */
  metricOldestStaleAge(options?: MetricOptions): Metric {
    return recyclerMetric('OldestStaleAge', options)
  }

  /** Recycles that were started. */
  metricStarted(options?: MetricOptions): Metric {
    return this.stateMachine.metricStarted(options)
  }

  /** Recycles that failed. */
  metricFailed(options?: MetricOptions): Metric {
    return this.stateMachine.metricFailed(options)
  }

  /** Events that could not be handled. */
  metricDeadLetters(options?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible(options)
  }

  /** Gives the queue to the trigger, once there is a workflow to start. */
  #feed(): void {
    // What Lambda asks for to poll a queue; grantConsumeMessages allows more.
    this.queue.grant(this.plannerRole, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes')
    const source = new EventSourceMapping(this, 'Feed', {
      target: this.trigger,
      eventSourceArn: this.queue.queueArn,
      batchSize: 10,
      reportBatchItemFailures: true,
      // A mass rotation must not take all the account's concurrency.
      maxConcurrency: 5,
    })
    source.node.addDependency(this.stateMachine)
    acknowledge(source, {
      'Serverless-LambdaEventSourceMappingDestination': 'The queue has a dead-letter queue of its own',
    })
  }
}
