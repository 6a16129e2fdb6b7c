import type { Clock } from '../clock.ts'

/**
 * Waits for `ms`, by the timers of a clock. Nothing is left behind, neither after the wait nor after an abort.
 *
 * @param ms how long, in ms.
 * @throws the reason of the signal, as soon as it is aborted.
 * @example
 * await pause(1_000, signal, systemClock)
 */
export function pause(ms: number, signal: AbortSignal | undefined, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const aborted = () => {
      clock.clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener('abort', aborted)
      resolve()
    }, ms)
    signal?.addEventListener('abort', aborted, { once: true })
  })
}
