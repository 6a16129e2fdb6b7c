import type {
  Breaker,
  BreakerContext,
  BreakerState,
  BreakerTable,
  CallOutcome,
  Environment,
} from '@breakwater/simulator'
import { circuitKey, letterOf, type SharedState } from './shared-state.ts'

/** Failures in a row, in one environment, that open the circuit: `failure_threshold`. */
const failureThreshold = 5
/** Probes in a row that close it: `success_threshold`. */
const successThreshold = 3
/** How long a read is good, s: `local_cache_max_age`. */
const cacheSeconds = 5

/** All times in whole seconds of the epoch, as the original keeps them. */
type Item = {
  readonly state: SharedState
  readonly openedAt?: number | undefined
  readonly owner?: string | undefined
  readonly leaseEnd?: number | undefined
}

/**
 * A model of how Powertools for AWS Lambda (Python) shares a circuit; not its code. Rules and defaults are
 * those of `aws_lambda_powertools/utilities/circuit_breaker` (`base.py`, `config.py`, `persistence/`):
 * failures in a row counted in each environment alone, OPEN written by each that trips, unconditionally; the
 * state read at most every 5 s, eventually consistent; after the open time one conditional put elects an
 * owner, and only it may probe, until its lease ends. A lost election leaves the cache as it is, so that each
 * further call loses another one until the cache ages out. Reads and the writes after a call fail open; an
 * error in the election reaches the caller, here as `'failure'`.
 *
 * Of our policy it takes `openMs` alone, for its `recovery_timeout` and so for its lease, in whole seconds,
 * rounded up; it has no backoff. All else keeps its own defaults: 5 failures, 3 successes, 5 s. Retries of boto3 are left out. It uses no random numbers.
 *
 * @example
 * const guard = new ShareOpenBreaker({ environment, random, table, policy: resolvePolicy({ openMs: 5_000 }) })
 */
export class ShareOpenBreaker implements Breaker {
  readonly #environment: Environment
  readonly #table: BreakerTable
  readonly #recoverySeconds: number
  #failures = 0
  #successes = 0
  #observed: SharedState = 'CLOSED'
  #localState: SharedState = 'CLOSED'
  #cached: Item = { state: 'CLOSED' }
  #cachedUntil = -Infinity

  constructor({ environment, table, policy }: BreakerContext) {
    this.#environment = environment
    this.#table = table
    this.#recoverySeconds = Math.ceil(policy.openMs / 1_000)
  }

  get state(): BreakerState {
    return letterOf(this.#localState)
  }

  async run(call: () => Promise<void>): Promise<CallOutcome> {
    const item = await this.#read()
    const before = this.#observed
    this.#observed = item.state
    this.#localState = item.state
    if (item.state === 'CLOSED') {
      if (before !== 'CLOSED') this.#failures = 0
      return this.#callClosed(call)
    }
    const now = this.#now()
    if (item.state === 'OPEN') {
      const openedAt = item.openedAt ?? now
      return now >= openedAt + this.#recoverySeconds ? this.#elect(openedAt, call) : 'rejected'
    }
    if (item.owner === this.#environment.name) return this.#probe(call)
    const over = item.leaseEnd !== undefined && now >= item.leaseEnd
    return over ? this.#elect(item.openedAt ?? 0, call) : 'rejected'
  }

  async #callClosed(call: () => Promise<void>): Promise<CallOutcome> {
    if (await succeeds(call)) {
      this.#failures = 0
      return 'success'
    }
    if (++this.#failures >= failureThreshold) {
      this.#failures = 0
      await this.#write({ state: 'OPEN', openedAt: this.#now() })
    }
    return 'failure'
  }

  async #elect(openedAt: number, call: () => Promise<void>): Promise<CallOutcome> {
    const now = this.#now()
    const owner = this.#environment.name
    const item: Item = { state: 'HALF_OPEN', openedAt, owner, leaseEnd: now + this.#recoverySeconds }
    try {
      const won = await this.#table.put(circuitKey, item, stored => {
        const { state, owner, openedAt: storedOpenedAt, leaseEnd } = (stored ?? {}) as Partial<Item>
        if (state === 'OPEN') return owner === undefined && storedOpenedAt === openedAt
        return state === 'HALF_OPEN' && leaseEnd !== undefined && leaseEnd <= now
      })
      if (!won) return 'rejected'
    } catch {
      return 'failure'
    }
    this.#cache(item)
    return this.#probe(call)
  }

  async #probe(call: () => Promise<void>): Promise<CallOutcome> {
    // What is written below is never checked against the lease: another environment may hold it by now.
    if (!(await succeeds(call))) {
      await this.#write({ state: 'OPEN', openedAt: this.#now() })
      this.#successes = 0
      return 'failure'
    }
    if (++this.#successes >= successThreshold) {
      this.#successes = 0
      this.#failures = 0
      await this.#write({ state: 'CLOSED' })
    }
    return 'success'
  }

  async #read(): Promise<Item> {
    if (this.#now() < this.#cachedUntil) return this.#cached
    try {
      const item = ((await this.#table.get(circuitKey, false)) ?? { state: 'CLOSED' }) as Item
      this.#cache(item)
      return item
    } catch {
      // Not cached: the next call reads again.
      return { state: 'CLOSED' }
    }
  }

  async #write(item: Item): Promise<void> {
    try {
      await this.#table.put(circuitKey, item)
      this.#cache(item)
    } catch {
      // A transition that could not be written must not replace the call's own answer.
    }
  }

  #cache(item: Item): void {
    this.#cached = item
    this.#cachedUntil = this.#now() + cacheSeconds
    this.#localState = item.state
  }

  #now(): number {
    return Math.floor(this.#environment.now() / 1_000)
  }
}

function succeeds(call: () => Promise<void>): Promise<boolean> {
  return call().then(
    () => true,
    () => false,
  )
}
