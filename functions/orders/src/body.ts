import type { APIGatewayProxyEvent } from 'aws-lambda'

/** The maximum size of a body, in bytes. */
const maxBytes = 16_384

/** The parsed JSON body of a request, or what is wrong with it. */
export function readJson(
  event: Pick<APIGatewayProxyEvent, 'body' | 'isBase64Encoded'>,
): { readonly value: unknown } | { readonly problem: string } {
  if (!event.body) return { problem: 'must be JSON; it is empty' }
  const bytes = Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8')
  if (bytes.length > maxBytes) return { problem: `must be at most ${maxBytes} bytes long` }
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) }
  } catch {
    return { problem: 'must be JSON in UTF-8' }
  }
}
