import {
  type Circuit,
  type Clock,
  type FallbackContext,
  isCallTimeoutError,
  systemClock,
} from '@breakwater/circuit'
import {
  aFunction,
  anObject,
  type Checks,
  checkOptions,
  checkValue,
  count,
  deadlineOf,
  numberBetween,
  objectWith,
  required,
  type TimedContext,
} from '@breakwater/circuit/shared'
import { type BatchRecord, type BatchResponse, identifierOf } from './batch.ts'
import { inLanes } from './lanes.ts'
import { RecordNotStartedError } from './not-started.ts'
import { orderOf, recordsOf } from './sources.ts'
import { Undone } from './undone.ts'

/** The part of a circuit that {@link guardRecords} uses. */
export type RecordGuard = Pick<Circuit, 'run'>

/** Options of {@link guardRecords}. */
export interface GuardRecordsOptions<R extends BatchRecord = BatchRecord> {
  /** The context of the invocation: no record is started shortly before its deadline, and every call's signal aborts then. */
  readonly context?: TimedContext
  /** How long before the platform's deadline the batch must be over, in ms. @default 500 */
  readonly marginMs?: number
  /**
   * How many records are handled at once, a whole number from 1 on. Those of one message group of a FIFO queue, one
   * partition key of Kinesis or one item of DynamoDB stay one after the other. @default 1
   */
  readonly concurrency?: number
  /** Handles a record that was rejected or has failed; the record then counts as done. Not asked of one that was not started. */
  readonly fallback?: (record: R, error: unknown, context: FallbackContext) => unknown
  /**
   * Called with the reason why a record is returned: what handling it threw, the circuit's rejection, or a
   * `RecordNotStartedError` where the time was up. Not for records that only wait behind another one. What it throws
   * is ignored, and it is not waited for.
   */
  readonly onFailure?: (record: R, error: unknown) => void
  /** The clock of the circuit, in tests. @default the machine's */
  readonly clock?: Clock
}

const owner = 'guardRecords'
const aCircuit = required(objectWith('a Circuit, or a function that returns one', 'run'))
const checks: Checks<GuardRecordsOptions> = {
  context: anObject,
  marginMs: numberBetween(0, 900_000),
  concurrency: count,
  fallback: aFunction,
  onFailure: aFunction,
  clock: objectWith('a Clock', 'now', 'setTimeout'),
}

/**
 * Handles each record of a batch through a circuit, and returns the answer that the event source expects. The event source
 * mapping must have `ReportBatchItemFailures`, or it ignores the answer and what failed is lost.
 *
 * - SQS: the answer names exactly those records that were rejected, failed or not started in time; they are delivered
 *   again. In a FIFO queue no record overtakes a failed one of its message group.
 * - Kinesis and DynamoDB streams: the answer names the first such record, and it and all after it are delivered again. So no
 *   record after it is started any more; one that is under way, with a `concurrency` above 1, is handled twice then.
 *
 * @param circuit the circuit, or a function that finds it for a record: `(record) => tenants.for(tenantOf(record))`.
 * @param event an event of SQS, Kinesis or a DynamoDB stream.
 * @param handle handles one record; an error makes the record fail and is judged by the circuit's `classify`.
 * @throws TypeError for an event of another source, and for a bad argument or option, naming it, its value and what is
 *   allowed.
 * @example
 * export const handler = (event: SQSEvent, context: Context) =>
 *   guardRecords(payments, event, (record, signal) => charge(JSON.parse(record.body), signal), { context, concurrency: 5 })
 */
export async function guardRecords<R extends BatchRecord>(
  circuit: RecordGuard | ((record: R) => RecordGuard),
  event: { readonly Records: readonly R[] },
  handle: (record: R, signal: AbortSignal) => unknown,
  options: GuardRecordsOptions<R> = {},
): Promise<BatchResponse> {
  if (typeof circuit !== 'function') checkValue(owner, 'circuit', circuit, aCircuit)
  const records = recordsOf(owner, event)
  checkValue(owner, 'handle', handle, required(aFunction))
  const {
    context,
    marginMs = 500,
    concurrency = 1,
    fallback,
    onFailure,
    clock = systemClock,
  } = checkOptions(owner, options, checks)
  const deadline = deadlineOf(context, marginMs, clock.now())
  const limits = deadline === undefined ? {} : { deadline }
  const undone = new Undone(records)

  await inLanes(records, orderOf, concurrency, async (record, index) => {
    if (undone.includesAfter(record, index)) return
    let started = false
    const notStarted = (error: unknown) => !started && isCallTimeoutError(error)
    try {
      const guard = typeof circuit === 'function' ? circuit(record) : circuit
      checkValue(owner, 'circuit', guard, aCircuit)
      // An open circuit rejects in microseconds, so each record asks it: it may have closed, or need a probe. Past the
      // deadline it refuses too, without calling.
      await guard.run(
        async signal => {
          started = true
          await handle(record, signal)
        },
        {
          ...limits,
          ...(fallback && {
            fallback: (error, why) => {
              if (notStarted(error)) throw error
              return fallback(record, error, why)
            },
          }),
        },
      )
    } catch (caught) {
      const error = notStarted(caught) ? new RecordNotStartedError(identifierOf(record)) : caught
      undone.add(record, index, error)
      report(onFailure, record, error)
    }
  })
  return undone.answer()
}

/** The answer decides what is delivered again, so an observer must not prevent it. */
function report<R>(
  onFailure: ((record: R, error: unknown) => unknown) | undefined,
  record: R,
  error: unknown,
) {
  try {
    Promise.resolve(onFailure?.(record, error)).catch(() => {})
  } catch {
    // As above.
  }
}
