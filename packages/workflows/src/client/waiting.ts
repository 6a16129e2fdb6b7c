import { type Clock, classify } from '@breakwater/circuit'

/** What ends some work before its time. */
export interface Bounds {
  readonly clock: Clock
  /** In ms. @default none */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Makes the error of the time limit. */
  readonly late: () => unknown
}

/**
 * Does some work with a signal of its own, which follows the caller's and the time limit. Whichever ends first settles
 * it; no timer and no listener stays.
 */
export async function within<T>(bounds: Bounds, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, timeoutMs, signal, late } = bounds
  signal?.throwIfAborted()
  const controller = new AbortController()
  let timer: unknown
  let aborted: (() => void) | undefined
  const ended = new Promise<never>((_, reject) => {
    const end = (reason: unknown) => {
      reject(reason)
      controller.abort(reason)
    }
    if (timeoutMs !== undefined) timer = clock.setTimeout(() => end(late()), timeoutMs)
    aborted = () => end(signal?.reason)
    signal?.addEventListener('abort', aborted)
  })
  try {
    return await Promise.race([work(controller.signal), ended])
  } finally {
    if (timer !== undefined) clock.clearTimeout(timer)
    if (aborted) signal?.removeEventListener('abort', aborted)
  }
}

/** Waits; an abort of the signal ends it by its reason. */
export function sleep(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      signal.removeEventListener('abort', aborted)
      resolve()
    }
    const aborted = () => {
      clock.clearTimeout(timer)
      reject(signal.reason)
    }
    if (signal.aborted) return reject(signal.reason)
    const timer = clock.setTimeout(done, ms)
    signal.addEventListener('abort', aborted, { once: true })
  })
}

/** Waits between polls, in ms: they double from the first to the longest. */
const firstMs = 250
const longestMs = 5_000
/** So many polls in a row may fail by what passes: throttling, a broken connection, an answer of 5xx. */
const mostLost = 5

/** What a poll looks at. */
interface Polled {
  readonly status?: string | undefined
}

/**
 * Polls until an execution has ended. A poll that fails in passing is one that brought nothing.
 *
 * @throws what the last poll threw, or the reason of `signal`.
 */
export async function pollUntilEnd<T extends Polled>(
  poll: () => Promise<T>,
  { clock, random, signal }: { clock: Clock; random: () => number; signal: AbortSignal },
): Promise<T> {
  let lost = 0
  for (let delayMs = firstMs; ; delayMs = Math.min(longestMs, delayMs * 2)) {
    try {
      const polled = await poll()
      if (polled.status !== 'RUNNING' && polled.status !== 'PENDING_REDRIVE') return polled
      lost = 0
    } catch (error) {
      if (signal.aborted || ++lost > mostLost || !passes(error)) throw error
    }
    // Spread, so that many who started together do not poll together.
    await sleep(delayMs * (0.5 + random() / 2), clock, signal)
  }
}

/** Whether the service, and not the request, is what failed. */
function passes(error: unknown): boolean {
  return classify({ ok: false, error }) !== 'success'
}
