import { checkValue, invalid, required, text } from '@breakwater/circuit/shared'
import {
  type BatchRecord,
  type DynamoDbRecord,
  identifierOf,
  type KinesisRecord,
  type SqsRecord,
} from './batch.ts'

/** Where the records of each source have their identifier. */
const identifiers = new Map([
  ['aws:sqs', 'messageId'],
  ['aws:kinesis', 'kinesis.sequenceNumber'],
  ['aws:dynamodb', 'dynamodb.SequenceNumber'],
])

const anyRecord = { messageId: undefined, eventSource: undefined }

/** An SQS record that a test made up may go without its source. */
function sourceOf(record: BatchRecord | null | undefined): unknown {
  const { messageId, eventSource } = (record ?? anyRecord) as Partial<SqsRecord>
  return eventSource ?? (messageId === undefined ? undefined : 'aws:sqs')
}

/**
 * The records of an event, all of one source and each with its identifier.
 *
 * @throws TypeError where they are not, naming the record, what it has and what is allowed.
 */
export function recordsOf<R extends BatchRecord>(
  owner: string,
  event: { readonly Records: readonly R[] },
): readonly R[] {
  const records = event?.Records
  const where = `${owner}: event.Records`
  if (!Array.isArray(records))
    throw invalid(where, records, 'the records of an event of SQS, Kinesis or a DynamoDB stream')
  const first = sourceOf(records[0])
  for (const [index, record] of records.entries()) {
    const source = sourceOf(record)
    const identifier = identifiers.get(source as string)
    if (identifier === undefined)
      throw invalid(`${where}[${index}].eventSource`, source, [...identifiers.keys()].join(', '))
    if (source !== first)
      throw invalid(`${where}[${index}].eventSource`, source, `${first}, as of the first record`)
    checkValue(owner, `event.Records[${index}].${identifier}`, identifierOf(record), required(text))
  }
  return records
}

/** Whether these are records of a stream, of which a failed one is delivered again with all after it. */
export function isStream(records: readonly BatchRecord[]): boolean {
  return records.length > 0 && sourceOf(records[0]) !== 'aws:sqs'
}

/**
 * In what order a record must stay: that of its message group in a FIFO queue, its partition key in Kinesis, its item in
 * DynamoDB. Groups of a standard queue are for fairness and have none.
 */
export function orderOf(record: BatchRecord): string | undefined {
  const { eventSourceARN, attributes, kinesis, dynamodb } = record as SqsRecord &
    KinesisRecord &
    DynamoDbRecord
  if (kinesis) return kinesis.partitionKey
  if (dynamodb?.Keys) return JSON.stringify(dynamodb.Keys)
  return eventSourceARN?.endsWith('.fifo') ? attributes?.MessageGroupId : undefined
}
