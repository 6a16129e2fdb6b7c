import type { CircuitScope } from './scope.ts'

/** A call that failed, as far as it matters to whether it is made again. Times are epoch ms. */
export interface FailedAttempt {
  /** 1 for the first one. */
  readonly attempt: number
  /** The Retry-After of the dependency, in ms; 0 without one. */
  readonly retryAfterMs: number
  /** Calls of this circuit within its `windowMs`, attempts included. */
  readonly calls: number
  readonly now: number
  /** When the work must be over; Infinity without a deadline. */
  readonly deadline: number
  /** The caller's. */
  readonly signal: AbortSignal | undefined
}

/** Decides for one circuit whether a failed call is made again. */
export interface ActiveRetry {
  /** Whether a call is idempotent that does not say. */
  readonly idempotent: boolean
  /**
   * Waits until the next attempt may be made, and returns true; false, at once, where none is to be made.
   *
   * @throws the reason of the caller's signal, as soon as it is aborted.
   */
  again(failed: FailedAttempt): Promise<boolean>
}

/**
 * Makes the {@link ActiveRetry} of a circuit; each circuit asks for one of its own. `retry` of `@breakwater/guards` is one.
 *
 * @example
 * const onceMore: RetryPolicy = () => ({ idempotent: false, again: async ({ attempt }) => attempt === 1 })
 */
export type RetryPolicy = (scope: CircuitScope) => ActiveRetry

/** Sheds a share of one circuit's calls. */
export interface ActiveThrottle {
  /** Whether the next call is shed. */
  sheds(now: number): boolean
  /** Counts a call that was admitted, and not ignored. `at`: when it ended, which is before `now` where that was found late. */
  count(succeeded: boolean, at: number, now: number): void
}

/**
 * Makes the {@link ActiveThrottle} of a circuit; each circuit asks for one of its own. `throttle` of `@breakwater/guards` is one.
 *
 * @example
 * const half: ThrottlePolicy = ({ random }) => ({ sheds: () => random() < 0.5, count: () => {} })
 */
export type ThrottlePolicy = (scope: CircuitScope) => ActiveThrottle
