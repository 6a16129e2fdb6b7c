import { type Clock, systemClock } from '@breakwater/circuit'
import { type Check, checkOptions, checkValue, objectWith, required, text } from '@breakwater/circuit/shared'
import { readAudits, writeAudit } from './audits.ts'
import { type AuditEntry, type ControlRecord, controlCodec, type Stop } from './codecs.ts'
import { keys } from './keys.ts'
import type { RecyclerStore } from './store.ts'

/** The audits of stops and releases stand under this in place of a source. */
const source = 'control'

/**
 * Stops all recycles of an installation, and lets them go on. It is read by every plan and right before every
 * UpdateService; deployments that are under way are not touched.
 *
 * @example
 * const killSwitch = new KillSwitch(new DynamoDbRecyclerStore({ tableName: process.env.CIRCUIT_TABLE }))
 * await killSwitch.stop({ by: 'ana', reason: 'database is being moved' })
 */
export class KillSwitch {
  readonly #store: RecyclerStore
  readonly #clock: Clock

  /**
   * @param store where the recycler keeps its records: a `DynamoDbRecyclerStore`.
   * @param options.clock tells the time. @default the machine's own time
   * @throws TypeError for a store that is none.
   */
  constructor(store: RecyclerStore, { clock = systemClock }: { readonly clock?: Clock } = {}) {
    checkValue('KillSwitch', 'store', store, required(objectWith('a RecyclerStore', 'read', 'write', 'list')))
    this.#store = store
    this.#clock = clock
  }

  /** The stop that is in force, undefined where recycles go on. @throws StoreError */
  async status(): Promise<Stop | undefined> {
    const [entry] = await this.#store.read([keys.control])
    return entry && inForce(controlCodec.decode(entry), this.#clock.now())
  }

  /**
   * Stops all recycles: no plan goes on and no UpdateService is made until released, or until `until` (epoch ms).
   *
   * @throws TypeError for a bad value; StoreError when it could not be put on record: nothing is in force then.
   * @example
   * await killSwitch.stop({ by: 'ana', reason: 'database is being moved', until: Date.now() + 3_600_000 })
   */
  stop(act: { readonly by: string; readonly reason: string; readonly until?: number }): Promise<void> {
    return this.#act('STOPPED', act)
  }

  /** Lets recycles go on. Otherwise as {@link stop}. */
  release(act: { readonly by: string; readonly reason: string }): Promise<void> {
    return this.#act('RELEASED', act)
  }

  /** The latest stops and releases, newest first. @default limit 20 @throws StoreError */
  audits(limit = 20): Promise<readonly AuditEntry[]> {
    return readAudits(this.#store, source, limit)
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
    const owner = mode === 'STOPPED' ? 'KillSwitch.stop' : 'KillSwitch.release'
    const checks = { by: required(text), reason: required(text), until: stillToCome }
    const { by, reason, until } = checkOptions(owner, act, checks)
    // The audit first: what is in force is on record, too.
    const entry = { at, act: mode === 'STOPPED' ? 'stopped' : 'released', by, text: reason } as const
    await writeAudit(this.#store, source, entry)
    const record = { mode, by, reason, at, ...(until !== undefined && { until }) }
    await this.#store.write(keys.control, controlCodec.encode(record))
  }
}

/** The stop of a record, while it is in force. */
export function inForce(record: ControlRecord | undefined, now: number): Stop | undefined {
  if (record?.mode !== 'STOPPED' || now >= (record.until ?? Infinity)) return undefined
  const { mode: _, ...stop } = record
  return stop
}
