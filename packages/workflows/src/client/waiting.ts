import type { Clock } from '@breakwater/circuit'

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
