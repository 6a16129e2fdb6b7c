import type { ResolvedPolicy } from '@breakwater/circuit'
import type { Engine } from '../engine/engine.ts'
import type { Environment } from '../engine/environment.ts'
import type { Conditions } from './conditions.ts'
import type { StoredState, Violate } from './invariants.ts'

/** What one environment let reach the dead dependency since it learned that the circuit is open. */
interface Passed {
  readonly learnedAt: number
  /** The latest generation it knows of, and how many openings it has learned of since the first. */
  generation: number
  openings: number
  /** Permits of the record that it took and has not used. */
  permits: number
  /** Calls without such a permit. */
  calls: number
}

/** Calls that an environment had under way when it learned that the circuit is open, and the like. */
const slack = 2

/**
 * While the table holds OPEN or HALF_OPEN, what reaches a dead dependency is bounded: the probes that the record
 * permits, and of each environment that knows of it one for each open time of its own, which doubles, one for each that
 * the record begins anew, and two more.
 */
export class Leak {
  readonly #engine: Engine
  readonly #policy: ResolvedPolicy
  readonly #conditions: Conditions
  readonly #violate: Violate
  readonly #concurrency: number
  readonly #passed = new Map<number, Passed>()
  /** Each lease is given to one environment. */
  readonly #leases = new Set<string>()
  #open = false
  /** Calls more for each environment where the dependency died while the circuit was open, and its own gate was not. */
  #more = 0

  constructor(
    engine: Engine,
    policy: ResolvedPolicy,
    conditions: Conditions,
    concurrency: number,
    violate: Violate,
  ) {
    this.#engine = engine
    this.#policy = policy
    this.#conditions = conditions
    this.#concurrency = concurrency
    this.#violate = violate
  }

  /** The condition of the dependency was set. */
  dependencyChanged(): void {
    this.#passed.clear()
    this.#more = this.#open ? 2 * this.#policy.minimumCalls : 0
  }

  /** The table holds another record; `environment` wrote it, if one did. */
  stored(environment: Environment | undefined, state: StoredState | undefined): void {
    const open = state !== undefined && state.state !== 'CLOSED'
    if (!open) {
      this.#passed.clear()
      this.#more = 0
    }
    this.#open = open
    if (!environment || !open) return
    this.learned(environment, state)
    for (const { id } of state.leases) {
      if (this.#leases.has(id)) continue
      this.#leases.add(id)
      this.#passed.get(environment.id)!.permits++
    }
  }

  /** An environment was given the record. */
  learned({ id }: Environment, state: StoredState | undefined): void {
    if (!this.#open || state === undefined || state.state === 'CLOSED') return
    const { generation } = state
    const passed = this.#passed.get(id)
    if (!passed) {
      const learnedAt = this.#engine.now
      this.#passed.set(id, { learnedAt, generation, openings: 0, permits: 0, calls: 0 })
    } else if (generation > passed.generation) {
      // The fleet's open time, which doubles as well, takes the place of its own.
      if (state.state === 'OPEN') passed.openings++
      passed.generation = generation
    }
  }

  /** A call reached the dependency. */
  reached({ id, name }: Environment): void {
    const passed = this.#passed.get(id)
    if (!this.#open || !this.#conditions.dependencyDown || !passed) return
    if (passed.permits > 0) {
      passed.permits--
      return
    }
    passed.calls++
    const sinceMs = this.#engine.now - passed.learnedAt
    const most = this.#ownProbes(sinceMs) + passed.openings + slack + this.#more
    if (passed.calls > most)
      this.#violate(
        'open-leak',
        `${name} let ${passed.calls} calls reach the dead dependency without a permit in ${Math.round(sinceMs)} ms after it learned that the circuit is open, at most ${most}`,
      )
  }

  /** Own probes in a time: one at its beginning, and one after each open time, which doubles up to the longest. */
  #ownProbes(sinceMs: number): number {
    const { openMs, maxOpenMs, probes } = this.#policy
    const doublings = Math.floor(Math.log2(Math.min(sinceMs, maxOpenMs) / openMs + 1))
    const atOnce = Math.min(this.#concurrency, probes)
    return atOnce * (1 + doublings + Math.floor(sinceMs / maxOpenMs))
  }
}
