import { type Circuit, type Clock, type FallbackContext, systemClock } from '@breakwater/circuit'
import { deadlineOf, type TimedContext } from '@breakwater/circuit/shared'
import { type BatchResponse, failed, type SqsRecord } from './sqs.ts'

/** What is needed of a circuit that guards records. */
export type RecordGuard = Pick<Circuit, 'run'>

/** Options of {@link guardRecords}. */
export interface GuardRecordsOptions<R extends SqsRecord = SqsRecord> {
  /** Of the invocation: no record is begun when its time is about to end, and each call's signal ends with it. */
  readonly context?: TimedContext
  /** How long before the platform's deadline the batch must be over, in ms. @default 500 */
  readonly marginMs?: number
  /** Takes care of a record that was rejected or has failed; the record then counts as done. */
  readonly fallback?: (record: R, error: unknown, context: FallbackContext) => unknown
  /** Told why a record is returned as failed; not of those that only wait behind another of their group. */
  readonly onFailure?: (record: R, error: unknown) => void
  /** The clock of the circuit, in tests. @default the machine's */
  readonly clock?: Clock
}

/**
 * Handles each record of an SQS batch through a circuit, one after the other, and returns exactly those that were
 * rejected, failed or not begun in time: SQS delivers them again. In a FIFO queue nothing overtakes a failed record
 * of its own message group. The event source mapping must have `ReportBatchItemFailures`, or SQS takes all for done.
 *
 * @param circuit the circuit, or what finds it for a record: `(record) => tenants.for(tenantOf(record))`.
 * @param handle handles one record; what it throws makes the record fail and is judged by the circuit's `classify`.
 * @example
 * export const handler = (event: SQSEvent, context: Context) =>
 *   guardRecords(payments, event, (record, signal) => charge(JSON.parse(record.body), signal), { context })
 */
export async function guardRecords<R extends SqsRecord>(
  circuit: RecordGuard | ((record: R) => RecordGuard),
  event: { readonly Records: readonly R[] },
  handle: (record: R, signal: AbortSignal) => unknown,
  options: GuardRecordsOptions<R> = {},
): Promise<BatchResponse> {
  const { context, marginMs = 500, fallback, onFailure, clock = systemClock } = options
  const deadline = deadlineOf(context, marginMs, clock.now())
  const limits = deadline === undefined ? {} : { deadline }
  const blocked = new Set<string>()
  const undone: R[] = []
  for (const record of event.Records) {
    const group = groupOf(record)
    if (group !== undefined && blocked.has(group)) {
      undone.push(record)
      continue
    }
    try {
      const guard = typeof circuit === 'function' ? circuit(record) : circuit
      // An open circuit rejects in microseconds, so each record asks: the circuit may close, or want a probe. Past the
      // deadline it refuses too, without calling.
      await guard.run(async signal => void (await handle(record, signal)), {
        ...limits,
        ...(fallback && { fallback: (error, why) => fallback(record, error, why) }),
      })
    } catch (error) {
      undone.push(record)
      if (group !== undefined) blocked.add(group)
      try {
        onFailure?.(record, error)
      } catch {
        // The answer to SQS decides what is delivered again: an observer must not spoil it.
      }
    }
  }
  return failed(undone)
}

/** The order to keep. Standard queues may have groups as well, for fairness, but no order. */
function groupOf({ eventSourceARN, attributes }: SqsRecord): string | undefined {
  return eventSourceARN?.endsWith('.fifo') ? attributes?.MessageGroupId : undefined
}
