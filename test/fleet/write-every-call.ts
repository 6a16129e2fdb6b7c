import type { ResolvedPolicy } from '@breakwater/circuit'
import type {
  Breaker,
  BreakerContext,
  BreakerState,
  BreakerTable,
  CallOutcome,
  Environment,
} from '@breakwater/simulator'
import { circuitKey, letterOf, type SharedState } from './shared-state.ts'

/** Failures, successes between them or not, that open the circuit. */
const failureThreshold = 5
/** Successes in half open that close it. */
const successThreshold = 2
/** Failures are forgotten after so long without another, ms: `windowDuration`. */
const windowMs = 60_000

/** All times in epoch ms. */
type Item = {
  state: SharedState
  failureCount: number
  successCount: number
  nextAttempt: number
  lastFailureTime: number
  consecutiveOpens: number
}

/**
 * A model of the algorithm of circuitbreaker-lambda 1.0; not its code. Rules and defaults are those of its
 * `src/index.ts` and `src/types.ts`: the item is read before each call, eventually consistent, and written
 * back whole after it, counts and state, unconditionally; one more write turns OPEN into HALF_OPEN, for as
 * many environments as find the open time over, and all of them probe. Errors of the table are swallowed:
 * the last state it read holds.
 *
 * Of our policy it takes `openMs` for its `timeout` (10 s by default) and `maxOpenMs` for its `maxTimeout`,
 * between which it doubles after each failed probe. All else keeps its own defaults: 5 failures, 2 successes,
 * a window of 60 s, no cache. It uses no random numbers.
 *
 * @example
 * const guard = new WriteEveryCallBreaker({ environment, random, table, policy: resolvePolicy({ openMs: 5_000 }) })
 */
export class WriteEveryCallBreaker implements Breaker {
  readonly #environment: Environment
  readonly #table: BreakerTable
  readonly #policy: ResolvedPolicy
  // One for all calls of the environment, those at the same time included, as in the original.
  #item: Item = {
    state: 'CLOSED',
    failureCount: 0,
    successCount: 0,
    nextAttempt: 0,
    lastFailureTime: 0,
    consecutiveOpens: 0,
  }

  constructor({ environment, table, policy }: BreakerContext) {
    this.#environment = environment
    this.#table = table
    this.#policy = policy
  }

  get state(): BreakerState {
    return letterOf(this.#item.state)
  }

  async run(call: () => Promise<void>): Promise<CallOutcome> {
    if (!(await this.#allows())) return 'rejected'
    try {
      await call()
    } catch {
      this.#failed()
      await this.#save()
      return 'failure'
    }
    this.#succeeded()
    await this.#save()
    return 'success'
  }

  async #allows(): Promise<boolean> {
    try {
      const stored = await this.#table.get(circuitKey, false)
      if (stored) this.#item = { ...(stored as Item) }
    } catch {
      // The last state it read holds.
    }
    const item = this.#item
    const now = this.#environment.now()
    if (item.state === 'CLOSED' && item.lastFailureTime > 0 && now - item.lastFailureTime > windowMs) {
      item.failureCount = 0
    }
    if (item.state !== 'OPEN') return true
    if (item.nextAttempt > now) return false
    item.state = 'HALF_OPEN'
    item.successCount = 0
    await this.#save()
    return true
  }

  #succeeded(): void {
    const item = this.#item
    if (item.state !== 'HALF_OPEN' || ++item.successCount < successThreshold) return
    item.state = 'CLOSED'
    item.successCount = 0
    item.failureCount = 0
    item.consecutiveOpens = 0
  }

  #failed(): void {
    const item = this.#item
    const now = this.#environment.now()
    item.failureCount++
    item.lastFailureTime = now
    if (item.state !== 'HALF_OPEN' && item.failureCount < failureThreshold) return
    item.consecutiveOpens = item.state === 'HALF_OPEN' ? item.consecutiveOpens + 1 : 0
    item.state = 'OPEN'
    const { openMs, maxOpenMs } = this.#policy
    item.nextAttempt = now + Math.min(openMs * 2 ** item.consecutiveOpens, maxOpenMs)
  }

  async #save(): Promise<void> {
    try {
      await this.#table.put(circuitKey, { ...this.#item })
    } catch {
      // Swallowed and logged in the original.
    }
  }
}
