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
