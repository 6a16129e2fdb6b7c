import type { Settled } from './options.ts'

/** What may be a stream, as far as it is needed to end it: a web stream, or one of Node's. */
interface Stream {
  readonly getReader?: unknown
  cancel(): Promise<void>
  readonly readableFlowing?: boolean | null
  on(event: 'error', listener: () => void): Stream
  destroy(): unknown
}

interface Response {
  readonly status?: unknown
  readonly statusCode?: unknown
  readonly $metadata?: unknown
  readonly body?: Stream
  readonly data?: Stream
  readonly Body?: Stream
}

const ignore = () => {}

/** Where responses have their stream: those of fetch, undici and node-fetch, of axios, of S3; those of `http` are one. */
function partsOf(answer: unknown): (Stream | undefined)[] {
  const { body, data, Body } = (answer ?? {}) as Response
  return [answer as Stream, body, data, Body]
}

/**
 * Ends the streams of a response that no caller gets: unread, each would hold its connection until it is collected as
 * garbage. A stream that is being read is left to its reader; so is all that has no status, and may be anything: a
 * connection, say, that other calls share.
 *
 * @param settled how the call ended: with the response, or with an error whose `response` it is.
 * @param answer what the caller gets in place of the response. Streams that it passes on are left alone.
 * @example
 * discard({ ok: true, value: failedResponse }, cachedResponse)
 */
export function discard(settled: Settled, answer?: unknown): void {
  try {
    const response = settled.ok ? settled.value : (settled.error as { response?: unknown }).response
    const { status, statusCode, $metadata } = response as Response
    if ((status ?? statusCode ?? $metadata) === undefined) return
    const kept = partsOf(answer)
    for (const stream of partsOf(response)) {
      if (!stream || kept.includes(stream)) continue
      // `cancel` rejects for a stream that is being read, and for one that broke.
      if (stream.getReader) stream.cancel().catch(ignore)
      // One of Node's that nothing reads yet. An error with which it ends must not end the process.
      else if (stream.readableFlowing === null) stream.on('error', ignore).destroy()
    }
  } catch {
    // No response. An answer may be anything, and have getters that throw.
  }
}

/** The answer of a fallback in place of a call that ended in `settled`. What it does not pass on of that is discarded. */
export async function inPlaceOf<F>(settled: Settled, answering: Promise<F>): Promise<F> {
  try {
    const answer = await answering
    discard(settled, answer)
    return answer
  } catch (error) {
    // What is thrown may be, or hold, the error that the fallback was given.
    if (settled.ok) discard(settled)
    throw error
  }
}
