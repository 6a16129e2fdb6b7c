import type { IncomingMessage } from 'node:http'

/**
 * Reads a request's body; undefined if it is longer than `maxBytes`. It is then read to its end all the
 * same and thrown away: a client that is still sending when the connection closes never sees the answer.
 *
 * @example
 * const body = await readBody(request, 65_536)
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  let chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > maxBytes) chunks = []
    else chunks.push(chunk)
  }
  return length > maxBytes ? undefined : Buffer.concat(chunks)
}
