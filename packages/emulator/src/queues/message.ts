import { createHash, randomUUID } from 'node:crypto'
import { queueError } from './errors.ts'

/** A message attribute, in the protocol's shape. */
export interface MessageAttribute {
  /** `String`, `Number` or `Binary`, with or without a label: `Number.float`. */
  readonly DataType: string
  readonly StringValue?: string
  /** Base64. */
  readonly BinaryValue?: string
}

/** Message attributes by name. */
export type MessageAttributes = Readonly<Record<string, MessageAttribute>>

/** A message as a producer sends it. Times are seconds, as everywhere in SQS. */
export interface OutgoingMessage {
  readonly body: string
  /** @default none */
  readonly attributes?: MessageAttributes
  /** @default the queue's own delay */
  readonly delaySeconds?: number
  /** A FIFO queue needs it. */
  readonly groupId?: string
  /** For FIFO queues. @default the body's hash, on a queue with ContentBasedDeduplication */
  readonly deduplicationId?: string
  /** X-Ray's. @default none */
  readonly traceHeader?: string
}

/** The answer to a producer. */
export interface SentMessage {
  readonly messageId: string
  readonly md5OfBody: string
  readonly md5OfAttributes: string | undefined
  /** On FIFO queues. */
  readonly sequenceNumber: string | undefined
}

/** A message as a consumer receives it. */
export interface ReceivedMessage {
  readonly messageId: string
  readonly receiptHandle: string
  readonly body: string
  readonly md5OfBody: string
  /** The system's attributes: SentTimestamp, ApproximateReceiveCount, MessageGroupId and the like. */
  readonly system: Readonly<Record<string, string>>
  readonly attributes: MessageAttributes
}

/** The MD5 of a body, in hex. */
export function md5OfBody(body: string): string {
  return createHash('md5').update(body).digest('hex')
}

/** The MD5 of attributes as the SDKs check it; undefined where there are none. */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const entries = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))
  if (entries.length === 0) return undefined
  const hash = createHash('md5')
  const part = (bytes: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    hash.update(length).update(bytes)
  }
  for (const [name, attribute] of entries) {
    part(Buffer.from(name))
    part(Buffer.from(attribute.DataType))
    hash.update(Buffer.of(isBinary(attribute) ? 2 : 1))
    part(bytesOf(attribute))
  }
  return hash.digest('hex')
}

/** Bytes a message counts with: its body, and names, types and values of its attributes. */
export function sizeOf(body: string, attributes: MessageAttributes = {}): number {
  return Object.entries(attributes).reduce(
    (sum, [name, attribute]) =>
      sum + Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + bytesOf(attribute).length,
    Buffer.byteLength(body),
  )
}

export function isBinary({ DataType }: MessageAttribute): boolean {
  return DataType.startsWith('Binary')
}

function bytesOf(attribute: MessageAttribute): Buffer {
  return isBinary(attribute)
    ? Buffer.from(attribute.BinaryValue ?? '', 'base64')
    : Buffer.from(attribute.StringValue ?? '')
}

/** A message in a queue. Times are epoch ms. */
export interface StoredMessage {
  readonly id: string
  readonly body: string
  readonly md5OfBody: string
  readonly attributes: MessageAttributes
  readonly groupId: string | undefined
  readonly deduplicationId: string | undefined
  readonly sequenceNumber: string | undefined
  readonly traceHeader: string | undefined
  readonly sentAt: number
  /** The retention period begins here. */
  readonly enqueuedAt: number
  readonly deadLetterSource: string | undefined
  /** Until then it is delayed or in flight. */
  visibleAt: number
  /** In all queues it was in. */
  receives: number
  /** In this queue, as redrive counts. */
  receivesHere: number
  firstReceivedAt: number
  receivedAt: number
  /** Proves the last receive; undefined before the first. */
  receipt: string | undefined
}

export function toStored(
  message: OutgoingMessage,
  added: Pick<StoredMessage, 'sentAt' | 'visibleAt' | 'deduplicationId' | 'sequenceNumber'>,
): StoredMessage {
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

/** The message as a consumer receives it. */
export function toReceived(message: StoredMessage, receiptHandle: string): ReceivedMessage {
  const optional = {
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    SequenceNumber: message.sequenceNumber,
    AWSTraceHeader: message.traceHeader,
    DeadLetterQueueSourceArn: message.deadLetterSource,
  }
  const present = Object.entries(optional).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
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
      ...Object.fromEntries(present),
    },
  }
}

/** The handle by which a consumer deletes a message, made of queue, message and receive. */
export function receiptHandleOf(queue: string, { id, receipt }: StoredMessage): string {
  return Buffer.from(`${queue} ${id} ${receipt}`).toString('base64')
}

/** @throws ServiceError ReceiptHandleIsInvalid for a text that is no handle of this queue. */
export function readReceiptHandle(queue: string, receiptHandle: string): { id: string; receipt: string } {
  const [name, id = '', receipt, ...more] = Buffer.from(String(receiptHandle), 'base64').toString().split(' ')
  if (name === queue && receipt !== undefined && more.length === 0) return { id, receipt }
  throw queueError(
    'ReceiptHandleIsInvalid',
    `The input receipt handle "${receiptHandle}" is not a valid receipt handle.`,
  )
}
