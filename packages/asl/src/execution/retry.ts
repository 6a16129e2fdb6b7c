/** When and how often a state is tried again. */
export interface Retrier {
  readonly errors: readonly string[]
  readonly intervalSeconds: number
  readonly backoffRate: number
  readonly maxAttempts: number
  readonly maxDelaySeconds: number
  readonly jitter: 'FULL' | 'NONE'
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
