import type { Catcher, Retrier, RetryAndCatch } from '../definition/model.ts'
import { StateFailure } from '../errors.ts'
import type { StateExecution, Transition } from './state-execution.ts'
import { pause } from './timers.ts'

/**
 * Attempts a state until it succeeds or its Retry is used up, and then follows its Catch.
 *
 * @throws StateFailure where no catcher matches; Cancelled.
 */
export async function withRetryAndCatch(
  state: RetryAndCatch,
  execution: StateExecution,
  attempt: () => Promise<Transition>,
): Promise<Transition> {
  const { clock, random } = execution.branch.context
  const retries = state.retry.map(() => 0)
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof StateFailure)) throw error
      const n = state.retry.findIndex(({ errors }) => matches(errors, error.error))
      const retrier = state.retry[n]
      if (!retrier || retries[n]! >= retrier.maxAttempts)
        return await runCatcher(state.catch, error, execution)
      const ms = backoffMs(retrier, retries[n]!, random)
      retries[n]!++
      execution.retryCount++
      await pause(clock, ms, execution.branch.cancellation)
    }
  }
}

async function runCatcher(
  catchers: readonly Catcher[],
  failure: StateFailure,
  execution: StateExecution,
): Promise<Transition> {
  const catcher = catchers.find(({ errors }) => matches(errors, failure.error))
  if (!catcher) throw failure
  const errorOutput = { Error: failure.error, Cause: failure.cause }
  const text = JSON.stringify(errorOutput)
  return execution.transition(catcher, catcher.next, { value: errorOutput, text }, { errorOutput })
}

/** No wildcard of a retrier or catcher matches these. */
const uncatchable = ['States.DataLimitExceeded', 'States.Runtime']
const timeouts = ['States.Timeout', 'States.HeartbeatTimeout']

/** Whether an error is one of those named. A missed heartbeat is a timeout too. */
export function matches(named: readonly string[], error: string): boolean {
  if (error === 'States.Runtime') return false
  return named.some(name => {
    if (name === error) return true
    if (uncatchable.includes(error)) return false
    if (name === 'States.Timeout') return timeouts.includes(error)
    return name === 'States.ALL' || (name === 'States.TaskFailed' && !timeouts.includes(error))
  })
}

/**
 * The delay before a retry, in ms.
 *
 * @param retries how often this retrier was used before, since the state was entered.
 * @param random for full jitter: 0 (included) to 1 (excluded).
 */
export function backoffMs(retrier: Retrier, retries: number, random: () => number): number {
  const { intervalSeconds, backoffRate, maxDelaySeconds, jitter } = retrier
  const seconds = Math.min(intervalSeconds * backoffRate ** retries, maxDelaySeconds)
  return Math.round(1_000 * seconds * (jitter === 'FULL' ? random() : 1))
}
