import { type Circuit, type Clock, type FallbackContext, systemClock } from '@breakwater/circuit'
import {
  aFunction,
  anObject,
  type Check,
  type Checks,
  checkOptions,
  checkValue,
  deadlineOf,
  numberBetween,
  objectWith,
  required,
  type TimedContext,
} from '@breakwater/circuit/shared'
import { type BatchResponse, failed, type SqsRecord } from './batch.ts'

/** The part of a circuit that {@link guardRecords} uses. */
export type RecordGuard = Pick<Circuit, 'run'>

/** Options of {@link guardRecords}. */
export interface GuardRecordsOptions<R extends SqsRecord = SqsRecord> {
  /** The context of the invocation: no record is begun shortly before its deadline, and every call's signal aborts then. */
  readonly context?: TimedContext
  /** How long before the platform's deadline the batch must be over, in ms. @default 500 */
  readonly marginMs?: number
  /** Handles a record that was rejected or has failed; the record then counts as done. */
  readonly fallback?: (record: R, error: unknown, context: FallbackContext) => unknown
  /** Called with the reason a record is returned as failed; not for records that only wait behind another of their group. */
  readonly onFailure?: (record: R, error: unknown) => void
  /** The clock of the circuit, in tests. @default the machine's */
  readonly clock?: Clock
}

const owner = 'guardRecords'
const records: Check = { allowed: 'the records of an SQS event', good: Array.isArray }
const checks: Checks<GuardRecordsOptions> = {
  context: anObject,
  marginMs: numberBetween(0, 900_000),
  fallback: aFunction,
  onFailure: aFunction,
  clock: objectWith('a Clock', 'now', 'setTimeout'),
}

/**
 * Handles each record of an SQS batch through a circuit, one after the other, and returns exactly those that were
 * rejected, failed or not begun in time: SQS delivers them again. In a FIFO queue no record overtakes a failed
 * one of its message group. The event source mapping must have `ReportBatchItemFailures`, or SQS deletes the batch.
 *
 * @param circuit the circuit, or a function that finds it for a record: `(record) => tenants.for(tenantOf(record))`.
 * @param handle handles one record; an error makes the record fail and is judged by the circuit's `classify`.
 * @throws TypeError for a bad argument or option, naming it, its value and what is allowed.
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
  if (typeof circuit !== 'function')
    checkValue(owner, 'circuit', circuit, required(objectWith('a Circuit, or a function', 'run')))
  checkValue(owner, 'event.Records', event?.Records, required(records))
  checkValue(owner, 'handle', handle, required(aFunction))
  const {
    context,
    marginMs = 500,
    fallback,
    onFailure,
    clock = systemClock,
  } = checkOptions(owner, options, checks)
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
      // An open circuit rejects in microseconds, so each record asks it: it may have closed, or need a probe. Past the
      // deadline it rejects too, without calling.
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
        // The answer to SQS decides what is delivered again, so an observer must not prevent it.
      }
    }
  }
  return failed(undone.map(({ messageId }) => messageId))
}

/** The message group whose order is kept. Groups of a standard queue are for fairness and have no order. */
function groupOf({ eventSourceARN, attributes }: SqsRecord): string | undefined {
  return eventSourceARN?.endsWith('.fifo') ? attributes?.MessageGroupId : undefined
}
