import type { RetryPolicy } from '@breakwater/circuit'
import {
  CallWindow,
  type Checks,
  checkOptions,
  count,
  invalid,
  milliseconds,
  pause,
  share,
  trueOrFalse,
} from '@breakwater/circuit/shared'

/** Options of {@link retry}. */
export interface RetryOptions {
  /** Maximum number of attempts of a call, the first one included. @default 3 */
  readonly attempts?: number
  /** Maximum wait before the second attempt, in ms; doubles with every further attempt. @default 100 */
  readonly baseMs?: number
  /** Maximum wait before any attempt, in ms; a call that is asked to wait longer is not retried. @default 20_000 */
  readonly maxMs?: number
  /** Maximum share of the circuit's calls that are retries, above 0, at most 1. @default 0.2 */
  readonly budgetRate?: number
  /** Number of retries within the circuit's `windowMs` that is allowed however few calls there are. @default 3 */
  readonly minimumRetries?: number
  /** Whether calls without the option `idempotent` of `run` are idempotent. @default false */
  readonly idempotent?: boolean
}

const defaults: Required<RetryOptions> = {
  attempts: 3,
  baseMs: 100,
  maxMs: 20_000,
  budgetRate: 0.2,
  minimumRetries: 3,
  idempotent: false,
}

const checks: Checks<RetryOptions> = {
  attempts: count,
  baseMs: milliseconds,
  maxMs: milliseconds,
  budgetRate: share,
  minimumRetries: count,
  idempotent: trueOrFalse,
}

/**
 * Retries calls that failed, after a random wait from 0 to a bound that doubles with every attempt (capped
 * exponential backoff with full jitter: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
 *
 * Only idempotent calls, only while the circuit is closed (a rejection is never retried), never past the deadline,
 * and never sooner than `Retry-After` asks. Retries of one circuit share a budget, a share of its calls within
 * `windowMs`, so that they cannot become most of the load on a dependency that is in trouble (as Envoy's retry budgets
 * do: 20 %, and never fewer than 3). Each circuit has a budget of its own, also where several circuits have the same policy. The attempts of a call are admitted, limited by `timeoutMs` and counted one by one.
 *
 * @returns a policy for the circuit's option `retry`.
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * const users = new Circuit('users', { timeoutMs: 800, retry: retry({ attempts: 4 }) })
 * const user = await users.run((signal) => fetch(url, { signal }), { idempotent: true })
 */
export function retry(options: RetryOptions = {}): RetryPolicy {
  const { attempts, baseMs, maxMs, budgetRate, minimumRetries, idempotent } = check(options)
  return ({ policy, clock, random, emit }) => {
    const retries = new CallWindow(policy.windowMs)
    return {
      idempotent,
      async again({ attempt, retryAfterMs, calls, now, deadline, signal }) {
        if (attempt >= attempts) return false
        const spent = retries.sums(now).calls
        // The circuit's calls in the window include retries.
        if (spent >= Math.max(minimumRetries, budgetRate * (calls - spent))) return false
        const jittered = Math.ceil(random() * Math.min(maxMs, baseMs * 2 ** (attempt - 1)))
        const waitMs = Math.max(jittered, retryAfterMs)
        if (waitMs > maxMs || now + waitMs >= deadline) return false
        retries.add(now, false, false)
        emit({ type: 'retry', attempt, waitMs })
        await pause(waitMs, signal, clock)
        return true
      },
    }
  }
}

function check(options: RetryOptions): Required<RetryOptions> {
  const given = Object.entries(checkOptions('retry', options, checks)).filter(
    ([, value]) => value !== undefined,
  )
  const resolved: Required<RetryOptions> = { ...defaults, ...Object.fromEntries(given) }
  if (resolved.baseMs > resolved.maxMs)
    throw invalid('retry: baseMs', resolved.baseMs, `at most maxMs, ${resolved.maxMs}`)
  return resolved
}
