import type { InvocationOutcome } from '../lambda/scheduler.ts'

/** What goes back over HTTP. */
export interface ApiResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: Buffer
}

/** An answer of the API itself, in its own words. */
export function gatewayAnswer(status: number, message: string, errorType: string): ApiResponse {
  return {
    status,
    headers: { 'Content-Type': 'application/json', 'x-amzn-ErrorType': errorType },
    body: Buffer.from(JSON.stringify({ message })),
  }
}

/** The answer in place of one that makes no sense, and of none at all. */
export const malformed = gatewayAnswer(502, 'Internal server error', 'InternalServerErrorException')

/** Turns what became of an invocation into what a REST API with Lambda proxy integration answers. */
export function toResponse(outcome: InvocationOutcome): ApiResponse {
  switch (outcome.kind) {
    case 'answered':
      return fromProxyResponse(JSON.parse(outcome.value)) ?? malformed
    case 'throttled':
      return gatewayAnswer(429, 'Too Many Requests', 'TooManyRequestsException')
    case 'expired':
      return gatewayAnswer(504, 'Endpoint request timed out', 'IntegrationTimeoutException')
    default:
      return malformed
  }
}

/** Undefined if the function's answer is not what API Gateway takes ("malformed Lambda proxy response"). */
function fromProxyResponse(answer: unknown): ApiResponse | undefined {
  if (!isObject(answer)) return undefined
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = answer
  const status = Number(statusCode)
  if (!Number.isInteger(status) || status < 200 || status > 599) return undefined
  if (body !== undefined && body !== null && typeof body !== 'string') return undefined
  if (!isAbsentOrObject(headers) || !isAbsentOrObject(multiValueHeaders)) return undefined
  return {
    status,
    headers: mergeHeaders(headers ?? {}, multiValueHeaders ?? {}),
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  }
}

/** Both kinds together, whatever the case of their names; for a name in both, the values of the second count. */
function mergeHeaders(
  single: Record<string, unknown>,
  multi: Record<string, unknown>,
): ApiResponse['headers'] {
  const merged = new Map<string, [name: string, value: string | string[]]>()
  merged.set('content-type', ['Content-Type', 'application/json'])
  for (const [name, value] of Object.entries(single)) {
    if (value !== null) merged.set(name.toLowerCase(), [name, String(value)])
  }
  for (const [name, values] of Object.entries(multi)) {
    if (Array.isArray(values)) merged.set(name.toLowerCase(), [name, values.map(String)])
  }
  return Object.fromEntries(merged.values())
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isAbsentOrObject(value: unknown): value is Record<string, unknown> | null | undefined {
  return value === undefined || value === null || isObject(value)
}
