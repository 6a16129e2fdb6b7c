import type { Outcome } from './events.ts'
import type { Audit, CircuitRecord, Control } from './record.ts'
import type { CircuitStatus } from './status.ts'

/** Leave for one call: the generations it was given under, and the lease it holds if it is a probe. */
export interface Pass {
  readonly generation: number
  /** The generation of this environment's own gate. */
  readonly localGeneration: number
  readonly lease: { readonly id: string; readonly of: 'fleet' | 'environment' } | undefined
}

/** How a call went. Times are epoch ms; `at` is when it ended, or should have. */
export interface Result {
  readonly outcome: Outcome
  readonly slow: boolean
  readonly retryAfterMs: number
  readonly startedAt: number
  readonly at: number
  readonly now: number
}

/** Who decides about calls: an environment's own gate, or one that shares its state with a fleet. Does not throw but where it says so. */
export interface Gatekeeper {
  /** The state in force. */
  readonly record: CircuitRecord
  /** The operator's override, be it over or not. */
  readonly control: Control | undefined
  readonly health: CircuitStatus['store']
  /** Sees to it that what is known is fresh; a promise only where the call must wait for that. */
  freshen?(now: number): Promise<unknown> | undefined
  refresh?(): Promise<unknown>
  /**
   * Lets a call in, or answers the record that keeps it out; at once unless a permit must be fetched. A `detached` call
   * is made elsewhere: what this environment alone has seen has no say in it.
   */
  ask(now: number, leaseMs: number, detached?: boolean): Pass | CircuitRecord | Promise<Pass | CircuitRecord>
  /**
   * Puts an override in force, or ends one.
   *
   * @throws StoreError when it could not be recorded; nothing has changed then.
   */
  override(control: Control | undefined, audit: Audit): Promise<void>
  /** Takes note of how a call went; a promise where the fleet must hear of it now. */
  settle(pass: Pass, result: Result): Promise<unknown> | undefined
}
