import type { Readable } from 'node:stream'
import { watchNodeStream } from './fetch-node-body.ts'
import { withBody } from './fetch-response.ts'
import type { Silence } from './silence.ts'

/** How many bytes of a body are read before they are asked for: a small body ends although it is not read. */
const readAhead = 16_384

/** How a body can end: `undefined` for its own end, and that of a reader who wants no more. */
export type Broken = { readonly reason: unknown } | undefined

/** What ends a body before its time, and what waits for its end. */
export interface BodyWatch {
  /** Aborted when the body must end: by the time limit, by a silence, or by the caller. */
  readonly end: AbortSignal
  /** Runs while the dependency is waited for. */
  readonly silence: Silence
  /** Called when `end` comes while the dependency is not waited for: what it has sent is not read. */
  readonly unread: () => void
  /** Called when the body is over, perhaps twice. Its reader sees the end when the promise settles. */
  readonly over: (broken: Broken) => Promise<unknown>
}

/** The response, with a body that is watched; undefined where it has none, or one of an unknown kind. Never throws. */
export function watchBody(response: unknown, watch: BodyWatch): object | undefined {
  try {
    const { body } = response as { readonly body?: Partial<ReadableStream & Readable> | null }
    if (body?.getReader && !body.locked)
      return withBody(response as Response, () => watchStream(body as ReadableStream, watch))
    if (!(body?.pipe && body.push)) return undefined
    watchNodeStream(body as Readable, watch)
    return response as object
  } catch {
    // A response may be anything, and have getters that throw.
    return undefined
  }
}

/** A stream of the same bytes. Only a stream in between sees all ways of reading: `json()`, clones, pipes, BYOB. */
function watchStream(source: ReadableStream, watch: BodyWatch): ReadableStream {
  const ofBytes = isByteStream(source)
  const body = new WatchedBody(source.getReader(), watch)
  return ofBytes
    ? new ReadableStream(Object.assign(body, { type: 'bytes' as const }), { highWaterMark: readAhead })
    : new ReadableStream(body, { highWaterMark: readAhead, size: piece => piece?.byteLength ?? 1 })
}

/** True if a reader may bring its own buffer. */
function isByteStream(stream: ReadableStream): boolean {
  try {
    stream.getReader({ mode: 'byob' }).releaseLock()
    return true
  } catch {
    return false
  }
}

type Controller = ReadableByteStreamController | ReadableStreamDefaultController

/** The source of the stream in between. */
class WatchedBody {
  readonly #source: ReadableStreamDefaultReader
  readonly #watch: BodyWatch
  #controller: Controller | undefined
  #over = false

  constructor(source: ReadableStreamDefaultReader, watch: BodyWatch) {
    this.#source = source
    this.#watch = watch
  }

  start(controller: Controller): void {
    this.#controller = controller
    this.#watch.end.addEventListener('abort', this.#cut)
  }

  async pull(controller: Controller): Promise<void> {
    const { silence } = this.#watch
    silence.begin()
    try {
      let next = await this.#source.read()
      // A stream of bytes takes no empty piece.
      while (next.value?.byteLength === 0) next = await this.#source.read()
      silence.end()
      if (next.done) await this.#finish()
      else controller.enqueue(next.value)
    } catch (reason) {
      silence.end()
      await this.#finish({ reason })
    }
  }

  async cancel(reason: unknown): Promise<void> {
    this.#release()
    await Promise.all([this.#source.cancel(reason), this.#watch.over(undefined)])
  }

  readonly #cut = (): void => {
    const { end, silence, unread } = this.#watch
    const { reason } = end
    if (!silence.waiting) unread()
    void this.#finish({ reason })
    this.#source.cancel(reason).catch(() => {})
  }

  async #finish(broken?: Broken): Promise<void> {
    if (this.#over) return
    this.#release()
    await this.#watch.over(broken)
    const controller = this.#controller!
    if (broken) return controller.error(broken.reason)
    controller.close()
    if ('byobRequest' in controller) controller.byobRequest?.respond(0)
  }

  #release(): void {
    this.#over = true
    this.#watch.silence.end()
    this.#watch.end.removeEventListener('abort', this.#cut)
  }
}
