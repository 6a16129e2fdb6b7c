import { invalid } from '@breakwater/circuit/shared'
import { checkProperties, flagOf, wholeOf } from '../aws/properties.ts'

/** Settings of a queue, read and checked. Times are seconds. */
export interface QueueSettings {
  readonly name: string
  readonly fifo: boolean
  readonly contentBasedDeduplication: boolean
  readonly deduplicationScope: 'queue' | 'messageGroup'
  readonly delaySeconds: number
  readonly visibilityTimeout: number
  readonly waitTimeSeconds: number
  readonly retentionSeconds: number
  readonly maximumMessageSize: number
  readonly redrive: { readonly deadLetterArn: string; readonly maxReceiveCount: number } | undefined
  /** The queues, by ARN, that may send dead letters here; undefined for all queues, empty for none. */
  readonly redriveFrom: readonly string[] | undefined
  /** Properties that the queue shows as attributes and that have no effect here. */
  readonly shown: Readonly<Record<string, string>>
}

/** Encryption and tags have no effect on this machine. */
const withoutEffect = [
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'SqsManagedSseEnabled',
  'FifoThroughputLimit',
]

const properties = [
  'QueueName',
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'DelaySeconds',
  'VisibilityTimeout',
  'ReceiveMessageWaitTimeSeconds',
  'MessageRetentionPeriod',
  'MaximumMessageSize',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'Tags',
  ...withoutEffect,
]

/**
 * Reads the properties of an AWS::SQS::Queue whose references are resolved.
 *
 * @throws TypeError naming the property that is wrong or not supported.
 */
export function settingsOf(name: string, value: unknown): QueueSettings {
  const queue = checkProperties(name, value, properties)
  const { QueueName = name, RedrivePolicy, RedriveAllowPolicy } = queue
  const of = (property: string) => `${name}.${property}`
  const whole = (property: string, min: number, max: number, otherwise: number) =>
    wholeOf(of(property), queue[property], min, max, otherwise)

  if (QueueName !== name) throw invalid(of('QueueName'), QueueName, `"${name}", the name it was given under`)
  const fifo = flagOf(of('FifoQueue'), queue.FifoQueue, false)
  if (!/^[\w-]+(\.fifo)?$/.test(name) || name.length > 80 || fifo !== name.endsWith('.fifo')) {
    throw invalid(
      of('QueueName'),
      name,
      `1 to 80 letters, digits, - and _${fifo ? ', with .fifo at the end' : ''}`,
    )
  }
  const fifoOnly = ['ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'].find(
    property => queue[property] !== undefined && queue[property] !== false,
  )
  if (!fifo && fifoOnly) throw invalid(of(fifoOnly), queue[fifoOnly], 'nothing, except on a FIFO queue')
  const { DeduplicationScope = 'queue' } = queue
  if (DeduplicationScope !== 'queue' && DeduplicationScope !== 'messageGroup') {
    throw invalid(of('DeduplicationScope'), DeduplicationScope, 'queue or messageGroup')
  }
  const shown = withoutEffect.filter(property => queue[property] !== undefined)
  return {
    name,
    fifo,
    contentBasedDeduplication: flagOf(
      of('ContentBasedDeduplication'),
      queue.ContentBasedDeduplication,
      false,
    ),
    deduplicationScope: DeduplicationScope,
    delaySeconds: whole('DelaySeconds', 0, 900, 0),
    visibilityTimeout: whole('VisibilityTimeout', 0, 43_200, 30),
    waitTimeSeconds: whole('ReceiveMessageWaitTimeSeconds', 0, 20, 0),
    retentionSeconds: whole('MessageRetentionPeriod', 60, 1_209_600, 345_600),
    maximumMessageSize: whole('MaximumMessageSize', 1_024, 1_048_576, 262_144),
    redrive: RedrivePolicy === undefined ? undefined : redriveOf(of('RedrivePolicy'), RedrivePolicy, fifo),
    redriveFrom:
      RedriveAllowPolicy === undefined
        ? undefined
        : redriveFrom(of('RedriveAllowPolicy'), RedriveAllowPolicy),
    shown: Object.fromEntries(shown.map(property => [property, String(queue[property])])),
  }
}

function redriveOf(name: string, value: unknown, fifo: boolean): NonNullable<QueueSettings['redrive']> {
  const policy = checkProperties(name, parsed(value), ['deadLetterTargetArn', 'maxReceiveCount'])
  const { deadLetterTargetArn, maxReceiveCount } = policy
  const kind = `the ARN of a ${fifo ? 'FIFO' : 'standard'} queue, as this one is`
  if (typeof deadLetterTargetArn !== 'string' || !/^arn:[\w-]+:sqs:/.test(deadLetterTargetArn)) {
    throw invalid(`${name}.deadLetterTargetArn`, deadLetterTargetArn, kind)
  }
  if (deadLetterTargetArn.endsWith('.fifo') !== fifo) {
    throw invalid(`${name}.deadLetterTargetArn`, deadLetterTargetArn, kind)
  }
  if (maxReceiveCount === undefined)
    throw invalid(`${name}.maxReceiveCount`, maxReceiveCount, 'a number from 1 to 1000')
  return {
    deadLetterArn: deadLetterTargetArn,
    maxReceiveCount: wholeOf(`${name}.maxReceiveCount`, maxReceiveCount, 1, 1_000, 1),
  }
}

function redriveFrom(name: string, value: unknown): readonly string[] | undefined {
  const { redrivePermission, sourceQueueArns = [] } = checkProperties(name, parsed(value), [
    'redrivePermission',
    'sourceQueueArns',
  ])
  if (redrivePermission === 'allowAll') return undefined
  if (redrivePermission === 'denyAll') return []
  if (redrivePermission !== 'byQueue')
    throw invalid(`${name}.redrivePermission`, redrivePermission, 'allowAll, denyAll or byQueue')
  if (Array.isArray(sourceQueueArns) && sourceQueueArns.every(arn => typeof arn === 'string'))
    return sourceQueueArns
  throw invalid(`${name}.sourceQueueArns`, sourceQueueArns, 'a list of ARNs')
}

/** CloudFormation takes policies as objects or as their JSON text. */
function parsed(policy: unknown): unknown {
  if (typeof policy !== 'string') return policy
  try {
    return JSON.parse(policy)
  } catch {
    return policy
  }
}
