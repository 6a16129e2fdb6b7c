import { randomUUID } from 'node:crypto'
import { type MessageAttributes, md5OfBody, type OutgoingMessage, type ReceivedMessage } from './message.ts'

/** A message in a queue. Times are epoch ms. */
export interface Stored {
  readonly id: string
  readonly body: string
  readonly md5OfBody: string
  readonly attributes: MessageAttributes
  readonly groupId: string | undefined
  readonly deduplicationId: string | undefined
  readonly sequenceNumber: string | undefined
  readonly traceHeader: string | undefined
  readonly sentAt: number
  /** What retention counts from. */
  readonly enqueuedAt: number
  readonly deadLetterSource: string | undefined
  /** Until then it is delayed or in flight. */
  visibleAt: number
  /** In all queues it was in. */
  receives: number
  /** In this queue: what redrive counts. */
  receivesHere: number
  firstReceivedAt: number
  receivedAt: number
  /** Proves the last receive; undefined before the first. */
  receipt: string | undefined
}

export function storedOf(
  message: OutgoingMessage,
  added: Pick<Stored, 'sentAt' | 'visibleAt' | 'deduplicationId' | 'sequenceNumber'>,
): Stored {
  return {
    id: randomUUID(),
    body: message.body,
    md5OfBody: md5OfBody(message.body),
    attributes: message.attributes ?? {},
    groupId: message.groupId,
    traceHeader: message.traceHeader,
    enqueuedAt: added.sentAt,
    deadLetterSource: undefined,
    receives: 0,
    receivesHere: 0,
    firstReceivedAt: 0,
    receivedAt: 0,
    receipt: undefined,
    ...added,
  }
}

/** What a consumer gets of it. */
export function receivedOf(message: Stored, receiptHandle: string): ReceivedMessage {
  const optional = {
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    SequenceNumber: message.sequenceNumber,
    AWSTraceHeader: message.traceHeader,
    DeadLetterQueueSourceArn: message.deadLetterSource,
  }
  const given = Object.entries(optional).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return {
    messageId: message.id,
    receiptHandle,
    body: message.body,
    md5OfBody: message.md5OfBody,
    attributes: message.attributes,
    system: {
      ApproximateReceiveCount: String(message.receives),
      SentTimestamp: String(message.sentAt),
      SenderId: 'AIDALOCALLOCALLOCALLO',
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
      ...Object.fromEntries(given),
    },
  }
}
