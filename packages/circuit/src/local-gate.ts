import { admissionOf } from './admission.ts'
import type { Admission, CallResult, Gate } from './gate.ts'
import { inRecovery, type Threshold, verdictOn } from './judge.ts'
import { type MachineEvent, transition } from './machine.ts'
import { type CircuitRecord, type Control, initialRecord } from './record.ts'
import { type CircuitScope, emitTransition, processName } from './scope.ts'
import { moved, movedControl } from './set-back.ts'
import { CallWindow } from './window.ts'

/** Counts for all circuits of the process: two may go by the same name. */
let leases = 0

/**
 * The gate one environment keeps for itself, by the same machine as the shared state. Where nothing is shared it is
 * the whole circuit; where something is, it sheds the calls of an environment that alone is broken, and guards the
 * calls while the store is away.
 */
export class LocalGate implements Gate {
  record: CircuitRecord = initialRecord
  control: Control | undefined
  readonly health = 'none'
  readonly scope = 'environment'
  readonly window: CallWindow
  readonly #scope: CircuitScope
  /** The time as it was last seen. */
  #seenAt = Number.NEGATIVE_INFINITY
  #admission: Admission | undefined

  constructor(scope: CircuitScope) {
    this.#scope = scope
    this.window = new CallWindow(scope.policy.windowMs)
  }

  freshen(now: number): undefined {
    this.setBackBy(now)
  }

  /** By how much the clock was set back, in ms, 0 or less. What lasts for some time goes back with it, and lasts no longer. */
  setBackBy(now: number): number {
    const by = Math.min(0, now - this.#seenAt)
    this.#seenAt = now
    if (by < 0) {
      this.record = moved(this.record, by)
      this.control = movedControl(this.control, by)
    }
    return by
  }

  /** `generation`: the fleet's, where there is one. */
  ask(now: number, leaseMs: number, _detached?: boolean, generation?: number): Admission | CircuitRecord {
    const { policy, random } = this.#scope
    const answer = admissionOf(this.record, policy, now, random)
    if (answer === 'reject') return this.record
    let lease: Admission['lease']
    if (answer === 'probe') {
      lease = { id: this.nextLease(), of: 'environment' }
      this.#step({ type: 'acquire', lease: lease.id, leaseMs })
    }
    generation ??= this.record.generation
    return lease ? { generation, localGeneration: this.record.generation, lease } : this.admitted(generation)
  }

  /** The admission of a call that needs no lease; most calls get that of the call before. */
  admitted(generation: number): Admission {
    const localGeneration = this.record.generation
    const admission = this.#admission
    if (admission?.generation === generation && admission.localGeneration === localGeneration)
      return admission
    this.#admission = { generation, localGeneration, lease: undefined }
    return this.#admission
  }

  /**
   * `record`: the fleet's, where there is one; a recovery of the fleet is one here, too. `threshold`: how
   * sure to be, where a fleet has the first say.
   */
  settle(
    { lease, localGeneration }: Admission,
    result: CallResult,
    record?: CircuitRecord,
    threshold?: Threshold,
  ): undefined {
    const { outcome, slow, retryAfterMs, at, now } = result
    this.setBackBy(now)
    const { generation } = this.record
    const { policy } = this.#scope
    if (lease) {
      this.#step({ type: 'probe', generation: localGeneration, lease: lease.id, outcome, retryAfterMs })
    } else if (localGeneration === generation) {
      const failed = outcome === 'failure'
      this.window.add(at, failed, slow, now)
      if (!(failed || slow)) return
      const reason = verdictOn(
        this.window.sums(now),
        this.window.failuresInARow,
        policy,
        inRecovery(record ?? this.record, policy, now),
        threshold,
      )
      // Of a call whose end was found late, as in a frozen environment, the open time began at that end.
      if (reason) this.#step({ type: 'trip', generation, reason, retryAfterMs }, at)
    }
  }

  /** Counts a success of the light path; `at` is undefined where its time does not matter. */
  succeed(generation: number, at: number | undefined): void {
    if (this.record.generation !== generation) return
    if (at === undefined) this.window.succeed()
    else this.window.add(at, false, false)
  }

  async override(control: Control | undefined): Promise<void> {
    if (control) this.setBackBy(control.at)
    this.control = control
  }

  nextLease(): string {
    return `${processName}-${leases++}`
  }

  /** Starts anew: the fleet has decided something, and what was counted here led up to it or is out of date. */
  reset(): void {
    this.record = { ...initialRecord, generation: this.record.generation + 1 }
    this.window.clear()
  }

  #step(event: MachineEvent, now = this.#scope.clock.now()): void {
    const { policy, random, environment } = this.#scope
    const before = this.record
    this.record = transition(before, event, policy, { now, random: random(), environment })
    if (this.record.generation === before.generation) return
    const counts = event.type === 'trip' && { counts: this.window.sums(now) }
    this.window.clear()
    emitTransition(this.#scope, before, this.record, { scope: 'environment', origin: 'here', ...counts })
  }
}
