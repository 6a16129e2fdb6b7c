import type { Clock } from '../clock.ts'
import type { Report } from '../counts.ts'
import { StoreError, type StoreErrorKind } from '../errors.ts'
import type { Audit, CircuitRecord, Control } from '../record.ts'
import { checkValue, objectWith, required } from '../shared/check-options.ts'
import { SharedStore } from '../shared/shared-store.ts'
import type { CircuitStore, ReadQuery, StoredCircuit, WriteResult } from '../store.ts'

/** The calls of a {@link CircuitStore}. */
export type StoreOperation = 'read' | 'write' | 'add' | 'control' | 'audits'

/**
 * What goes wrong. `error`: requests fail with this kind and do nothing. `hang`: they are never answered.
 * `latencyMs`: they are answered that much later. `lostAnswer`: they are carried out, and then fail with a timeout.
 */
export interface StoreFault {
  readonly error?: StoreErrorKind
  readonly hang?: boolean
  readonly latencyMs?: number
  readonly lostAnswer?: boolean
  /** Which requests are hit. @default all */
  readonly operations?: readonly StoreOperation[]
  /** How many requests are hit before all is well again. @default every one until `heal` */
  readonly times?: number
}

/**
 * Wraps a store and breaks it on demand, to see how your code lives with a table that is throttled, slow,
 * unreachable or misconfigured. Counts every request.
 *
 * @example
 * const store = new FaultyStore(new MemoryStore(), clock)
 * store.fail({ error: 'throttled', operations: ['write'], times: 3 })
 */
export class FaultyStore extends SharedStore {
  /** Requests by operation, failed ones included. */
  readonly requests: Record<StoreOperation, number> = { read: 0, write: 0, add: 0, control: 0, audits: 0 }
  readonly #inner: CircuitStore
  readonly #clock: Clock
  #fault: StoreFault = {}
  #left = 0
  #frozenReads: Map<string, StoredCircuit> | undefined

  constructor(inner: CircuitStore, clock: Clock) {
    super()
    checkValue('FaultyStore', 'inner', inner, required(objectWith('a store', 'read', 'write')))
    checkValue('FaultyStore', 'clock', clock, required(objectWith('a Clock', 'now', 'setTimeout')))
    this.#inner = inner
    this.#clock = clock
  }

  /** From now on this goes wrong, in place of what went wrong before. */
  fail(fault: StoreFault): void {
    this.#fault = fault
    this.#left = fault.times ?? Infinity
  }

  /** All is well again. */
  heal(): void {
    this.#left = 0
    this.#frozenReads = undefined
  }

  /** From now on reads that are not consistent answer what they first answered, like a replica that lags. */
  lag(): void {
    this.#frozenReads = new Map()
  }

  read(query: ReadQuery): Promise<StoredCircuit> {
    return this.#pass('read', async () => {
      const lagging = query.consistent ? undefined : this.#frozenReads
      const stored = lagging?.get(query.circuit) ?? (await this.#inner.read(query))
      lagging?.set(query.circuit, stored)
      return stored
    })
  }

  write(circuit: string, record: CircuitRecord, revision: number, now: number): Promise<WriteResult> {
    return this.#pass('write', () => this.#inner.write(circuit, record, revision, now))
  }

  add(circuit: string, slice: string, report: Report, now: number, keepMs: number): Promise<Report> {
    return this.#pass('add', () => this.#inner.add(circuit, slice, report, now, keepMs))
  }

  control(circuit: string, control: Control | undefined, audit: Audit): Promise<number> {
    return this.#pass('control', () => this.#inner.control(circuit, control, audit))
  }

  audits(circuit: string, limit?: number): Promise<readonly Audit[]> {
    return this.#pass('audits', () => this.#inner.audits(circuit, limit))
  }

  async #pass<T>(operation: StoreOperation, request: () => Promise<T>): Promise<T> {
    this.requests[operation]++
    const fault = this.#fault
    if (this.#left <= 0 || !(fault.operations ?? [operation]).includes(operation)) return request()
    this.#left--
    if (fault.latencyMs !== undefined) {
      await new Promise<void>(resolve => this.#clock.setTimeout(resolve, fault.latencyMs!))
    }
    if (fault.hang) return new Promise(() => {})
    if (fault.error !== undefined)
      throw new StoreError(fault.error, `${operation}: fault injected (${fault.error})`)
    const result = await request()
    if (fault.lostAnswer)
      throw new StoreError('timeout', `${operation}: carried out, but the answer was lost`)
    return result
  }
}
