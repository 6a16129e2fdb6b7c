/** Time, as a circuit sees it. Replace it in tests with the virtual clock of `@breakwater/circuit/testing`. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Calls back once after `ms`; returns what `clearTimeout` takes. */
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
}

/**
 * The machine's own time.
 *
 * @example
 * const inAnHour: Clock = { ...systemClock, now: () => Date.now() + 3_600_000 }
 */
export const systemClock: Clock = {
  // Looked up at each call, as the timers are: tests replace them all.
  now: () => Date.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: handle => clearTimeout(handle as Parameters<typeof clearTimeout>[0]),
}

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
