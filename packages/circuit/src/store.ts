import type { MachineEvent } from './machine.ts'
import type { CircuitRecord, Control, ControlMode } from './record.ts'
import type { CircuitScope } from './scope.ts'

/** What one or more environments saw of a dependency. All four are whole numbers of at least 0. */
export interface Counts {
  readonly calls: number
  readonly failures: number
  readonly slow: number
}

/** A report to the fleet: calls counted since the last one, and this environment's vote. */
export interface Report extends Counts {
  /** 1 with the first report of an environment in a slice, else 0. */
  readonly environments: number
  /** 1 with the first report of an environment that has shut its own gate in a slice, else 0. */
  readonly shedding: number
}

/** What a store holds of one circuit. `revision` is 0 and `record` undefined while nothing was ever written. */
export interface StoredCircuit {
  readonly record: CircuitRecord | undefined
  /** Grows by one at every write of the record; a write succeeds only on the revision it was computed from. */
  readonly revision: number
  readonly control: Control | undefined
  /** Sums of the slices asked for, in the order asked; a slice nobody wrote is all zeros. */
  readonly slices: readonly Report[]
}

/** Which circuit to read. */
export interface ReadQuery {
  readonly circuit: string
  /** Names of count slices to read along. Default none. */
  readonly slices?: readonly string[]
  /** True for a strongly consistent read. Default false: a replica may lag by up to some seconds. */
  readonly consistent?: boolean
}

/** Answer to a conditional write: whether it was made, and if not, what stands there instead. */
export type WriteResult =
  | { readonly written: true }
  | { readonly written: false; readonly record: CircuitRecord | undefined; readonly revision: number }

/** One act of an operator, kept for the record. */
export interface Audit {
  readonly act: ControlMode | 'RELEASED'
  readonly by: string
  readonly reason: string
  readonly at: number
  readonly until?: number
}

/**
 * Where environments share circuits. Every step is atomic on one circuit; all judgement stays in the
 * caller, so that one transition function serves every store. Failures are thrown as {@link StoreError}.
 * `now` is the caller's time in epoch ms (stores keep no clock); it only sets when an entry may expire.
 *
 * To make one, extend `SharedStore` of `@breakwater/circuit/shared`.
 *
 * @example
 * const stored = await store.read({ circuit: 'payments' })
 * await store.write('payments', nextRecord, stored.revision, Date.now())
 */
export interface CircuitStore {
  /** Reads one circuit. Reads made in the same tick may travel in one request. */
  read(query: ReadQuery): Promise<StoredCircuit>
  /** Writes the record if the stored revision is still `revision`; otherwise changes nothing and says what is there. */
  write(circuit: string, record: CircuitRecord, revision: number, now: number): Promise<WriteResult>
  /** Adds a report to a slice and returns the slice's sums after it. `keepMs`: how long the slice matters. */
  add(circuit: string, slice: string, report: Report, now: number, keepMs: number): Promise<Report>
  /** Sets or removes the override, and writes the act down first, so that none goes unrecorded. */
  control(circuit: string, control: Control | undefined, audit: Audit): Promise<void>
  /** The acts on record, newest first, at most `limit` (default 20). */
  audits(circuit: string, limit?: number): Promise<readonly Audit[]>
  /** How a circuit starts to share its state; `SharedStore` brings it. */
  join(config: FleetConfig): FleetView
}

/** What a view of the fleet needs to know. */
export interface FleetConfig extends CircuitScope {
  /** Called when the shared record has changed its state: what was counted before is out of date. */
  readonly changed: () => void
}

/** One environment's view of the state that all environments share, as its circuit uses it. */
export interface FleetView {
  readonly record: CircuitRecord
  control: Control | undefined
  /** Whether the store answers; `unread` before it was first asked. */
  readonly health: 'unread' | 'available' | 'unavailable'
  /** Starts a read if one is due; a promise only where the call must wait for it, at most `storeWaitMs`. */
  freshen(now: number): Promise<unknown> | undefined
  /** Reads now, strongly consistent. Never rejects. */
  refresh(): Promise<void>
  /** Brings an event to the shared record; while the store is away, to this environment's copy of it. Never rejects. */
  commit(event: MachineEvent): Promise<unknown>
  /** Takes a permit to probe for `leaseMs`; false if there is none. Never rejects. */
  acquire(lease: string, leaseMs: number): Promise<boolean>
  /** Takes note of a settled call; a promise where the fleet must hear of it now. */
  count(
    startedAt: number,
    failed: boolean,
    slow: boolean,
    retryAfterMs: number,
    now: number,
  ): Promise<unknown> | undefined
  /** True when an environment that sheds by its own gate should say so with `report`. */
  voteIsDue(now: number): boolean
  report(now: number, shedding: boolean): Promise<void>
}
