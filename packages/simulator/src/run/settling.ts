import type { ResolvedPolicy } from '@breakwater/circuit'
import type { Engine } from '../engine/engine.ts'
import { type Conditions, longestOwnOpenMs, maxPauseMs } from './conditions.ts'
import type { StoredState, Violate } from './invariants.ts'

/** Time for a few looks and probes, ms. */
const slackMs = 5_000
/** Calls of the fleet in which a recovery must be made. */
const minCalls = 20

/**
 * Once all is well and the open times are over, the circuit closes, and after its ramp no call is shed. Open times are
 * over at the record's `retryAt`. Where the table failed, environments have open times of their own: an open time is
 * not longer than the open ones before it, and `openMs`; and the store may be left alone until the end of its pause.
 * Where a clock is wrong, others count an open time and a ramp from when they learn of them: recovery is complete up to
 * `openMs` and `recoveryMs` later.
 */
export class Settling {
  readonly #engine: Engine
  readonly #policy: ResolvedPolicy
  readonly #conditions: Conditions
  readonly #violate: Violate
  #slackMs: number
  /** When the circuit last left CLOSED. */
  #openedAt: number
  #dueAt = Infinity
  #wrongClock = false
  /** Calls that ended after the recovery was due to begin. */
  #calls = 0

  constructor(
    engine: Engine,
    policy: ResolvedPolicy,
    conditions: Conditions,
    moreMs: number,
    violate: Violate,
  ) {
    this.#engine = engine
    this.#policy = policy
    this.#conditions = conditions
    this.#violate = violate
    this.#slackMs = slackMs + moreMs
    this.#openedAt = engine.now
  }

  /** The clock of an environment is wrong. */
  clockIsWrong(): void {
    if (!this.#wrongClock) this.#slackMs += this.#policy.openMs + this.#policy.recoveryMs
    this.#wrongClock = true
  }

  /** The circuit left CLOSED. */
  opened(): void {
    this.#openedAt = this.#engine.now
  }

  /** A call ended. `retryAt`: when the open time of the record is over, epoch ms of the engine. */
  ended(shed: boolean, state: StoredState | undefined, retryAt: number): void {
    const now = this.#engine.now
    const dueAt = this.#recoveryDue(retryAt)
    if (dueAt !== this.#dueAt) this.#calls = 0
    this.#dueAt = dueAt
    if (now < dueAt) return
    this.#calls++
    if (this.#calls <= minCalls || now < dueAt + this.#policy.recoveryMs + this.#slackMs) return
    const sinceMs = Math.round(now - this.#conditions.wellSince)
    if (state !== undefined && state.state !== 'CLOSED')
      this.#violate('settles', `all is well for ${sinceMs} ms, and the record is ${state.state}`)
    else if (shed) this.#violate('settles', `all is well for ${sinceMs} ms, and a call is shed`)
  }

  #recoveryDue(retryAt: number): number {
    const { wellSince, tableTroubleAt, brokenUntil } = this.#conditions
    const due = Math.max(wellSince, retryAt, brokenUntil)
    if (tableTroubleAt < this.#openedAt) return due
    const ownOpenMs = longestOwnOpenMs(wellSince - this.#openedAt, this.#policy)
    return Math.max(due, wellSince + ownOpenMs, tableTroubleAt + maxPauseMs)
  }
}
