import {
  Circuit,
  type CircuitListener,
  type CircuitStore,
  Circuits,
  type Clock,
  isCallTimeoutError,
  isCircuitOpenError,
  type Outcome,
  type PermitToken,
  type RejectReason,
  type ResolvedPolicy,
  resolvePolicy,
  systemClock,
} from '@breakwater/circuit'
import { namePattern } from '@breakwater/dynamodb/schema'
import type { Policies } from './config.ts'
import { settledOf } from './outcome.ts'
import type { AcquireRequest, GateRequest, RecordRequest } from './request.ts'
import { BadRequest } from './request.ts'
import { UnreportedPermits } from './unreported.ts'

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

/** How many circuits of a name with wildcards an environment takes up in a second: callers may choose their names. */
const maxNewPerSecond = 20

/** The circuits of one name, or of one with wildcards. */
interface Named {
  readonly pattern: RegExp
  readonly policy: ResolvedPolicy
  for(name: string): Circuit
}

/** Takes permits and records outcomes for workflows, whose calls begin and end in different invocations and environments. */
export class Gate {
  readonly #store: CircuitStore
  readonly #plain: ReadonlyMap<string, Named>
  readonly #patterns: readonly Named[]
  readonly #names: string
  readonly #ignored: ReadonlySet<string>
  readonly #clock: Clock
  readonly #unreported = new UnreportedPermits()

  constructor({ store, policies, ignored = new Set(), listener, clock = systemClock }: GateOptions) {
    const observer = listener && ownEvents(listener)
    const named = [...policies].map(([name, own]): readonly [string, Named] => {
      const options = { ...defaults, ...own, store, clock, ...(observer && { listener: observer }) }
      const common = { pattern: namePattern(name), policy: resolvePolicy(own) }
      if (hasWildcards(name)) {
        const circuits = new Circuits({ ...options, maxNewPerSecond })
        return [name, { ...common, for: one => circuits.for(one) }]
      }
      const circuit = new Circuit(name, options)
      return [name, { ...common, for: () => circuit }]
    })
    this.#store = store
    this.#plain = new Map(named.filter(([name]) => !hasWildcards(name)))
    this.#patterns = named.filter(([name]) => hasWildcards(name)).map(([, one]) => one)
    this.#names = [...policies.keys()].join(', ')
    this.#ignored = ignored
    this.#clock = clock
  }

  /**
   * Answers a request. A store that fails prevents no call.
   *
   * @throws BadRequest for a circuit that is not one of this gate, and for the outcome of a call that has not begun.
   */
  answer(request: GateRequest): Promise<GateAnswer> {
    return request.action === 'acquire' ? this.#acquire(request) : this.#record(request)
  }

  async #acquire({ circuit: name, timeoutMs }: AcquireRequest): Promise<Permission> {
    const named = this.#namedOf(name)
    const circuit = named.for(name)
    const { store } = await circuit.refresh()
    if (store !== 'available') return this.#unverified()
    try {
      const pauseMs = await this.#pauseMs(name, named.policy)
      if (pauseMs > 0 && circuit.status().state !== 'CLOSED')
        return { admitted: false, reason: 'half-open', retryAfterMs: pauseMs }
      const limit = timeoutMs === undefined ? {} : { timeoutMs }
      const { token } = await circuit.acquire({ ...limit, detached: true })
      if (circuit.status().store !== 'available') return this.#unverified()
      if (token.lease !== undefined) this.#unreported.given(name, token.lease)
      return { admitted: true, token }
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
    const named = this.#namedOf(name)
    const now = this.#clock.now()
    const aheadMs = token.startedAt - now
    if (aheadMs > maxAheadMs)
      throw new BadRequest('token.startedAt', token.startedAt, `at most ${maxAheadMs} ms ahead of this clock`)
    const circuit = named.for(name)
    const { store } = await circuit.refresh()
    // One of too many new names is not shared.
    if (store === 'none') return { outcome: 'ignored' }
    if (token.lease !== undefined) this.#unreported.reported(name, token.lease)
    const permit = circuit.resume(token)
    const settled = settledOf(outcome, name, now - token.startedAt, this.#ignored)
    if (settled) return { outcome: await permit.settle(settled) }
    await permit.ignore()
    return { outcome: 'ignored' }
  }

  /** How long a probe must wait because earlier permits were never reported back. */
  async #pauseMs(name: string, policy: ResolvedPolicy): Promise<number> {
    if (this.#unreported.isWaiting(name)) {
      const stored = await this.#store.read({ circuit: name, consistent: true }).catch(() => undefined)
      if (stored) this.#unreported.check(name, stored.record, policy, this.#clock.now())
    }
    return this.#unreported.pauseMs(name, this.#clock.now())
  }

  #namedOf(name: string): Named {
    const named = this.#plain.get(name) ?? this.#patterns.find(({ pattern }) => pattern.test(name))
    if (named) return named
    throw new BadRequest('circuit', name, this.#names)
  }

  #unverified(): Permission {
    return { admitted: true, token: { generation: -1, startedAt: this.#clock.now() } }
  }
}

/** A call begins by the clock of Step Functions, and ends by that of this environment. */
const maxAheadMs = 60_000

function hasWildcards(name: string): boolean {
  return /[*?]/.test(name)
}

/** Passes on the events of this environment; those it only learned of are reported by the environment that made them. */
function ownEvents(listener: CircuitListener): CircuitListener {
  return event => {
    const learned = event.type === 'control'
    const own = event.type !== 'transition' || (event.scope === 'fleet' && event.origin === 'here')
    if (own && !learned) listener(event)
  }
}
