import { verdictOn } from './judge.ts'
import { type MachineEvent, transition } from './machine.ts'
import { type CircuitRecord, initialRecord } from './record.ts'
import { type CircuitScope, tellTransition } from './scope.ts'
import { CallWindow } from './window.ts'

/**
 * The gate one environment keeps for itself, by the same machine as the shared state. Where nothing is shared it is
 * the whole circuit; where something is, it sheds the calls of an environment that alone is broken, and guards the
 * calls while the store is away.
 */
export class LocalGate {
  record: CircuitRecord = initialRecord
  readonly window: CallWindow
  readonly #scope: CircuitScope

  constructor(scope: CircuitScope) {
    this.#scope = scope
    this.window = new CallWindow(scope.policy.windowMs)
  }

  step(event: MachineEvent): void {
    const { policy, clock, random, environment } = this.#scope
    const before = this.record
    const now = clock.now()
    this.record = transition(before, event, policy, { now, random: random(), environment })
    if (this.record.generation === before.generation) return
    const counts = event.type === 'trip' ? this.window.sums(now) : undefined
    this.window.clear()
    tellTransition(this.#scope, before, this.record, 'environment', 'here', counts)
  }

  /** Counts a call that ended at `at`, and shuts if the window says so. */
  count(
    at: number,
    failed: boolean,
    slow: boolean,
    retryAfterMs: number,
    now: number,
    recovering: boolean,
  ): void {
    this.window.add(at, failed, slow)
    if (!(failed || slow) || this.record.state !== 'CLOSED') return
    const { policy } = this.#scope
    const reason = verdictOn(this.window.sums(now), this.window.failuresInARow(now), policy, recovering)
    if (reason) this.step({ type: 'trip', generation: this.record.generation, reason, retryAfterMs })
  }

  /** Starts anew: the fleet has decided something, and what was counted here led up to it or is out of date. */
  reset(): void {
    this.record = { ...initialRecord, generation: this.record.generation + 1 }
    this.window.clear()
  }
}
