/** An SQS record: the fields that are read. */
export interface SqsRecord {
  readonly messageId: string
  readonly eventSource?: string
  readonly eventSourceARN?: string
  readonly attributes?: { readonly MessageGroupId?: string | undefined }
}

/** A partial batch response: the records that SQS delivers again. */
export interface BatchResponse {
  batchItemFailures: { itemIdentifier: string }[]
}

/** The records of an SQS batch; undefined for any other event. */
export function sqsRecords(event: unknown): readonly SqsRecord[] | undefined {
  const records = (event as { Records?: unknown } | null | undefined)?.Records
  return Array.isArray(records) && records[0]?.eventSource === 'aws:sqs' ? records : undefined
}

/** The response by which these records have failed. */
export function failed(records: Iterable<SqsRecord>): BatchResponse {
  return { batchItemFailures: Array.from(records, ({ messageId }) => ({ itemIdentifier: messageId })) }
}
