import type { RejectScope } from './errors.ts'
import type { Outcome } from './events.ts'
import type { Audit, CircuitRecord, Control } from './record.ts'
import type { CircuitStatus } from './status.ts'

/** The admission of one call: the generations it was admitted under, and the lease it holds if it is a probe. */
export interface Admission {
  readonly generation: number
  /** The generation of this environment's own gate. */
  readonly localGeneration: number
  readonly lease: { readonly id: string; readonly of: 'fleet' | 'environment' } | undefined
  /** True for a call that is made elsewhere, as the task of a workflow is. */
  readonly detached?: boolean
}

/** How a call went. Times are epoch ms; `at` is when it ended, or should have. */
export interface CallResult {
  readonly outcome: Outcome
  readonly slow: boolean
  readonly retryAfterMs: number
  readonly startedAt: number
  readonly at: number
  readonly now: number
}

/** Decides about calls: an environment's own gate, or one that shares its state with a fleet. Throws only where it says so. */
export interface Gate {
  /** The state in force. */
  readonly record: CircuitRecord
  /** Whose state that is, unless it is this environment's own gate's. */
  readonly scope: RejectScope
  /** The operator's last override, which may have run out. */
  readonly control: Control | undefined
  readonly health: CircuitStatus['store']
  /** Starts a read of the shared state if one is due; a promise only where the call must wait for it. */
  freshen?(now: number): Promise<unknown> | undefined
  refresh?(): Promise<unknown>
  /**
   * Admits a call, or returns the record that rejects it; at once unless a permit must be fetched. A `detached` call
   * is made elsewhere: this environment's own gate has no say in it.
   */
  ask(
    now: number,
    leaseMs: number,
    detached?: boolean,
  ): Admission | CircuitRecord | Promise<Admission | CircuitRecord>
  /**
   * Puts an override in force, or ends one.
   *
   * @throws StoreError when it could not be recorded; nothing has changed then.
   */
  override(control: Control | undefined, audit: Audit): Promise<void>
  /** Counts the outcome of a call; a promise where the fleet must know now. */
  settle(admission: Admission, result: CallResult): Promise<unknown> | undefined
}
