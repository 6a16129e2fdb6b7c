import { classify, type Settled, type Verdict } from '@breakwater/circuit'
import { sqsRecords } from './sqs.ts'

/**
 * The verdict on a handler's result; undefined leaves it to the circuit. Lambda handlers report a failure by a status or
 * by a list of failed records rather than by throwing.
 */
export function judge(settled: Settled, event: unknown): Verdict | undefined {
  if (!settled.ok) return isOfOtherMiddleware(settled.error) ? 'ignored' : undefined
  const { value } = settled
  if (typeof value !== 'object' || value === null) return undefined
  const { statusCode, batchItemFailures } = value as { statusCode?: unknown; batchItemFailures?: unknown }
  // Judged as an error, so that its Retry-After counts too.
  if (typeof statusCode === 'number')
    return classify({ ok: false, error: { statusCode, headers: lowered(value) } })
  const records = sqsRecords(event)
  if (records && Array.isArray(batchItemFailures) && batchItemFailures.length >= records.length)
    return 'failure'
  return undefined
}

/** The headers of an API result, whose names come in any case. */
function lowered({ headers }: { headers?: unknown }): Record<string, unknown> {
  const pairs = Object.entries(headers ?? {})
  return Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]))
}

/** Middy's middlewares sign their errors. @middy/core itself signs only that of a handler that ran out of time. */
function isOfOtherMiddleware(error: unknown): boolean {
  const origin = (error as { cause?: { package?: unknown } | null } | null | undefined)?.cause?.package
  return typeof origin === 'string' && origin.startsWith('@middy/') && origin !== '@middy/core'
}
