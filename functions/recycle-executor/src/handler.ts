import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics } from '@aws-lambda-powertools/metrics'
import { ECSClient } from '@aws-sdk/client-ecs'
import { Circuit, type CircuitEvent } from '@breakwater/circuit'
import { invalid } from '@breakwater/circuit/shared'
import { DynamoDbStore } from '@breakwater/dynamodb'
import { classifyAws } from '@breakwater/guards'
import { circuitLogger, circuitMetrics, escapingReplacer } from '@breakwater/powertools'
import { DynamoDbRecyclerStore } from '@breakwater/recycler/dynamodb'
import { Executor, Records, readConfig, sharedBucket } from '@breakwater/recycler/functions'
import type { CheckAnswer, ExecutorRequest, StartAnswer } from '@breakwater/recycler/workflow'
import type { Context } from 'aws-lambda'

const { table, options } = readConfig(process.env)
const {
  POWERTOOLS_SERVICE_NAME: serviceName = 'recycler',
  POWERTOOLS_METRICS_NAMESPACE: namespace = 'Breakwater',
} = process.env
const logger = new Logger({ serviceName, jsonReplacerFn: escapingReplacer })
const metrics = new Metrics({ serviceName, namespace })
const listeners = [circuitLogger(logger), circuitMetrics(metrics)]

const records = new Records(new DynamoDbRecyclerStore({ tableName: table }))
const { optIn, deploymentTimeoutMs } = options
const executor = new Executor({
  // An UpdateService that the SDK repeats is one too many.
  ecs: new ECSClient({ maxAttempts: 1 }),
  records,
  circuit: new Circuit('ecs-update-service', {
    store: new DynamoDbStore({ tableName: table }),
    classify: classifyAws,
    listener: (event: CircuitEvent) => {
      for (const listen of listeners) listen(event)
    },
  }),
  bucket: sharedBucket({ store: records.store, name: 'ecs-update-service' }),
  ...(optIn !== undefined && { optIn }),
  ...(deploymentTimeoutMs !== undefined && { deploymentTimeoutMs }),
})

/** Recycles one service for the workflow `recycle-services`, and sees how its deployment went. */
export async function handler(
  request: ExecutorRequest,
  context: Context,
): Promise<StartAnswer | CheckAnswer> {
  logger.addContext(context)
  const { action, target } = request
  try {
    const answer = await answerOf(request)
    logger.info(`${action} answered`, { target, answer })
    return answer
  } catch (error) {
    logger.error(`${action} failed`, { target, error })
    throw error
  } finally {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics()
  }
}

async function answerOf(request: ExecutorRequest): Promise<StartAnswer | CheckAnswer> {
  switch (request.action) {
    case 'start':
      return executor.start(request)
    case 'check':
      return executor.check(request)
    default:
      throw invalid('action', (request as { action?: unknown }).action, 'start or check')
  }
}
