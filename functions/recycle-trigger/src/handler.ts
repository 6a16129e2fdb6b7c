import { Logger } from '@aws-lambda-powertools/logger'
import { Metrics } from '@aws-lambda-powertools/metrics'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SFNClient } from '@aws-sdk/client-sfn'
import { SSMClient } from '@aws-sdk/client-ssm'
import { escapingReplacer } from '@breakwater/powertools'
import { DynamoDbRecyclerStore } from '@breakwater/recycler/dynamodb'
import {
  Records,
  readConfig,
  readEvent,
  stepFunctionsExecutions,
  Trigger,
} from '@breakwater/recycler/functions'
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'

const { table, machine, options } = readConfig(process.env)
const {
  POWERTOOLS_SERVICE_NAME: serviceName = 'recycler',
  POWERTOOLS_METRICS_NAMESPACE: namespace = 'Breakwater',
} = process.env
const logger = new Logger({ serviceName, jsonReplacerFn: escapingReplacer })
const metrics = new Metrics({ serviceName, namespace })

const trigger = new Trigger({
  secrets: new SecretsManagerClient(),
  ssm: new SSMClient(),
  records: new Records(new DynamoDbRecyclerStore({ tableName: table })),
  executions: stepFunctionsExecutions(new SFNClient(), machine),
  options,
})

/** Starts a recycle for every change that the queued events tell of; an event that failed comes again. */
export async function handler(batch: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  logger.addContext(context)
  // The machine's account is this one.
  const account = machine.split(':')[4] ?? ''
  const { cloudTrail, allowedAccounts } = options
  const batchItemFailures: { itemIdentifier: string }[] = []
  for (const { messageId, body } of batch.Records) {
    try {
      const notice = readEvent(body, {
        account,
        ...(cloudTrail !== undefined && { cloudTrail }),
        ...(allowedAccounts && { allowedAccounts }),
      })
      // It will not get better, and ends in the dead-letter queue for a person to look at.
      if (notice.kind === 'malformed') throw new Error(`malformed event: ${notice.why}`)
      const result = await trigger.handle(notice)
      metrics.addMetric(result.outcome === 'started' ? 'ChangeNoticed' : 'EventWithoutEffect', 'Count', 1)
      logger.info('event handled', { notice, result })
    } catch (error) {
      metrics.addMetric('EventFailed', 'Count', 1)
      logger.error('event failed', { messageId, error })
      batchItemFailures.push({ itemIdentifier: messageId })
    }
  }
  metrics.publishStoredMetrics()
  return { batchItemFailures }
}
