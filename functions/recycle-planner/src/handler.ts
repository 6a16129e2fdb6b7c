import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics } from '@aws-lambda-powertools/metrics'
import { ECSClient } from '@aws-sdk/client-ecs'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SFNClient } from '@aws-sdk/client-sfn'
import { SSMClient } from '@aws-sdk/client-ssm'
import { escapingReplacer } from '@breakwater/powertools'
import { DynamoDbRecyclerStore } from '@breakwater/recycler/dynamodb'
import {
  Planner,
  type PlannerAnswer,
  Records,
  readConfig,
  stepFunctionsExecutions,
  storedRevisionCache,
} from '@breakwater/recycler/functions'
import type { PlannerRequest } from '@breakwater/recycler/workflow'
import type { Context } from 'aws-lambda'
import { observing } from './figures.ts'

const { table, clusters, machine, options } = readConfig(process.env)
const {
  POWERTOOLS_SERVICE_NAME: serviceName = 'recycler',
  POWERTOOLS_METRICS_NAMESPACE: namespace = 'Breakwater',
} = process.env
const logger = new Logger({ serviceName, jsonReplacerFn: escapingReplacer })
const metrics = new Metrics({ serviceName, namespace })

const records = new Records(new DynamoDbRecyclerStore({ tableName: table }))
const planner = new Planner({
  // Discovery repeats what is throttled by itself, within its rates.
  ecs: new ECSClient({ maxAttempts: 1 }),
  secrets: new SecretsManagerClient(),
  ssm: new SSMClient(),
  records,
  cache: storedRevisionCache(records.store),
  executions: stepFunctionsExecutions(new SFNClient(), machine),
  ...(clusters && { clusters }),
  options,
  observe: observing(metrics),
})

/** Answers the workflow `recycle-services` and the schedule of the reconcile. */
export async function handler(event: unknown, context: Context): Promise<PlannerAnswer> {
  logger.addContext(context)
  const request = event as PlannerRequest
  try {
    const answer = await planner.answer(request)
    // The answer holds no more of a secret than its ARN, label and version id; the event may hold anything.
    logger.info(`${request.action} answered`, { execution: executionOf(request), answer: forTheLog(answer) })
    return answer
  } catch (error) {
    logger.error('The planner failed', { error })
    throw error
  } finally {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics()
  }
}

/** Whole plans of a large account are longer than a log event may be. */
function forTheLog(answer: PlannerAnswer): object {
  return 'plans' in answer
    ? { ...answer, plans: answer.plans.length, text: answer.text.slice(0, 100) }
    : answer
}

function executionOf(request: PlannerRequest): string | undefined {
  return 'execution' in request ? request.execution : undefined
}
