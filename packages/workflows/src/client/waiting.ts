import { type Clock, classify } from '@breakwater/circuit'

/** The limits of some work. */
export interface TimeLimit {
  readonly clock: Clock
  /** In ms. @default none */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Makes the error that is thrown after `timeoutMs`. */
  readonly timeoutError: () => unknown
}

/**
 * Does some work until it ends, its time is over or the caller's signal aborts it. The signal that the work gets follows
 * both. No timer and no listener is left behind.
 */
export async function withTimeLimit<T>(
  limit: TimeLimit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, timeoutMs, signal, timeoutError } = limit
  signal?.throwIfAborted()
  const controller = new AbortController()
  let timer: unknown
  let aborted: (() => void) | undefined
  const interrupted = new Promise<never>((_, reject) => {
    const end = (reason: unknown) => {
      reject(reason)
      controller.abort(reason)
    }
    if (timeoutMs !== undefined) timer = clock.setTimeout(() => end(timeoutError()), timeoutMs)
    aborted = () => end(signal?.reason)
    signal?.addEventListener('abort', aborted)
  })
  try {
    return await Promise.race([work(controller.signal), interrupted])
  } finally {
    if (timer !== undefined) clock.clearTimeout(timer)
    if (aborted) signal?.removeEventListener('abort', aborted)
  }
}

/** Waits. An abort of the signal rejects with its reason. */
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

/** Waits between polls, in ms: they double up to the max. */
const minDelayMs = 250
const maxDelayMs = 5_000
/** So many polls in a row may fail by transient errors: throttling, a broken connection, a status of 5xx. */
const maxFailedPolls = 5

/** The part of a poll's answer that decides. */
interface PollResult {
  readonly status?: string | undefined
}

/**
 * Polls until an execution has ended. Transient failures of polls are skipped.
 *
 * @throws the error of the last poll, or the reason of `signal`.
 */
export async function pollUntilEnd<T extends PollResult>(
  poll: () => Promise<T>,
  { clock, random, signal }: { clock: Clock; random: () => number; signal: AbortSignal },
): Promise<T> {
  let failedPolls = 0
  for (let delayMs = minDelayMs; ; delayMs = Math.min(maxDelayMs, delayMs * 2)) {
    try {
      const polled = await poll()
      if (polled.status !== 'RUNNING' && polled.status !== 'PENDING_REDRIVE') return polled
      failedPolls = 0
    } catch (error) {
      if (signal.aborted || ++failedPolls > maxFailedPolls || !isTransient(error)) throw error
    }
    // Spread, so that callers that started together do not poll together.
    await sleep(delayMs * (0.5 + random() / 2), clock, signal)
  }
}

/** Whether the service failed, and not the request. */
function isTransient(error: unknown): boolean {
  return classify({ ok: false, error }) !== 'success'
}
