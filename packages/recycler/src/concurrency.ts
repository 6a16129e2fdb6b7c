import type { Clock } from '@breakwater/circuit'
import { pause } from '@breakwater/circuit/shared'

/** The items in parts of at most `size`. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = []
  for (let from = 0; from < items.length; from += size) chunks.push(items.slice(from, from + size))
  return chunks
}

/**
 * Does something with each of the items, at most so many at a time. When one fails, no other is begun, and its error is
 * thrown once those under way have ended: nothing goes on behind the caller's back.
 *
 * @returns the answers in the order of the items.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  max: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const answers: R[] = new Array(items.length)
  let next = 0
  let failure: { readonly error: unknown } | undefined
  const worker = async () => {
    while (next < items.length && !failure) {
      const index = next++
      try {
        answers[index] = await work(items[index]!)
      } catch (error) {
        failure ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(max, items.length) }, worker))
  if (failure) throw failure.error
  return answers
}

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
