import { ArnFormat, Duration, Stack } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import type { Construct } from 'constructs'
import { matchedEvents, recyclerMetric } from './metrics.ts'
import type { AttentionRules } from './rules.ts'
import type { RecyclerSettings } from './settings.ts'

/** The alarms of a recycler. */
export interface RecyclerAlarms {
  /** Events that could not be delivered, or that the trigger could not take. */
  readonly deadLetters: Alarm
  /** A recycle failed: a deployment did, or the workflow itself. */
  readonly executionsFailed: Alarm
  readonly executionsTimedOut: Alarm
  /** The planner fails again and again: the reconcile does not run. */
  readonly plannerErrors: Alarm
  /** A service is stale for longer than `maximumStaleAge`. */
  readonly staleServices: Alarm
  /** A rotation failed or was abandoned. */
  readonly rotationFailed: Alarm
  /** A parameter expires, is about to, or was not changed for too long. */
  readonly parameterPolicy: Alarm
}

/** The resources that the alarms watch, and the topic that they notify. */
export interface AlarmsContext {
  readonly settings: RecyclerSettings
  readonly deadLetterQueue: IQueue
  readonly stateMachine: IStateMachine
  readonly planner: IFunction
  readonly rules: AttentionRules
  readonly notify: ITopic | undefined
}

const period = Duration.minutes(5)

/** Makes the alarms, which notify the topic where there is one. */
export function recyclerAlarms(scope: Construct, context: AlarmsContext): RecyclerAlarms {
  const { settings, deadLetterQueue, stateMachine, planner, rules, notify } = context
  const { maximumStaleAge, reconcile } = settings
  const alarm = alarmMaker(scope, notify)
  return {
    deadLetters: alarm(
      'DeadLetters',
      deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period }),
      1,
      'Events about secrets could not be taken: see the dead-letter queue',
    ),
    executionsFailed: alarm(
      'ExecutionsFailed',
      stateMachine.metricFailed({ period }),
      1,
      'A recycle failed, and goes on only when a person starts it again or the secret changes',
    ),
    executionsTimedOut: alarm(
      'ExecutionsTimedOut',
      stateMachine.metricTimedOut({ period }),
      1,
      'A recycle took longer than it may',
    ),
    plannerErrors: alarm(
      'PlannerErrors',
      // An invocation that Lambda repeated twice, and that failed each time.
      planner.metricErrors({ period: Duration.hours(1) }),
      3,
      'The planner fails again and again: recycles are not planned, and lost events not found',
    ),
    staleServices: alarm(
      'StaleServices',
      recyclerMetric('OldestStaleAge', { period: reconcile }),
      maximumStaleAge.toSeconds(),
      `A service holds an old secret for longer than ${maximumStaleAge.toHumanString()}`,
    ),
    rotationFailed: alarm(
      'RotationFailed',
      matchedEvents(rules.rotationFailed.ruleName),
      1,
      'The rotation of a secret failed or was abandoned',
    ),
    parameterPolicy: alarm(
      'ParameterPolicy',
      matchedEvents(rules.parameterPolicy.ruleName),
      1,
      'A parameter expires, is about to, or was not changed for too long',
    ),
  }
}

/**
 * Allows the alarms of this account to publish on a topic. Once a topic has a policy, as the rules that notify it give it
 * one, the default policy that lets CloudWatch in is gone.
 */
function grantAlarms(scope: Construct, topic: ITopic): void {
  const stack = Stack.of(scope)
  const alarms = stack.formatArn({
    service: 'cloudwatch',
    resource: 'alarm',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  })
  const conditions = {
    StringEquals: { 'aws:SourceAccount': stack.account },
    ArnLike: { 'aws:SourceArn': alarms },
  }
  topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com', { conditions }))
}

/** Makes alarms that are raised by one period at the threshold, and sent to the topic where there is one. */
function alarmMaker(scope: Construct, notify: ITopic | undefined) {
  const action = notify && new SnsAction(notify)
  if (notify) grantAlarms(scope, notify)
  return (id: string, metric: Metric, threshold: number, alarmDescription: string) => {
    const alarm = new Alarm(scope, `${id}Alarm`, {
      metric,
      threshold,
      alarmDescription,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      // No news is good news: most of these metrics are there only when something happened.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
    if (action) alarm.addAlarmAction(action)
    return alarm
  }
}
