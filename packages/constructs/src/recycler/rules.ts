import { Stack } from 'aws-cdk-lib'
import { type EventPattern, type IRuleTarget, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction, SnsTopic, SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Construct } from 'constructs'
import { acknowledge } from '../acknowledge.ts'
import {
  labelUpdated,
  parameterChanged,
  parameterPolicy,
  rotationFailed,
  rotationSucceeded,
} from './patterns.ts'
import type { RecyclerQueues } from './queues.ts'
import type { RecyclerSettings } from './settings.ts'

/** What rules are made of. */
export interface RulesContext extends RecyclerQueues {
  readonly settings: RecyclerSettings
  readonly planner: IFunction
  readonly notify: ITopic | undefined
}

/** Rules that only people hear of. */
export interface AttentionRules {
  readonly rotationFailed: Rule
  readonly parameterPolicy: Rule
}

/**
 * Makes the rules on the default bus, which is where AWS services put their events: what may be a change goes to the
 * queue, and the clock's tick to the planner.
 */
export function recyclerRules(scope: Construct, context: RulesContext): AttentionRules {
  const { settings, queue, deadLetterQueue, notify } = context
  const { options, reconcile } = settings
  const { account } = Stack.of(scope)
  const accounts = [account, ...options.allowedAccounts]
  const on = (id: string, description: string, eventPattern: EventPattern, target?: IRuleTarget) =>
    new Rule(scope, id, { description, eventPattern, ...(target && { targets: [target] }) })
  const changes = () => new SqsQueue(queue, { deadLetterQueue })

  on('LabelUpdated', 'A label of a secret moved', labelUpdated(accounts), changes())
  on('ParameterChanged', 'A parameter has a new version', parameterChanged(accounts), changes())
  if (options.cloudTrail) {
    on('RotationSucceeded', 'A rotation succeeded', rotationSucceeded(accounts), changes())
  }

  new Rule(scope, 'Reconcile', {
    description: 'Looks for changes that no event reported',
    schedule: Schedule.rate(reconcile),
    targets: [
      new LambdaFunction(context.planner, {
        event: RuleTargetInput.fromObject({ action: 'reconcile' }),
        deadLetterQueue,
        maxEventAge: reconcile,
        retryAttempts: 8,
      }),
    ],
  })

  const attention = (id: string, description: string, eventPattern: EventPattern) => {
    const rule = on(id, description, eventPattern, notify && new SnsTopic(notify, { deadLetterQueue }))
    if (!notify)
      acknowledge(rule, { 'Serverless-EventBusDLQ': 'It has no target: its metric raises an alarm' })
    return rule
  }
  return {
    rotationFailed: attention('RotationFailed', 'A rotation failed', rotationFailed(accounts)),
    parameterPolicy: attention('ParameterPolicy', 'A parameter expires', parameterPolicy(accounts)),
  }
}
