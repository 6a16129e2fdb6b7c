import { isBinary, type MessageAttribute, md5OfAttributes, type ReceivedMessage } from './message.ts'
import type { Queue } from './queue.ts'

/** One record of an {@link SqsEvent}. */
export interface SqsRecord {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly attributes: Readonly<Record<string, string>>
  readonly messageAttributes: Readonly<Record<string, SqsRecordAttribute>>
  readonly md5OfBody: string
  readonly md5OfMessageAttributes?: string
  readonly eventSource: 'aws:sqs'
  readonly eventSourceARN: string
  readonly awsRegion: string
}

/** A message attribute, in Lambda's shape. */
export interface SqsRecordAttribute {
  readonly stringValue?: string
  readonly binaryValue?: string
  readonly stringListValues: never[]
  readonly binaryListValues: never[]
  readonly dataType: string
}

/** The event of an event source mapping. */
export interface SqsEvent {
  readonly Records: readonly SqsRecord[]
}

/** Makes the event of messages received from a queue. */
export function sqsEventOf(queue: Queue, messages: readonly ReceivedMessage[]): SqsEvent {
  return { Records: messages.map(message => recordOf(queue, message)) }
}

function recordOf({ arn }: Queue, message: ReceivedMessage): SqsRecord {
  const { messageId, receiptHandle, body, system, attributes, md5OfBody } = message
  const md5 = md5OfAttributes(attributes)
  return {
    messageId,
    receiptHandle,
    body,
    attributes: system,
    messageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, attribute]) => [name, attributeOf(attribute)]),
    ),
    md5OfBody,
    ...(md5 !== undefined && { md5OfMessageAttributes: md5 }),
    eventSource: 'aws:sqs',
    eventSourceARN: arn,
    awsRegion: arn.split(':')[3] ?? '',
  }
}

function attributeOf(attribute: MessageAttribute): SqsRecordAttribute {
  const value = isBinary(attribute)
    ? { binaryValue: attribute.BinaryValue ?? '' }
    : { stringValue: attribute.StringValue ?? '' }
  return { ...value, stringListValues: [], binaryListValues: [], dataType: attribute.DataType }
}

/**
 * The ids of the messages that a function's answer reports as failed; undefined if the answer is not understood, which
 * Lambda takes for a failure of the whole batch.
 */
export function failuresOf(answer: unknown, { Records }: SqsEvent): ReadonlySet<string> | undefined {
  if (answer === undefined || answer === null) return new Set()
  if (typeof answer !== 'object' || Array.isArray(answer)) return undefined
  const { batchItemFailures = [] } = answer as { batchItemFailures?: unknown }
  if (batchItemFailures === null) return new Set()
  if (!Array.isArray(batchItemFailures)) return undefined
  const ids = batchItemFailures.map(item => (item as { itemIdentifier?: unknown } | null)?.itemIdentifier)
  const sent = new Set<unknown>(Records.map(({ messageId }) => messageId))
  return ids.every(id => sent.has(id)) ? new Set(ids as string[]) : undefined
}
