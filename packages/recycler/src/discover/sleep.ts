import type { Clock } from '@breakwater/circuit'
import { pause } from '@breakwater/circuit/shared'

/**
 * Waits so many ms; rejects with the signal's reason as soon as that is aborted.
 *
 * @example
 * const sleep: Sleep = (ms, signal) => setTimeout(ms, undefined, { signal }) // of node:timers/promises
 */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>

/**
 * Waits by the timers of a clock.
 *
 * @param clock whose timers; a virtual one in tests.
 * @example
 * const sleep = sleepBy(systemClock)
 * await sleep(1_000, signal)
 */
export function sleepBy(clock: Clock): Sleep {
  return (ms, signal) => pause(ms, signal, clock)
}
