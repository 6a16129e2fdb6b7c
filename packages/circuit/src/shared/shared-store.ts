import type { Report } from '../counts.ts'
import type { Gate } from '../gate.ts'
import type { LocalGate } from '../local-gate.ts'
import type { Audit, CircuitRecord, Control } from '../record.ts'
import type { CircuitScope } from '../scope.ts'
import type { CircuitStore, ReadQuery, StoredCircuit, WriteResult } from '../store.ts'
import { SharedGate } from './shared-gate.ts'

/**
 * The base of every store. A store only keeps and compares; this class brings the rest (when an environment reads, what it
 * reports, and how it goes on without an answer), so that a circuit which shares nothing
 * carries none of that.
 *
 * `@breakwater/circuit/testing` has the contract that every implementation must pass.
 *
 * @example
 * class RedisStore extends SharedStore {
 *   async read(query) { ... }
 * }
 */
export abstract class SharedStore implements CircuitStore {
  abstract read(query: ReadQuery): Promise<StoredCircuit>
  abstract write(circuit: string, record: CircuitRecord, revision: number, now: number): Promise<WriteResult>
  abstract add(circuit: string, slice: string, report: Report, now: number, keepMs: number): Promise<Report>
  abstract control(circuit: string, control: Control | undefined, audit: Audit): Promise<number>
  abstract audits(circuit: string, limit?: number): Promise<readonly Audit[]>

  /** Called when a circuit starts to share its state through this store: the time to load a client. Does nothing by itself. */
  protected joined(): void {}

  /** @internal Makes the gate of a circuit that shares its state through this store. */
  join(local: LocalGate, scope: CircuitScope): Gate {
    this.joined()
    return new SharedGate(this, local, scope)
  }
}
