/** An HTTP response of the API. */
export interface ApiResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: Buffer
}

/**
 * Reads what a function with Lambda proxy integration answered, in JSON; undefined for an answer that API Gateway refuses
 * ("malformed Lambda proxy response").
 */
export function readProxyResponse(json: string): ApiResponse | undefined {
  const answer: unknown = JSON.parse(json)
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
