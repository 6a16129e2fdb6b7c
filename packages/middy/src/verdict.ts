import { classify, type Settled, type Verdict } from '@breakwater/circuit'
import { isHealthy } from '@breakwater/circuit/shared'
import { batchOf, isAllFailed, isRejected } from './batch.ts'

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

/** What is read of a handler's result. All of it is unproven. */
interface Result {
  readonly statusCode?: unknown
  readonly headers?: unknown
  readonly multiValueHeaders?: unknown
  readonly batchItemFailures?: unknown
  readonly response?: {
    readonly httpStatusCode?: unknown
    readonly functionResponse?: { readonly responseState?: unknown } | null
  } | null
}

function judgeHandler(settled: Settled, event: unknown): Verdict | undefined {
  if (!settled.ok) return isOfOtherMiddleware(settled.error) ? 'ignored' : undefined
  const { value } = settled
  if (typeof value !== 'object' || value === null) return undefined
  const {
    response,
    // An agent of Bedrock gets its answer in an envelope.
    statusCode = response?.httpStatusCode,
    headers,
    multiValueHeaders,
    batchItemFailures,
  } = value as Result
  if (response?.functionResponse?.responseState === 'FAILURE') return 'failure'
  // Judged as an error: a result needs no headers, and a number that is no HTTP status makes API Gateway answer 502.
  if (typeof statusCode === 'number' || isHealthy(statusCode) !== undefined)
    return classify({ ok: false, error: { statusCode, headers, multiValueHeaders } })
  const batch = batchItemFailures != null && batchOf(event)
  if (!(batch && isAllFailed(batch, batchItemFailures))) return undefined
  return isRejected(value) ? 'ignored' : 'failure'
}

/** Middy's middlewares sign their errors. @middy/core itself signs only that of a handler that ran out of time. */
function isOfOtherMiddleware(error: unknown): boolean {
  const origin = (error as { cause?: { package?: unknown } | null } | null | undefined)?.cause?.package
  return typeof origin === 'string' && origin.startsWith('@middy/') && origin !== '@middy/core'
}
