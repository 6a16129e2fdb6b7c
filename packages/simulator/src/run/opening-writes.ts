import type { ResolvedPolicy } from '@breakwater/circuit'
import type { Engine } from '../engine/engine.ts'
import type { Conditions } from './conditions.ts'
import type { StoredState, Violate } from './invariants.ts'

/** Writes of the record for each probe: its permit, its outcome, and those that lose a race for either. */
const writesPerProbe = 10
/** An environment that asks and loses the race asks once more, since a permit may be left. */
const writesPerWoken = 2

/**
 * From one OPEN to the next, or to CLOSED, environments that know of it write the record a bounded number of times in all,
 * whatever the fleet's size; beside that, each environment that wakes from a long silence may look and ask.
 */
export class OpeningWrites {
  /** Most writes of one opening. */
  max = 0
  readonly #engine: Engine
  readonly #policy: ResolvedPolicy
  readonly #conditions: Conditions
  readonly #violate: Violate
  #since: number | undefined
  /** When the open time is over. */
  #dueAt = Infinity
  #generation = 0
  #writes = 0
  #woken = 0

  constructor(engine: Engine, policy: ResolvedPolicy, conditions: Conditions, violate: Violate) {
    this.#engine = engine
    this.#policy = policy
    this.#conditions = conditions
    this.#violate = violate
  }

  stored(before: StoredState | undefined, after: StoredState | undefined): void {
    if (after?.state === 'HALF_OPEN' || after?.generation === before?.generation) return
    this.#since = after?.state === 'OPEN' ? this.#engine.now : undefined
    this.#dueAt = this.#engine.now + (after ? after.retryAt - after.since : 0)
    this.#generation = after?.generation ?? 0
    this.#writes = this.#woken = 0
  }

  /** An environment reads after a silence in which its snapshot became old. */
  woke(): void {
    if (this.#engine.now >= this.#dueAt) this.#woken++
  }

  /** A write of the record was sent by an environment that knows of this generation. */
  wrote(known: number): void {
    // Before an environment learns of OPEN, it may race the others for it.
    if (this.#since === undefined || known < this.#generation) return
    this.#writes++
    this.max = Math.max(this.max, this.#writes)
    const most = writesPerProbe * this.#policy.probes + writesPerWoken * this.#woken
    const { tableTroubleAt } = this.#conditions
    if (this.#writes > most && tableTroubleAt < this.#since)
      this.#violate('opening-writes', `${this.#writes} writes of the record in one opening, at most ${most}`)
  }
}
