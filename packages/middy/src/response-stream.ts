import type { PassThrough, Readable } from 'node:stream'

/** How a stream ended: by itself, by an error, or (`undefined`) because no more of it was wanted. */
export type StreamEnd = { readonly ok: true } | { readonly ok: false; readonly error: unknown } | undefined

/** A response that is a stream, or a copy of one with a stream for its body. */
export interface Streamed {
  readonly source: Partial<ReadableStream> & Readable
  readonly copy: { body: unknown } | undefined
}

const ignore = () => {}

/** What Middy will write to the caller as a stream: the response, or its body. Undefined where it is none. */
export function streamed(response: unknown): Streamed | undefined {
  try {
    const { statusCode, body } = response as { statusCode?: unknown; body?: unknown }
    const source = (statusCode ? body : response) as Streamed['source']
    if (!(source.getReader ?? source.pipe)) return undefined
    return { source, copy: statusCode ? { ...(response as object), body } : undefined }
  } catch {
    // No stream, or one among getters that throw.
    return undefined
  }
}

/**
 * The response with a stream of the same bytes in place of its own. Its reader sees the end when `over` has settled, since
 * Lambda freezes the environment right after.
 *
 * @returns the response, and its stream: `stream.destroy()` gives up its source.
 */
export async function watchStream(
  { source, copy }: Streamed,
  over: (end: StreamEnd) => Promise<unknown>,
): Promise<{ readonly response: unknown; readonly stream: PassThrough }> {
  // It may break before anything reads it. Streams of the web have no such events.
  if (!source.getReader) source.on('error', ignore)
  // Here, and not with the module: it would be a third of a cold start.
  const { isErrored, PassThrough, pipeline } = await import('node:stream')
  const stream = new PassThrough({
    flush: done => void over({ ok: true }).then(() => done()),
    destroy(error, done) {
      const broke = isErrored(source) || (source.destroyed && !source.readableEnded)
      void over(broke ? { ok: false, error } : undefined).then(() => done(error))
    },
  })
  // Where it ends with an error, and is read by nothing.
  stream.on('error', ignore)
  pipeline(source, stream, ignore)
  if (copy) copy.body = stream
  return { stream, response: copy ?? stream }
}
