import { isErrored, PassThrough, pipeline, type Readable } from 'node:stream'

/** How a stream ended: by itself, by an error, or (`undefined`) because no more of it was wanted. */
export type StreamEnd = { readonly ok: true } | { readonly ok: false; readonly error: unknown } | undefined

/** The stream that Middy will write to the caller, if there is one: the response, or its body; and the rest of that. */
function streamIn(response: unknown): { readonly source: Readable; readonly rest?: object } | undefined {
  const { statusCode, body } = (response ?? {}) as { statusCode?: unknown; body?: unknown }
  const source = (statusCode ? body : response) as (ReadableStream & Readable) | null | undefined
  if (typeof (source?.getReader ?? source?.pipe) !== 'function') return undefined
  return { source: source!, ...(source !== response && { rest: { ...(response as object) } }) }
}

/**
 * The response with a stream of the same bytes in it, whose reader sees the end when `over` has settled: Lambda freezes
 * the environment right after.
 *
 * @returns undefined where there is no stream; `stream.destroy()` gives up the one that is.
 */
export function watchStream<R>(
  response: R,
  over: (end: StreamEnd) => Promise<unknown>,
): { readonly response: R; readonly stream: PassThrough } | undefined {
  let found: ReturnType<typeof streamIn>
  try {
    found = streamIn(response)
  } catch {
    // A getter or a proxy that throws.
  }
  if (!found) return undefined
  const { source, rest } = found
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
  return { stream, response: (rest ? { ...rest, body: stream } : stream) as R }
}
