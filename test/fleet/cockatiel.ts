import type { ResolvedPolicy } from '@breakwater/circuit'
import type { Breaker, BreakerContext, BreakerState, CallOutcome } from '@breakwater/simulator'
import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  isBrokenCircuitError,
  SamplingBreaker,
} from 'cockatiel'

let virtual = false

/**
 * Replaces `Date.now` while `run` is in progress, and always restores it. cockatiel takes no other clock, and
 * reads it again after awaiting the call, where none of our code runs: so it is replaced for the whole run.
 *
 * One clock serves all environments: a breaker only subtracts its own readings from each other, so that a
 * constant skew makes no difference to it, and `Date.now` does not stop in a frozen environment either.
 *
 * @param now virtual time, epoch ms; fractions are cut off as `Date.now` does.
 * @throws Error if a run with virtual time is in progress: one process does one at a time.
 * @example
 * await withVirtualDate(() => engine.now, () => engine.run(engine.now + 60_000))
 */
export async function withVirtualDate<T>(now: () => number, run: () => Promise<T>): Promise<T> {
  if (virtual) throw new Error('a run with a virtual Date.now is in progress; run one after the other')
  const real = Date.now
  virtual = true
  Date.now = () => Math.floor(now())
  try {
    return await run()
  } finally {
    Date.now = real
    virtual = false
  }
}

/**
 * cockatiel 4's own circuit breaker, one an environment and nothing shared, set as close to our policy as
 * possible:
 *
 * | ours | cockatiel |
 * |---|---|
 * | `failureRate`, `windowMs`, `minimumCalls` | `SamplingBreaker` with `threshold`, `duration`, `minimumRps` |
 * | `consecutiveFailures` | `ConsecutiveBreaker` |
 * | `openMs`, doubling, up to 20 % longer at random, up to `maxOpenMs` | `halfOpenAfter` with a backoff of that kind |
 *
 * It has no slow calls, leases, or recovery ramp. A single probe decides, as is its
 * default: `probes` bounds a whole fleet, and here each environment would send so many. Makes no timers.
 * Works inside `withVirtualDate` only.
 *
 * @example
 * await withVirtualDate(
 *   () => engine.now,
 *   () => new CockatielBreaker({ random, policy: resolvePolicy({}) }).run(call),
 * )
 */
export class CockatielBreaker implements Breaker {
  readonly #breaker: CircuitBreakerPolicy

  constructor({ random, policy }: Pick<BreakerContext, 'random' | 'policy'>) {
    this.#breaker = circuitBreaker(handleAll, {
      breaker: breakerFor(policy),
      halfOpenAfter: new ExponentialBackoff<number>({
        initialDelay: policy.openMs,
        maxDelay: policy.maxOpenMs,
        generator: (attempts = 0, { initialDelay, maxDelay }) => [
          Math.round(Math.min(maxDelay, initialDelay * 2 ** attempts * (1 + 0.2 * random.next()))),
          attempts + 1,
        ],
      }),
    })
  }

  get state(): BreakerState {
    const { state } = this.#breaker
    return state === CircuitState.Closed ? 'c' : state === CircuitState.HalfOpen ? 'h' : 'o'
  }

  /** @throws Error outside `withVirtualDate`, where figures would silently depend on the machine's clock. */
  async run(call: () => Promise<void>): Promise<CallOutcome> {
    if (!virtual) throw new Error('a cockatiel breaker works inside withVirtualDate only')
    try {
      await this.#breaker.execute(call)
      return 'success'
    } catch (error) {
      return isBrokenCircuitError(error) ? 'rejected' : 'failure'
    }
  }
}

function breakerFor(policy: ResolvedPolicy) {
  const { consecutiveFailures, failureRate, windowMs, minimumCalls } = policy
  if (consecutiveFailures > 0) return new ConsecutiveBreaker(consecutiveFailures)
  // The window as cockatiel rounds it; it judges from `duration * minimumRps / 1000` calls on, however
  // long they took to arrive. Half a call less keeps the rounding of floating point out of it.
  const slices = Math.max(5, Math.ceil(windowMs / 1_000))
  const duration = Math.round(windowMs / slices) * slices
  return new SamplingBreaker({
    // It opens above its threshold, ours opens at it; and 1 is not allowed.
    threshold: failureRate * (1 - 1e-9),
    duration: windowMs,
    minimumRps: ((minimumCalls - 0.5) * 1_000) / duration,
  })
}
