/** A record of an SQS queue: the fields that are read. */
export interface SqsRecord {
  readonly messageId: string
  readonly eventSource?: string | undefined
  readonly eventSourceARN?: string | undefined
  readonly attributes?: { readonly MessageGroupId?: string | undefined } | undefined
}

/** A record of a Kinesis stream: the fields that are read. */
export interface KinesisRecord {
  readonly eventSource: string
  readonly kinesis: { readonly sequenceNumber: string; readonly partitionKey: string }
}

/** A record of a DynamoDB stream: the fields that are read. */
export interface DynamoDbRecord {
  readonly eventSource?: string | undefined
  readonly eventName?: 'INSERT' | 'MODIFY' | 'REMOVE' | undefined
  readonly dynamodb?:
    | { readonly SequenceNumber?: string | undefined; readonly Keys?: object | undefined }
    | undefined
}

/** A record of a source whose handler answers which records have failed. */
export type BatchRecord = SqsRecord | KinesisRecord | DynamoDbRecord

/**
 * A partial batch response: the records that are delivered again. Of a stream it names the first, and all after it are
 * delivered again too.
 */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: string }[]
}

/** The sources whose records have an identifier in a partial batch response. */
const sources = /^aws:(sqs|kinesis|dynamodb)$/

/** A batch of one of the sources: the identifiers of its records, in order. */
export interface Batch {
  readonly ids: readonly string[]
  /** True where a failed record is delivered again with all after it. */
  readonly stream: boolean
}

/** The batch in an event; undefined for any other event. */
export function batchOf(event: unknown): Batch | undefined {
  const records = (event as { Records?: unknown } | null | undefined)?.Records
  const source = Array.isArray(records) && records[0]?.eventSource
  if (!sources.test(source)) return undefined
  return { ids: (records as BatchRecord[]).map(identifierOf), stream: source !== 'aws:sqs' }
}

/** By what a partial batch response names a record. */
export function identifierOf(record: BatchRecord): string {
  const { messageId, kinesis, dynamodb } = record as SqsRecord & KinesisRecord & DynamoDbRecord
  return messageId ?? kinesis?.sequenceNumber ?? dynamodb?.SequenceNumber
}

/** The response by which these records have failed. */
export function failed(ids: readonly string[]): BatchResponse {
  return { batchItemFailures: ids.map(itemIdentifier => ({ itemIdentifier })) }
}

/**
 * Whether a handler's list of failures brings the whole batch again, by the rules of the event source mapping: so does
 * one identifier that is empty, missing or of no record, and a list that is none; of a stream, that of the first record.
 */
export function isAllFailed({ ids, stream }: Batch, batchItemFailures: unknown): boolean {
  if (!Array.isArray(batchItemFailures)) return true
  const known = new Set(ids)
  // A record that is named twice has failed once.
  const named = new Set(batchItemFailures.map(item => item?.itemIdentifier))
  if ([...named].some(id => !known.has(id))) return true
  return stream ? named.has(ids[0]) : named.size === known.size
}

const rejection = Symbol.for('breakwater.rejection')

/** Marks an answer whose records a circuit rejected, or were not started: it says nothing of what another circuit guards. */
export function rejected(answer: BatchResponse): BatchResponse {
  return Object.defineProperty(answer, rejection, { value: true })
}

export function isRejected(answer: object): boolean {
  return rejection in answer
}
