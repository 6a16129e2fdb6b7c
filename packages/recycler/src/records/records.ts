import { type Clock, systemClock } from '@breakwater/circuit'
import { checkValue, objectWith, required } from '@breakwater/circuit/shared'
import { readable } from '@breakwater/dynamodb/connection'
import type { LabelChange, RunRecord, ServiceRecord } from '../model.ts'
import { readAudits, writeAudit } from './audits.ts'
import type { Codec } from './codec.ts'
import {
  type AuditEntry,
  controlCodec,
  type ExecutionRecord,
  executionCodec,
  labelChangeCodec,
  runCodec,
  type Situation,
  serviceCodec,
  type Versioned,
} from './codecs.ts'
import { keys, retentionMs } from './keys.ts'
import { inForce, KillSwitch } from './kill-switch.ts'
import type { Entry, Key, RecyclerStore, Unreadable } from './store.ts'

/**
 * What a recycler's functions know and have decided. What is read is looked at before it is believed: an entry that is
 * not of this layout is a StoreError of kind `unknown-schema`, and stays as it is; in a list it is left out and reported. A read answers the revision along with
 * the record; a save that is given it replaces exactly what was read, answers the new revision, and undefined where
 * another environment was quicker.
 *
 * @example
 * const records = new Records(new DynamoDbRecyclerStore({ tableName: process.env.CIRCUIT_TABLE }))
 * const { value, revision } = await records.run(change)
 * const saved = await records.saveRun({ ...value, status: 'finished' }, revision)
 */
export class Records {
  /** Where they are kept. */
  readonly store: RecyclerStore
  /** Whether recycles may go on. */
  readonly killSwitch: KillSwitch
  readonly #clock: Clock
  readonly #unreadable: Unreadable | undefined

  /**
   * @param store where they are kept, such as a `DynamoDbRecyclerStore`.
   * @param options.clock tells the time. @default the machine's own time
   * @param options.unreadable is called for each row of a list that is no such record and is left out. @default writes it
   * to standard error
   * @throws TypeError for a store that is none.
   */
  constructor(
    store: RecyclerStore,
    { clock = systemClock, unreadable }: { readonly clock?: Clock; readonly unreadable?: Unreadable } = {},
  ) {
    checkValue('Records', 'store', store, required(objectWith('a RecyclerStore', 'read', 'write', 'list')))
    this.store = store
    this.#clock = clock
    this.#unreadable = unreadable
    this.killSwitch = new KillSwitch(store, { clock })
  }

  /** The last known label change of a label. @throws StoreError */
  labelChange(source: string, label: string): Promise<Versioned<LabelChange>> {
    return this.#read(keys.labelChange(source, label), labelChangeCodec)
  }

  /** @param revision of what is replaced, 0 where none may be there. @throws StoreError */
  saveLabelChange(labelChange: LabelChange, revision: number): Promise<number | undefined> {
    return this.store.write(
      keys.labelChange(labelChange.source, labelChange.label),
      labelChangeCodec.encode(labelChange),
      { revision },
    )
  }

  /** The label changes that happened, or were seen, at `since` (epoch ms) or later; what is unreadable is left out. @default all of them @throws StoreError */
  async labelChanges(since = -Infinity, unreadable = this.#unreadable): Promise<readonly LabelChange[]> {
    const entries = await this.store.list(keys.labelChanges, { unreadable })
    return entries
      .flatMap(entry => readable(() => labelChangeCodec.decode(entry), unreadable))
      .filter(({ movedAt, seenAt }) => Math.max(movedAt, seenAt) >= since)
  }

  /** What is on record of a service. @throws StoreError */
  service(arn: string): Promise<Versioned<ServiceRecord>> {
    return this.#read(keys.service(arn), serviceCodec)
  }

  /** The same of many, by their ARNs, for a plan; those of which there is no record are left out. @throws StoreError */
  async services(arns: readonly string[]): Promise<ReadonlyMap<string, ServiceRecord>> {
    const entries = await this.store.read(arns.map(keys.service))
    return new Map(
      entries.flatMap((entry, at) => (entry ? [[arns[at]!, serviceCodec.decode(entry)] as const] : [])),
    )
  }

