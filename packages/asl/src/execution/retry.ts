import type { Catcher, Retrier, RetryAndCatch } from '../definition/model.ts'
import { StateFailure } from '../errors.ts'
import type { Left, Visit } from './state-execution.ts'
import { pause } from './timers.ts'

/**
 * Tries a state again as its Retry says, and goes on with its Catch when that is used up.
 *
 * @throws StateFailure where no catcher matches; Cancelled.
 */
export async function withRetryAndCatch(
  state: RetryAndCatch,
  visit: Visit,
  attempt: () => Promise<Left>,
): Promise<Left> {
  const { clock, random } = visit.strand.around
  const used = state.retry.map(() => 0)
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof StateFailure)) throw error
      const n = state.retry.findIndex(({ errors }) => matches(errors, error.error))
      const retrier = state.retry[n]
      if (!retrier || used[n]! >= retrier.maxAttempts) return await caught(state.catch, error, visit)
      const ms = backoffMs(retrier, used[n]!, random)
      used[n]!++
      visit.retryCount++
      await pause(clock, ms, visit.strand.cancellation)
    }
  }
}

async function caught(catchers: readonly Catcher[], failure: StateFailure, visit: Visit): Promise<Left> {
  const catcher = catchers.find(({ errors }) => matches(errors, failure.error))
  if (!catcher) throw failure
  const errorOutput = { Error: failure.error, Cause: failure.cause }
  const text = JSON.stringify(errorOutput)
  return visit.leave(catcher, catcher.next, { value: errorOutput, text }, { errorOutput })
}

/** These end an execution, whatever wildcard a retrier or catcher names. */
const terminal = ['States.DataLimitExceeded', 'States.Runtime']
const timeouts = ['States.Timeout', 'States.HeartbeatTimeout']

/** Whether an error is one of those named. A missed heartbeat is a timeout too. */
export function matches(named: readonly string[], error: string): boolean {
  if (error === 'States.Runtime') return false
  return named.some(name => {
    if (name === error) return true
    if (terminal.includes(error)) return false
    if (name === 'States.Timeout') return timeouts.includes(error)
    return name === 'States.ALL' || (name === 'States.TaskFailed' && !timeouts.includes(error))
  })
}

/**
 * How long to wait before a retry, in ms.
 *
 * @param retries how often this retrier has been used before, in this visit of the state.
 * @param random for full jitter: 0 (included) to 1 (excluded).
 */
export function backoffMs(retrier: Retrier, retries: number, random: () => number): number {
  const { intervalSeconds, backoffRate, maxDelaySeconds, jitter } = retrier
  const seconds = Math.min(intervalSeconds * backoffRate ** retries, maxDelaySeconds)
  return Math.round(1_000 * seconds * (jitter === 'FULL' ? random() : 1))
}
