import { isErrored, PassThrough, pipeline, type Readable } from 'node:stream'

/** How a stream ended: by itself, by an error, or (`undefined`) because no more of it was wanted. */
export type StreamEnd = { readonly ok: true } | { readonly ok: false; readonly error: unknown } | undefined

/**
 * The response with a stream of the same bytes in place of the one that Middy will write to the caller: the response, or
 * its body. Its reader sees the end when `over` has settled, since Lambda freezes the environment right after.
 *
 * @returns undefined where there is no stream; `stream.destroy()` gives up the one that is.
 */
export function watchStream<R>(
  response: R,
  over: (end: StreamEnd) => Promise<unknown>,
): { readonly response: R; readonly stream: PassThrough } | undefined {
  let source: ReadableStream & Readable
  let copy: { body: unknown } | undefined
  try {
    const { statusCode, body } = response as { statusCode?: unknown; body?: unknown }
    source = (statusCode ? body : response) as typeof source
    if (!(source.getReader ?? source.pipe)) return undefined
    if (statusCode) copy = { ...(response as object), body }
  } catch {
    // No stream, or one among getters that throw.
    return undefined
  }
  const stream = new PassThrough({
    flush: done => void over({ ok: true }).then(() => done()),
    destroy(error, done) {
      const broke = isErrored(source) || (source.destroyed && !source.readableEnded)
      void over(broke ? { ok: false, error } : undefined).then(() => done(error))
    },
  })
  // Where it ends with an error, and is read by nothing.
  stream.on('error', () => {})
  pipeline(source, stream, () => {})
  if (copy) copy.body = stream
  return { stream, response: (copy ?? stream) as R }
}