  /** @param revision of what is replaced, 0 where none may be there. @throws StoreError */
  saveService(record: ServiceRecord, revision: number): Promise<number | undefined> {
    return this.#save(keys.service(record.service), serviceCodec.encode(record), revision)
  }

  /** How the recycles of a change go. @throws StoreError */
  run(change: string): Promise<Versioned<RunRecord>> {
    return this.#read(keys.run(change), runCodec)
  }

  /** @param revision of what is replaced, 0 where none may be there. @throws StoreError */
  saveRun(run: RunRecord, revision: number): Promise<number | undefined> {
    return this.#save(keys.run(run.change), runCodec.encode(run), revision)
  }

  /**
   * Marks a run `failed`, whichever execution works on it, so that nothing more is started for its change. The first reason
   * stands. A run that is not on record cannot be marked.
   *
   * @throws StoreError
   */
  failRun(change: string, reason: string): Promise<void> {
    return this.changeRun(change, run =>
      run.status === 'failed' ? undefined : { ...run, status: 'failed', reason },
    )
  }

  /**
   * Changes a run that is on record, again where another environment was quicker; `edit` answers undefined to leave it.
   *
   * @throws StoreError
   */
  async changeRun(change: string, edit: (run: RunRecord) => RunRecord | undefined): Promise<void> {
    for (;;) {
      const { value, revision } = await this.run(change)
      const next = value && edit(value)
      if (!next || (await this.saveRun(next, revision)) !== undefined) return
    }
  }

  /** What an execution has done so far. @throws StoreError */
  async execution(name: string): Promise<ExecutionRecord | undefined> {
    return (await this.#read(keys.execution(name), executionCodec)).value
  }

  /** Puts it on record; an execution asks one thing at a time, so that no other environment writes it. @throws StoreError */
  async saveExecution(name: string, record: ExecutionRecord): Promise<void> {
    const expiresAt = this.#clock.now() + retentionMs.execution
    await this.store.write(keys.execution(name), executionCodec.encode(record), { expiresAt })
  }

  /**
   * Writes down a decision, for a year.
   *
   * @param source ARN of the secret or parameter it is about.
   * @param id tells it from others of the same ms. Where it says what was decided, a decision that is repeated stays one
   * record, the first. @default random
   * @throws StoreError
   */
  audit(source: string, entry: AuditEntry, id?: string): Promise<void> {
    return writeAudit(this.store, source, entry, id)
  }

  /** The latest decisions about a source, newest first. @default limit 20 @throws StoreError */
  audits(source: string, limit = 20): Promise<readonly AuditEntry[]> {
    return readAudits(this.store, source, limit, this.#unreadable)
  }

  /** All that must be known before a service is touched, in one strongly consistent read. @throws StoreError */
  async situation(of: {
    readonly change: string
    readonly source: string
    readonly label: string
    readonly service: string
  }): Promise<Situation> {
    const [control, run, labelChange, service] = await this.store.read([
      keys.control,
      keys.run(of.change),
      keys.labelChange(of.source, of.label),
      keys.service(of.service),
    ])
    return {
      stop: inForce(decode(control, controlCodec).value, this.#clock.now()),
      run: decode(run, runCodec),
      labelChange: decode(labelChange, labelChangeCodec),
      service: decode(service, serviceCodec),
    }
  }

  async #read<T>(key: Key, codec: Codec<T>): Promise<Versioned<T>> {
    const [entry] = await this.store.read([key])
    return decode(entry, codec)
  }

  #save(key: Key, value: unknown, revision: number): Promise<number | undefined> {
    return this.store.write(key, value, { revision, expiresAt: this.#clock.now() + retentionMs.record })
  }
}

function decode<T>(entry: Entry | undefined, codec: Codec<T>): Versioned<T> {
  return entry ? { value: codec.decode(entry), revision: entry.revision } : { value: undefined, revision: 0 }
}
