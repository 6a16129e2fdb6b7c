import {
  Circuit,
  type CircuitListener,
  type CircuitOptions,
  type CircuitStore,
  Circuits,
  type Clock,
  isCallTimeoutError,
  isCircuitOpenError,
  type Outcome,
  type PermitToken,
  type RejectReason,
  systemClock,
} from '@breakwater/circuit'
import type { Policies } from './config.ts'
import { settledOf } from './outcome.ts'
import type { AcquireRequest, GateRequest, RecordRequest } from './request.ts'
import { BadRequest } from './request.ts'

/** Whether a call may be made. A token of generation -1 is unverified: the table was not reached, and its outcome is not counted. */
export type Permission =
  | { readonly admitted: true; readonly token: PermitToken }
  | { readonly admitted: false; readonly reason: RejectReason; readonly retryAfterMs: number }

/** How the circuit counted an outcome. */
export interface RecordedOutcome {
  readonly outcome: Outcome
}

/** An answer of the function. */
export type GateAnswer = Permission | RecordedOutcome

/** Options of a {@link Gate}. */
export interface GateOptions {
  readonly store: CircuitStore
  readonly policies: Policies
  /** Names of errors that count neither way. @default none */
  readonly ignored?: ReadonlySet<string>
  readonly listener?: CircuitListener
  readonly clock?: Clock
}

/** A workflow can wait until an outcome is written, and this environment may be frozen once it answers. */
const defaults = { storeWaitMs: 1_000 }

/** Takes permits and records outcomes for workflows, whose calls begin and end in different invocations and environments. */
export class Gate {
  readonly #named: ReadonlyMap<string, Circuit>
  readonly #defaults: Circuits | undefined
  readonly #ignored: ReadonlySet<string>
  readonly #clock: Clock

  constructor({ store, policies, ignored = new Set(), listener, clock = systemClock }: GateOptions) {
    const observer = listener && ownEvents(listener)
    const optionsOf = (policy: CircuitOptions | undefined): CircuitOptions => ({
      ...defaults,
      ...policy,
      store,
      clock,
      ...(observer && { listener: observer }),
    })
    const named = [...policies.circuits].map(
      ([name, policy]) => [name, new Circuit(name, optionsOf(policy))] as const,
    )
    this.#named = new Map(named)
    this.#defaults = policies.default && new Circuits(optionsOf(policies.default))
    this.#ignored = ignored
    this.#clock = clock
  }

  /**
   * Answers a request. A store that fails prevents no call.
   *
   * @throws BadRequest for a circuit without a policy.
   */
  answer(request: GateRequest): Promise<GateAnswer> {
    return request.action === 'acquire' ? this.#acquire(request) : this.#record(request)
  }

  async #acquire({ circuit: name, timeoutMs }: AcquireRequest): Promise<Permission> {
    const circuit = this.#circuitOf(name)
    const { store } = await circuit.refresh()
    if (store !== 'available') return this.#unverified()
    try {
      const limit = timeoutMs === undefined ? {} : { timeoutMs }
      const { token } = await circuit.acquire({ ...limit, detached: true })
      return circuit.status().store === 'available' ? { admitted: true, token } : this.#unverified()
    } catch (error) {
      const verified = circuit.status().store === 'available'
      if (isCircuitOpenError(error) && verified) {
        const { reason, retryAfterMs } = error
        return { admitted: false, reason, retryAfterMs }
      }
      // The store took longer than the time of the call.
      if (isCircuitOpenError(error) || isCallTimeoutError(error)) return this.#unverified()
      throw error
    }
  }

  async #record({ circuit: name, token, outcome }: RecordRequest): Promise<RecordedOutcome> {
    const circuit = this.#circuitOf(name)
    await circuit.refresh()
    const permit = circuit.resume(token)
    const settled = settledOf(outcome, name, this.#clock.now() - token.startedAt, this.#ignored)
    if (settled) return { outcome: await permit.settle(settled) }
    await permit.ignore()
    return { outcome: 'ignored' }
  }

  #circuitOf(name: string): Circuit {
    const circuit = this.#named.get(name) ?? this.#defaults?.for(name)
    if (circuit) return circuit
    throw new BadRequest('circuit', name, [...this.#named.keys()].join(', ') || 'none')
  }

  #unverified(): Permission {
    return { admitted: true, token: { generation: -1, startedAt: this.#clock.now() } }
  }
}

/** Passes on the events of this environment; those it only learned of are reported by the environment that made them. */
function ownEvents(listener: CircuitListener): CircuitListener {
  return event => {
    const learned = event.type === 'control'
    const own = event.type !== 'transition' || (event.scope === 'fleet' && event.origin === 'here')
    if (own && !learned) listener(event)
  }
}
