import { type Clock, systemClock } from '@breakwater/circuit'
import { type Check, checkOptions, checkValue, objectWith, required, text } from '@breakwater/circuit/shared'
import type { LabelChange, RunRecord, ServiceRecord } from '../model.ts'
import type { Codec } from './codec.ts'
import {
  type AuditEntry,
  auditCodec,
  type ControlRecord,
  controlCodec,
  type ExecutionRecord,
  executionCodec,
  labelChangeCodec,
  runCodec,
  type Situation,
  type Stop,
  serviceCodec,
  type Versioned,
} from './codecs.ts'
import { keys, retentionMs } from './keys.ts'
import type { Entry, Key, RecyclerStore } from './store.ts'

/** Options of {@link Records}. */
export interface RecordsOptions {
  /** @default the machine's own time */
  readonly clock?: Clock
}

/**
 * A recycler's records, by their types. What is read is looked at before it is believed: an entry that is not of this
 * layout is a StoreError of kind `unknown-schema`, and stays as it is. A read answers the revision along with the record;
 * a save that is given it replaces exactly what was read, answers the new revision, and undefined where another
 * environment was quicker.
 *
 * @example
 * const records = new Records(new DynamoDbRecyclerStore({ tableName: process.env.CIRCUIT_TABLE }))
 * const { value, revision } = await records.run(change)
 * const saved = await records.saveRun({ ...value, status: 'finished' }, revision)
 */
export class Records {
  readonly store: RecyclerStore
  readonly #clock: Clock

  /** @throws TypeError for a store that is none. */
  constructor(store: RecyclerStore, { clock = systemClock }: RecordsOptions = {}) {
    checkValue('Records', 'store', store, required(objectWith('a RecyclerStore', 'read', 'write', 'list')))
    this.store = store
    this.#clock = clock
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

  /** The label changes that happened, or were seen, at `since` (epoch ms) or later. @default all of them @throws StoreError */
  async labelChanges(since = -Infinity): Promise<readonly LabelChange[]> {
    const entries = await this.store.list(keys.labelChanges)
    return entries
      .map(entry => labelChangeCodec.decode(entry))
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
  async audit(source: string, entry: AuditEntry, id: string = crypto.randomUUID()): Promise<void> {
    await this.store.write(keys.audit(source, entry.at, id), auditCodec.encode(entry), {
      revision: 0,
      expiresAt: entry.at + retentionMs.record,
    })
  }

  /** The latest decisions about a source, newest first. @default limit 20 @throws StoreError */
  async audits(source: string, limit = 20): Promise<readonly AuditEntry[]> {
    const entries = await this.store.list(keys.audits(source), { limit, newestFirst: true })
    return entries.map(entry => auditCodec.decode(entry))
  }

  /** The stop of all recycles, if one is in force. @throws StoreError */
  async control(): Promise<Stop | undefined> {
    return this.#inForce((await this.#read(keys.control, controlCodec)).value)
  }

  /**
   * Stops all recycles: no plan goes on and no UpdateService is made until released, or until `until` (epoch ms).
   * Deployments that are under way are not touched.
   *
   * @throws TypeError for a bad value; StoreError when it could not be put on record: nothing is in force then.
   * @example
   * await records.stop({ by: 'ana', reason: 'database is being moved' })
   */
  stop(act: { readonly by: string; readonly reason: string; readonly until?: number }): Promise<void> {
    return this.#act('STOPPED', act)
  }

  /** Lets recycles go on. Otherwise as {@link stop}. */
  release(act: { readonly by: string; readonly reason: string }): Promise<void> {
    return this.#act('RELEASED', act)
  }

  /** The latest stops and releases, newest first. @default limit 20 @throws StoreError */
  controlAudits(limit = 20): Promise<readonly AuditEntry[]> {
    return this.audits('control', limit)
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
      stop: this.#inForce(decode(control, controlCodec).value),
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

  #inForce(control: ControlRecord | undefined): Stop | undefined {
    if (control?.mode !== 'STOPPED' || this.#clock.now() >= (control.until ?? Infinity)) return undefined
    const { mode: _, ...stop } = control
    return stop
  }

  async #act(
    mode: ControlRecord['mode'],
    act: { readonly by: string; readonly reason: string; readonly until?: number },
  ): Promise<void> {
    const at = this.#clock.now()
    const stillToCome: Check = {
      allowed: 'an epoch time in ms that is still to come',
      good: until => Number.isFinite(until) && (until as number) > at,
    }
    const owner = mode === 'STOPPED' ? 'Records.stop' : 'Records.release'
    const checks = { by: required(text), reason: required(text), until: stillToCome }
    const { by, reason, until } = checkOptions(owner, act, checks)
    // The audit first: what is in force is on record, too.
    await this.audit('control', { at, act: mode === 'STOPPED' ? 'stopped' : 'released', by, text: reason })
    const record = { mode, by, reason, at, ...(until !== undefined && { until }) }
    await this.store.write(keys.control, controlCodec.encode(record))
  }
}

function decode<T>(entry: Entry | undefined, codec: Codec<T>): Versioned<T> {
  return entry ? { value: codec.decode(entry), revision: entry.revision } : { value: undefined, revision: 0 }
}
