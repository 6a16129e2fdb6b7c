import { classify, type Settled, type Verdict } from '@breakwater/circuit'
import { isHealthy } from '@breakwater/circuit/shared'
import { sqsRecords } from './sqs.ts'

/**
 * The verdict on a handler's result; undefined leaves it to the circuit. Lambda handlers report a failure by a status or
 * by a list of failed records rather than by throwing.
 */
export function judge(settled: Settled, event: unknown): Verdict | undefined {
  try {
    return judgeHandler(settled, event)
  } catch {
    // A getter or a proxy that throws.
    return undefined
  }
}

function judgeHandler(settled: Settled, event: unknown): Verdict | undefined {
  if (!settled.ok) return isOfOtherMiddleware(settled.error) ? 'ignored' : undefined
  const { value } = settled
  if (typeof value !== 'object' || value === null) return undefined
  const { statusCode, headers, multiValueHeaders, batchItemFailures } = value as Partial<
    Record<'statusCode' | 'headers' | 'multiValueHeaders' | 'batchItemFailures', unknown>
  >
  // Judged as an error: a result needs no headers, and a number that is no HTTP status makes API Gateway answer 502.
  if (typeof statusCode === 'number' || isHealthy(statusCode) !== undefined)
    return classify({ ok: false, error: { statusCode, headers, multiValueHeaders } })
  const records = sqsRecords(event)
  if (records && Array.isArray(batchItemFailures) && batchItemFailures.length >= records.length)
    return 'failure'
  return undefined
}

/** Middy's middlewares sign their errors. @middy/core itself signs only that of a handler that ran out of time. */
function isOfOtherMiddleware(error: unknown): boolean {
  const origin = (error as { cause?: { package?: unknown } | null } | null | undefined)?.cause?.package
  return typeof origin === 'string' && origin.startsWith('@middy/') && origin !== '@middy/core'
}
