import { type Clock, classify } from '@breakwater/circuit'
import { sleep } from './waiting.ts'

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
