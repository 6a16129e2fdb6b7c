import { queueError } from './errors.ts'
import type { Queue } from './queue.ts'

const counts = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const

/** Further attributes of GetQueueAttributes. A queue without such a setting leaves it out. */
const settings = [
  'QueueArn',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'VisibilityTimeout',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'DelaySeconds',
  'ReceiveMessageWaitTimeSeconds',
  'Policy',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'SqsManagedSseEnabled',
]

/** The attributes of a queue that are asked for, as texts. */
export function attributesOf(queue: Queue, names: readonly string[]): Record<string, string> {
  const supported: readonly string[] = [...counts, ...settings, 'All']
  const unknown = names.find(name => !supported.includes(name))
  if (unknown !== undefined) throw queueError('InvalidAttributeName', `Unknown Attribute ${unknown}.`)
  const all = everything(queue)
  if (names.includes('All')) return all
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)))
}

function everything(queue: Queue): Record<string, string> {
  const { visible, inFlight, delayed } = queue.counts()
  const { fifo, redrive, redriveFrom, ...own } = queue.settings
  const created = String(Math.floor(queue.createdAt / 1_000))
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: created,
    LastModifiedTimestamp: created,
    VisibilityTimeout: String(own.visibilityTimeout),
    MaximumMessageSize: String(own.maximumMessageSize),
    MessageRetentionPeriod: String(own.retentionSeconds),
    DelaySeconds: String(own.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(own.waitTimeSeconds),
    ...(redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: redrive.deadLetterArn,
        maxReceiveCount: redrive.maxReceiveCount,
      }),
    }),
    ...(redriveFrom && { RedriveAllowPolicy: JSON.stringify(allowed(redriveFrom)) }),
    ...(fifo && {
      FifoQueue: 'true',
      ContentBasedDeduplication: String(own.contentBasedDeduplication),
      DeduplicationScope: own.deduplicationScope,
    }),
    ...own.shown,
  }
}

function allowed(sourceQueueArns: readonly string[]): object {
  return sourceQueueArns.length === 0
    ? { redrivePermission: 'denyAll' }
    : { redrivePermission: 'byQueue', sourceQueueArns }
}
