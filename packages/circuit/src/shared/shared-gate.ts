import { admissionOf } from '../admission.ts'
import type { Admission, CallResult, Gate } from '../gate.ts'
import type { LocalGate } from '../local-gate.ts'
import type { Audit, CircuitRecord, Control } from '../record.ts'
import type { CircuitScope } from '../scope.ts'
import type { CircuitStore } from '../store.ts'
import { Fleet } from './fleet.ts'
import { Permits } from './permits.ts'
import { StoreRequests } from './store-requests.ts'
import { wideMargin } from './suspect.ts'

/** Decides by what the fleet shares first, and by this environment's own gate second. */
export class SharedGate implements Gate {
  readonly #store: CircuitStore
  readonly #fleet: Fleet
  readonly #permits: Permits
  readonly #local: LocalGate
  readonly #scope: CircuitScope

  constructor(store: CircuitStore, local: LocalGate, scope: CircuitScope) {
    this.#store = store
    this.#scope = scope
    this.#local = local
    const requests = new StoreRequests(store, scope)
    this.#fleet = new Fleet(store, requests, { ...scope, changed: () => local.reset() })
    this.#permits = new Permits(this.#fleet, requests, scope)
  }

  /** While the store is away, what this environment sheds by itself is the state in force. */
  get record(): CircuitRecord {
    const { health, record } = this.#fleet
    const alone = health === 'unavailable' && this.#local.record.state !== 'CLOSED'
    return alone ? this.#local.record : record
  }

  get control(): Control | undefined {
    return this.#fleet.control
  }

  get scope(): Fleet['scope'] {
    return this.#fleet.scope
  }

  get health(): Fleet['health'] {
    return this.#fleet.health
  }

  async override(control: Control | undefined, audit: Audit): Promise<void> {
    const fleet = this.#fleet
    this.#notice(audit.at)
    const before = fleet.controlRevision
    const revision = await this.#store.control(this.#scope.circuit, control, audit)
    // Unless a read has shown a later one meanwhile.
    if (fleet.controlRevision === before || revision > fleet.controlRevision) fleet.learn(control, revision)
  }

  freshen(now: number): Promise<unknown> | undefined {
    this.#notice(now)
    return this.#fleet.freshen(now)
  }

  /** Where the clock was set back, what the fleet shares goes back with it here. */
  #notice(now: number): void {
    const by = this.#local.setBackBy(now)
    if (by < 0) this.#fleet.setBack(by)
  }

  refresh(): Promise<unknown> {
    return this.#fleet.refresh()
  }

  ask(
    now: number,
    leaseMs: number,
    detached?: boolean,
  ): Admission | CircuitRecord | Promise<Admission | CircuitRecord> {
    const { policy, random } = this.#scope
    const fleet = this.#fleet
    const { record } = fleet
    const at = record.state === 'CLOSED' ? now : fleet.permitsAt(now)
    const answer = this.#permits.isWaiting ? 'probe' : admissionOf(record, policy, at, random)
    if (answer === 'reject') return record
    if (answer === 'probe') return this.#probe(leaseMs, detached)
    const { generation } = record
    // No local gate has the generation -1: such a call counts in none.
    if (detached) return { generation, localGeneration: -1, lease: undefined, detached }
    const own = this.#local.ask(now, leaseMs, detached, generation)
    // A gate that opened longer ago than a window says nothing of the present.
    if ('state' in own && own.state === 'OPEN' && now - own.since < policy.windowMs) fleet.shed(now)
    return own
  }

  async #probe(leaseMs: number, detached?: boolean): Promise<Admission | CircuitRecord> {
    const fleet = this.#fleet
    const id = await this.#permits.acquire(this.#local.nextLease(), leaseMs)
    const { record } = fleet
    const localGeneration = this.#local.record.generation
    if (id !== undefined)
      return { generation: record.generation, localGeneration, lease: { id, of: 'fleet' } }
    // Closed meanwhile: an ordinary call.
    return record.state === 'CLOSED' ? this.ask(this.#scope.clock.now(), leaseMs, detached) : record
  }

  settle(admission: Admission, result: CallResult): Promise<unknown> | undefined {
    const fleet = this.#fleet
    const { generation, lease } = admission
    const { outcome, retryAfterMs } = result
    this.#notice(result.now)
    if (lease?.of === 'fleet') {
      return fleet.commit({ type: 'probe', generation, lease: lease.id, outcome, retryAfterMs })
    }
    if (generation !== fleet.record.generation) return undefined
    // Where the fleet has the first say, an environment must be clearly worse than it to be alone.
    const local = this.#local
    const { state } = local.record
    local.settle(admission, result, fleet.record, fleet.health === 'available' ? wideMargin : undefined)
    if (outcome === 'ignored') return undefined
    const shut = state === 'CLOSED' && local.record.state !== 'CLOSED'
    return fleet.count(result, local.window, shut, admission.detached)
  }
}
