import { isRejection, type Verdict } from '@breakwater/circuit'
import { isThrottling } from './client-classify.ts'
import type { AwsCall, AwsOutputRule } from './client-options.ts'

/** An output, an input or a part of them. No field is sure to be there, or of a type. */
type Fields = Readonly<Record<string, unknown>>

/** Codes by which a service says that it is at fault, beside those of throttling. */
const serviceFaults = /internal|unavailable/i

/**
 * The rules by which {@link guardClient} judges outputs, by `Service.Operation`. A batch is a failure when nothing of it
 * was done and at least one entry was refused by the service's fault: throttled, by an internal error, or with
 * `SenderFault: false`. While an entry is done, or all were the caller's mistakes, the service works.
 *
 * | command | is a failure when |
 * |---|---|
 * | `Lambda.Invoke` | it has a `FunctionError`: the function threw, timed out or crashed. `Handled` and `Unhandled` count alike, as runtimes say `Unhandled` of whatever a function throws. Ignored where a circuit in the function rejected |
 * | `SFN.StartSyncExecution` | its `status` is `FAILED` or `TIMED_OUT`. Ignored where a circuit in the workflow rejected |
 * | `SQS.SendMessageBatch`, `SQS.DeleteMessageBatch`, `SQS.ChangeMessageVisibilityBatch`, `SNS.PublishBatch` | none is `Successful`, and one of `Failed` was refused by the service's fault |
 * | `EventBridge.PutEvents`, `Kinesis.PutRecords`, `Firehose.PutRecordBatch`, `DynamoDB.BatchExecuteStatement` | every entry has an error, and one of them by the service's fault |
 * | `DynamoDB.BatchWriteItem`, `DynamoDB.BatchGetItem` | everything that was asked for comes back as unprocessed |
 * | `S3.DeleteObjects` | there is one of `Errors` for every object, and one of them by the service's fault |
 *
 * @example
 * // A rule of your own beside these, and one of these taken off
 * guardClient(client, circuits, {
 *   outputRules: {
 *     'ECS.RunTask': ({ tasks }) => (Array.isArray(tasks) && tasks.length === 0 ? 'failure' : undefined),
 *     'Lambda.Invoke': undefined,
 *   },
 * })
 */
export const awsOutputRules: Readonly<Record<string, AwsOutputRule>> = Object.freeze({
  'Lambda.Invoke': ({ FunctionError, Payload }) =>
    FunctionError ? unlessRejected(errorIn(Payload)) : undefined,
  'SFN.StartSyncExecution': ({ status, error }) =>
    status === 'FAILED' || status === 'TIMED_OUT' ? unlessRejected({ error }) : undefined,
  'SQS.SendMessageBatch': noneSuccessful,
  'SQS.DeleteMessageBatch': noneSuccessful,
  'SQS.ChangeMessageVisibilityBatch': noneSuccessful,
  'SNS.PublishBatch': noneSuccessful,
  'EventBridge.PutEvents': ({ Entries }) => failureIf(everyRefused(Entries)),
  'Kinesis.PutRecords': ({ Records }) => failureIf(everyRefused(Records)),
  'Firehose.PutRecordBatch': ({ RequestResponses }) => failureIf(everyRefused(RequestResponses)),
  'DynamoDB.BatchExecuteStatement': ({ Responses }) => failureIf(everyRefused(Responses)),
  'DynamoDB.BatchWriteItem': ({ UnprocessedItems }, { input }) =>
    failureIf(isAll(countOf(UnprocessedItems), countOf(input.RequestItems))),
  'DynamoDB.BatchGetItem': ({ UnprocessedKeys }, { input }) =>
    failureIf(isAll(countOf(UnprocessedKeys), countOf(input.RequestItems))),
  // Asked to be quiet, it does not list what it deleted.
  'S3.DeleteObjects': ({ Errors }, { input }) =>
    failureIf(
      isAll(listOf(Errors).length, listOf((input.Delete as Fields).Objects).length) && everyRefused(Errors),
    ),
} satisfies Record<string, AwsOutputRule>)

/** What a rule says of the output of a call, where it says anything; a rule that throws says nothing. */
export function judgeOutput(
  rule: AwsOutputRule | undefined,
  output: object,
  call: AwsCall,
): Verdict | undefined {
  try {
    const verdict = rule?.(output as Fields, call)
    const outcome = typeof verdict === 'object' ? verdict.outcome : verdict
    return outcome === 'failure' || outcome === 'ignored' ? verdict : undefined
  } catch {
    return undefined
  }
}

function noneSuccessful({ Successful, Failed }: Fields): Verdict | undefined {
  return failureIf(listOf(Successful).length === 0 && everyRefused(Failed))
}

/** Whether all entries have an error, and at least one by the service's fault. Errors of the caller alone say nothing of it. */
function everyRefused(entries: unknown): boolean {
  // No batch of theirs has more.
  const codes = listOf(entries)
    .slice(0, 1_000)
    .map(entry => {
      const { Code, ErrorCode, Error: error, SenderFault } = (entry ?? {}) as Fields
      return { code: Code ?? ErrorCode ?? (error as Fields | undefined)?.Code, ours: SenderFault === false }
    })
  return (
    codes.every(({ code }) => code) &&
    codes.some(({ code, ours }) => ours || isThrottling(code) || serviceFaults.test(String(code)))
  )
}

/** How many items or keys of DynamoDB's batches there are, in lists by table. */
function countOf(byTable: unknown): number {
  const tables = Object.values((byTable ?? {}) as Fields)
  return tables.reduce<number>(
    (sum, table) => sum + listOf(Array.isArray(table) ? table : (table as Fields).Keys).length,
    0,
  )
}

function isAll(undone: number, asked: number): boolean {
  return undone > 0 && undone >= asked
}

/** The error of a function, which Lambda gives as JSON. */
function errorIn(payload: unknown): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload as Uint8Array))
  } catch {
    return undefined
  }
}

/** A call that a circuit further down rejected was not made: it says nothing of what is behind. */
function unlessRejected(error: unknown): Verdict {
  return isRejection(error) ? 'ignored' : 'failure'
}

function failureIf(condition: boolean): Verdict | undefined {
  return condition ? 'failure' : undefined
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
