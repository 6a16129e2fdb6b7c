import type { CircuitOpenError } from '@breakwater/circuit'
import { failed, sqsRecords } from './sqs.ts'

interface HttpLike {
  readonly httpMethod?: unknown
  readonly requestContext?: { readonly http?: { readonly method?: unknown } }
  readonly type?: unknown
}

/** How an open circuit answers an event by default; undefined for events that have no such answer. */
export function rejection(event: unknown, error: CircuitOpenError): unknown {
  if (isHttp(event)) return unavailable(error)
  const records = sqsRecords(event)
  return records && failed(records)
}

/** True for REST and HTTP APIs, function URLs and load balancers. An authorizer's event has a type, and needs a policy. */
function isHttp(event: unknown): boolean {
  const { httpMethod, requestContext, type } = (event ?? {}) as HttpLike
  return type === undefined && typeof (httpMethod ?? requestContext?.http?.method) === 'string'
}

// The circuit's name and the reason are for logs: they would show a caller what is behind the API.
function unavailable({ retryAfterMs }: CircuitOpenError) {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000))
  return {
    statusCode: 503,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'Retry-After': String(seconds),
    },
    body: JSON.stringify({
      error: 'CircuitOpen',
      message: `Temporarily unavailable; retry in ${seconds} s`,
      retryAfterMs,
    }),
  }
}
