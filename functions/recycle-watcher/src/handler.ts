import { Logger } from '@aws-lambda-powertools/logger'
import { SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn'
import { Records, readConfig, Watcher } from '@breakwater/recycler'
import { DynamoDbRecyclerStore } from '@breakwater/recycler/dynamodb'
import type { Context, SQSBatchResponse } from 'aws-lambda'

const { table } = readConfig(process.env)
const { POWERTOOLS_SERVICE_NAME: serviceName = 'recycler' } = process.env
const logger = new Logger({ serviceName })
const steps = new SFNClient()

const watcher = new Watcher({
  records: new Records(new DynamoDbRecyclerStore({ tableName: table })),
  answer: (taskToken, output) =>
    steps.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })),
})

interface Batch {
  readonly Records?: readonly { readonly messageId: string; readonly body: string }[]
}

/**
 * Wakes the workflow when a deployment is over. Takes the event of ECS as it is, or a batch of them from a queue; of a
 * batch, those that failed come again.
 */
export async function handler(event: unknown, context: Context): Promise<SQSBatchResponse> {
  logger.addContext(context)
  const { Records: batch } = event as Batch
  if (!batch) {
    await watch(event)
    return { batchItemFailures: [] }
  }
  const batchItemFailures: { itemIdentifier: string }[] = []
  for (const { messageId, body } of batch) {
    try {
      await watch(body)
    } catch (error) {
      logger.error('event failed', { messageId, error })
      batchItemFailures.push({ itemIdentifier: messageId })
    }
  }
  return { batchItemFailures }
}

async function watch(event: unknown): Promise<void> {
  const woken = await watcher.hear(event)
  logger.info('event of a deployment', { event, woken })
}
