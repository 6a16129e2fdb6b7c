import type { Report } from './counts.ts'
import type { Audit, CircuitRecord, Control } from './record.ts'

/** What a store holds of one circuit. `revision` is 0 and `record` undefined while nothing was ever written. */
export interface StoredCircuit {
  readonly record: CircuitRecord | undefined
  /**
   * Grows at every write of the record, by a random step: see `nextRevision` of `@breakwater/circuit/shared`. A write
   * succeeds only on the revision it was computed from.
   */
  readonly revision: number
  readonly control: Control | undefined
  /**
   * Grows in the same way at every override and every release, so that a reader knows which of two it has seen is the
   * later one; 0 while there was none.
   */
  readonly controlRevision: number
  /** Sums of the slices asked for, in the order asked; a slice without reports is all zeros. */
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

/** Answer to a conditional write: whether it was made, with the revision it made; if not, what stands there instead. */
export type WriteResult =
  | { readonly written: true; readonly revision: number }
  | { readonly written: false; readonly record: CircuitRecord | undefined; readonly revision: number }

/**
 * Where environments share circuits. Every step is atomic on one circuit; all judgement stays in the
 * caller, so that one transition function serves every store. Failures are thrown as {@link StoreError}.
 * `now` is the caller's time in epoch ms (stores keep no clock); it only sets when an entry may expire.
 *
 * To make one, extend `SharedStore` of `@breakwater/circuit/shared`: a circuit takes no other.
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
  /**
   * Sets or removes the override, and answers the revision that this made. Writes the act down first, so that none goes
   * unrecorded. Of two at once the later one stands, under the larger revision.
   */
  control(circuit: string, control: Control | undefined, audit: Audit): Promise<number>
  /** The acts on record, newest first, at most `limit` (default 20). */
  audits(circuit: string, limit?: number): Promise<readonly Audit[]>
}
