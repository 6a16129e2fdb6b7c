import type { ThrottlePolicy } from '@breakwater/circuit'
import { CallWindow, type Checks, checkOptions, milliseconds, share } from '@breakwater/circuit/shared'

/** Options of {@link throttle}. */
export interface ThrottleOptions {
  /** Share of successful calls at which shedding begins: nothing is shed above it; above 0, at most 1. @default 0.5 */
  readonly successRate?: number
  /** How far back calls count, in ms. @default 120_000 */
  readonly windowMs?: number
  /** Maximum share of calls that is shed, above 0, at most 1; the others notice the recovery. @default 0.9 */
  readonly maxShedRate?: number
}

const checks: Checks<ThrottleOptions> = { successRate: share, windowMs: milliseconds, maxShedRate: share }

/**
 * Sheds calls to a dependency that is overloaded rather than dead, in proportion to the calls it refuses, before the
 * circuit has to open. Each environment decides from its own calls: of `requests` within the window, those shed here included,
 * and `successes` among them, the next one is shed with probability
 *
 *     max(0, (requests - successes / successRate) / (requests + 1)),
 *
 * at most `maxShedRate` (client-side throttling, https://sre.google/sre-book/handling-overload/, where 1 / successRate
 * is called K). With the default, nothing is shed as long as half of the calls succeed. A call that is shed ends in a
 * CircuitOpenError with the reason `throttled`, or in the fallback.
 *
 * Where throttling alone should handle an overloaded dependency, set the circuit's `failureRate` well above
 * `1 - successRate`.
 *
 * @returns a policy for the circuit's option `throttle`.
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * const search = new Circuit('search', { failureRate: 0.9, throttle: throttle({ successRate: 0.6 }) })
 */
export function throttle(options: ThrottleOptions = {}): ThrottlePolicy {
  const {
    successRate = 0.5,
    windowMs = 120_000,
    maxShedRate = 0.9,
  } = checkOptions('throttle', options, checks)
  return ({ random }) => {
    const window = new CallWindow(windowMs)
    return {
      sheds(now) {
        const { calls, failures } = window.sums(now)
        const share = (calls - (calls - failures) / successRate) / (calls + 1)
        const sheds = share > 0 && random() < Math.min(share, maxShedRate)
        if (sheds) window.add(now, true, false)
        return sheds
      },
      count(succeeded, at, now) {
        window.add(at, !succeeded, false, now)
      },
    }
  }
}
