import type { CircuitStatus, Control } from '@breakwater/circuit'
import type { Engine } from '../engine/engine.ts'
import type { Environment } from '../engine/environment.ts'
import type { Conditions } from './conditions.ts'
import type { Violate } from './invariants.ts'

/** An override, or the end of one, as the table holds it. */
export interface StoredOverride {
  readonly mode: Control['mode'] | 'RELEASED'
  readonly at: number
  /** Epoch ms by the clock of its operator; Infinity where it has no end. */
  readonly until: number
}

/** What an environment was last seen to go by. */
interface Seen {
  /** Its place among all that the table has held. */
  readonly order: number
  /** Since when, epoch ms of the engine. */
  readonly since: number
  /** Until when it goes by it, epoch ms of its own clock. */
  readonly until: number
}

/**
 * An override that an environment has once seen holds there until its end, or until it sees a later one: no lagging
 * replica undoes it. While it holds, what it says is done: of a forced open circuit no call is let through that began after
 * it was seen, and of any other none is shed.
 */
export class Overrides {
  readonly #engine: Engine
  readonly #conditions: Conditions
  readonly #violate: Violate
  /** All that the table has held, in the order of their writes. */
  readonly #stored: StoredOverride[] = []
  readonly #seen = new Map<number, Seen>()
  /** An override was put in place from outside, as by a restore: what was seen before need not hold. */
  #replaced = false

  constructor(engine: Engine, conditions: Conditions, violate: Violate) {
    this.#engine = engine
    this.#conditions = conditions
    this.#violate = violate
  }

  /** The table holds another override. */
  stored(override: StoredOverride): void {
    this.#stored.push(override)
    const { mode, at, until } = override
    this.#conditions.overridden(mode === 'RELEASED' ? 0 : until - at)
  }

  /** The override was deleted, restored or otherwise replaced from outside. */
  replaced(): void {
    this.#replaced = true
  }

  /** An environment goes by this override now, or by none. */
  goesBy(environment: Environment, control: CircuitStatus['control']): void {
    if (this.#replaced) return
    const { id, name } = environment
    const seen = this.#seen.get(id)
    const order = control ? this.#orderOf(control) : this.#endOf(seen, environment)
    if (!seen && order < 0) return
    if (seen && order < seen.order)
      this.#violate(
        'override-unseen',
        `${name} goes by ${control?.mode ?? 'no override'}, and went by the later ${this.#stored[seen.order]!.mode} before`,
      )
    else if (control || order !== seen?.order) {
      const since = order === seen?.order ? seen.since : this.#engine.now
      const until = control ? (control.until ?? Infinity) : Number.NEGATIVE_INFINITY
      this.#seen.set(id, { order, since, until })
    }
  }

  /** A call that began at `begunAt` (epoch ms of the engine) was shed, or reached the dependency. */
  decided(environment: Environment, shed: boolean, begunAt: number): void {
    const { id, name } = environment
    const seen = this.#seen.get(id)
    if (!seen || seen.since >= begunAt || seen.until <= environment.now()) return
    const { mode } = this.#stored[seen.order]!
    if (shed === (mode === 'FORCED_OPEN')) return
    this.#violate('override-obeyed', `${name} went by ${mode}, and ${shed ? 'shed' : 'let through'} a call`)
  }

  /** Whether a call that began at `begunAt` may have been let through by an override, whatever state the record is in. */
  mayAdmit(environment: Environment, begunAt: number): boolean {
    const seen = this.#seen.get(environment.id)
    if (!seen) return false
    return seen.since >= begunAt || seen.until > environment.now()
  }

  #orderOf({ mode, at }: Control): number {
    return this.#stored.findLastIndex(stored => stored.mode === mode && stored.at === at)
  }

  /** By what an environment knows that no override holds: that it has seen is over, or a later one is; -1 if neither is. */
  #endOf(seen: Seen | undefined, environment: Environment): number {
    if (!seen) return -1
    const now = environment.now()
    if (seen.until <= now) return seen.order
    return this.#stored.findIndex(
      ({ mode, until }, order) => order > seen.order && (mode === 'RELEASED' || until <= now),
    )
  }
}
