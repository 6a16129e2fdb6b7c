import type { Report } from '../counts.ts'
import { noReport, plus } from '../counts.ts'
import type { Audit, CircuitRecord, Control } from '../record.ts'
import type { ReadQuery, StoredCircuit, WriteResult } from '../store.ts'
import { nextRevision } from './revision.ts'
import { SharedStore } from './shared-store.ts'

interface Entry {
  record?: CircuitRecord
  revision: number
  control?: Control | undefined
  controlRevision: number
  readonly slices: Map<string, { sums: Report; expiresAt: number }>
  readonly audits: Audit[]
}

const maxAudits = 100

/**
 * A store in this process's memory, with the same conditional steps as the shared ones: for tests, and for several
 * {@link Circuit}s of one process that should share a state. Keeps one entry a circuit name until the process ends.
 *
 * @example
 * import { MemoryStore } from '@breakwater/circuit/shared'
 * const store = new MemoryStore()
 * const a = new Circuit('payments', { store, environment: 'a' })
 * const b = new Circuit('payments', { store, environment: 'b' })
 */
export class MemoryStore extends SharedStore {
  readonly #entries = new Map<string, Entry>()

  async read(query: ReadQuery): Promise<StoredCircuit> {
    const entry = this.#entries.get(query.circuit)
    return {
      record: entry?.record,
      revision: entry?.revision ?? 0,
      control: entry?.control,
      controlRevision: entry?.controlRevision ?? 0,
      slices: (query.slices ?? []).map(slice => entry?.slices.get(slice)?.sums ?? noReport),
    }
  }

  async write(circuit: string, record: CircuitRecord, revision: number, _now: number): Promise<WriteResult> {
    const entry = this.#entry(circuit)
    if (entry.revision !== revision) return { written: false, record: entry.record, revision: entry.revision }
    entry.record = record
    entry.revision = nextRevision(revision)
    return { written: true, revision: entry.revision }
  }

  async add(circuit: string, slice: string, report: Report, now: number, keepMs: number): Promise<Report> {
    const { slices } = this.#entry(circuit)
    for (const [name, { expiresAt }] of slices) if (expiresAt < now) slices.delete(name)
    const sums = plus(slices.get(slice)?.sums ?? noReport, report)
    slices.set(slice, { sums, expiresAt: now + keepMs })
    return sums
  }

  async control(circuit: string, control: Control | undefined, audit: Audit): Promise<number> {
    const entry = this.#entry(circuit)
    entry.audits.unshift(audit)
    entry.audits.length = Math.min(entry.audits.length, maxAudits)
    entry.control = control
    entry.controlRevision = nextRevision(entry.controlRevision)
    return entry.controlRevision
  }

  async audits(circuit: string, limit = 20): Promise<readonly Audit[]> {
    return this.#entries.get(circuit)?.audits.slice(0, limit) ?? []
  }

  #entry(circuit: string): Entry {
    let entry = this.#entries.get(circuit)
    if (entry === undefined) {
      entry = { revision: 0, controlRevision: 0, slices: new Map(), audits: [] }
      this.#entries.set(circuit, entry)
    }
    return entry
  }
}
