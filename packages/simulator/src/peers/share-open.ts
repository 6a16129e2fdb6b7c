import type { ResolvedPolicy } from '@breakwater/circuit'
import type { Environment } from '../engine/environment.ts'
import type { Random } from '../engine/random.ts'
import { type Answer, type Guard, letterOf, type PeerState, type PeerTable, peerKey } from './peer.ts'

/** Failures in a row, in one environment, that open the circuit: `failure_threshold`. */
const failureThreshold = 5
/** Probes in a row that close it: `success_threshold`. */
const successThreshold = 3
/** How long a read is good, s: `local_cache_max_age`. */
const cacheSeconds = 5

/** All times in whole seconds of the epoch, as the original keeps them. */
type Item = {
  readonly state: PeerState
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
 * rounded up; it knows no backoff. All else keeps its own defaults: 5 failures, 3 successes, 5 s. What boto3
 * retries is the table's affair. It leaves nothing to chance.
 *
 * @example
 * const guard = new ShareOpenGuard(environment, random, table, resolvePolicy({ openMs: 5_000 }))
 */
export class ShareOpenGuard implements Guard {
  readonly #environment: Environment
  readonly #table: PeerTable
  readonly #recoverySeconds: number
  #failures = 0
  #successes = 0
  #observed: PeerState = 'CLOSED'
  #belief: PeerState = 'CLOSED'
  #cached: Item = { state: 'CLOSED' }
  #cachedUntil = -Infinity

  constructor(environment: Environment, _random: Random, table: PeerTable, policy: ResolvedPolicy) {
    this.#environment = environment
    this.#table = table
    this.#recoverySeconds = Math.ceil(policy.openMs / 1_000)
  }

  get belief(): Guard['belief'] {
    return letterOf(this.#belief)
  }

  async run(call: () => Promise<void>): Promise<Answer> {
    const item = await this.#read()
    const before = this.#observed
    this.#observed = item.state
    this.#belief = item.state
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

  async #callClosed(call: () => Promise<void>): Promise<Answer> {
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

  async #elect(openedAt: number, call: () => Promise<void>): Promise<Answer> {
    const now = this.#now()
    const owner = this.#environment.name
    const item: Item = { state: 'HALF_OPEN', openedAt, owner, leaseEnd: now + this.#recoverySeconds }
    try {
      const won = await this.#table.put(peerKey, item, stored => {
        const { state, owner, openedAt: storedOpenedAt, leaseEnd } = (stored ?? {}) as Partial<Item>
        if (state === 'OPEN') return owner === undefined && storedOpenedAt === openedAt
        return state === 'HALF_OPEN' && leaseEnd !== undefined && leaseEnd <= now
      })
      if (!won) return 'rejected'
    } catch {
      return 'failure'
    }
    this.#keep(item)
    return this.#probe(call)
  }

  async #probe(call: () => Promise<void>): Promise<Answer> {
    // What is written below is never checked against the lease: it may have passed to somebody else by now.
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
      const item = ((await this.#table.get(peerKey, false)) ?? { state: 'CLOSED' }) as Item
      this.#keep(item)
      return item
    } catch {
      // Not kept: the next call asks again.
      return { state: 'CLOSED' }
    }
  }

  async #write(item: Item): Promise<void> {
    try {
      await this.#table.put(peerKey, item)
      this.#keep(item)
    } catch {
      // A transition that could not be written must not replace the call's own answer.
    }
  }

  #keep(item: Item): void {
    this.#cached = item
    this.#cachedUntil = this.#now() + cacheSeconds
    this.#belief = item.state
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
