import type { Engine } from '../engine/engine.ts'
import type { Environment } from '../engine/environment.ts'
import type { Random } from '../engine/random.ts'
import type { RequestCondition } from '../scenario/scenario.ts'

/** An item. It is never changed in place, so that a reference to it stays valid as it was. */
export type StoredItem = Readonly<Record<string, unknown>>

/** What a request does. An addition counts as a write in totals and limits. */
export type RequestKind = 'read' | 'write' | 'addition'

/** How requests fare. Units and defaults as in `RequestCondition` of a scenario. */
export type RequestConditions = Required<RequestCondition>

/** The conditions of the table. Units and defaults as in `TableCondition` of a scenario. */
export interface TableConditions extends RequestConditions {
  readonly reads: RequestCondition
  readonly writes: RequestCondition
  readonly additions: RequestCondition
  readonly unprocessedRate: number
  readonly down: boolean
  readonly unreachable: (environment: Environment) => boolean
  readonly lagMs: number
}

/** A write that the table applied. */
export interface Applied {
  readonly environment: Environment
  readonly key: string
  readonly before: StoredItem | undefined
  /** Equal to `before` where the condition refused. */
  readonly after: StoredItem | undefined
}

/** Is informed of requests and their answers. */
export interface TableObserver {
  readSent(environment: Environment, consistent: boolean): void
  writeSent(environment: Environment, key: string): void
  applied(write: Applied): void
  /** An item was deleted, restored or otherwise put in place from outside. */
  replaced(key: string, item: StoredItem | undefined): void
  /** An answer that brings an item of this key arrives. */
  learned(environment: Environment, key: string, item: StoredItem | undefined): void
}

/** One request: the keys it reads or writes, and the function by which the table carries it out. */
export interface Request<T> {
  readonly kind: RequestKind
  readonly keys: readonly string[]
  readonly consistent?: boolean
  readonly signal?: AbortSignal | undefined
  readonly apply: () => T
}

interface Version {
  readonly at: number
  readonly item: StoredItem | undefined
}

const healthy: TableConditions = {
  errorRate: 0,
  throttleRate: 0,
  deny: false,
  down: false,
  hang: false,
  unreachable: () => false,
  lagMs: 20,
  latencyMs: 4,
  latencySigma: 0.4,
  reads: {},
  writes: {},
  additions: {},
  unprocessedRate: 0,
}

/** Units one key takes in a second, as DynamoDB documents it for a partition. */
const maxUnits = { read: 3_000, write: 1_000 } as const
/** Share of the eventually consistent reads that meet a replica which lags. */
const laggingShare = 1 / 3

/** An error as DynamoDB answers it. */
export class TableError extends Error {
  readonly $metadata: { readonly httpStatusCode: number }

  constructor(name: string, httpStatusCode: number, more: object = {}) {
    super(name)
    this.name = name
    this.$metadata = { httpStatusCode }
    Object.assign(this, more)
  }
}

/**
 * A DynamoDB table in virtual time: single items, replaced as a whole by the request that is applied; eventually
 * consistent reads that may lag, limits per key and second, latency, errors. Conditions change at any time.
 *
 * @example
 * const table = new SimulatedTable(engine, random)
 * const item = await table.request(environment, { kind: 'read', keys: ['a'], apply: () => table.read('a', true) })
 */
export class SimulatedTable {
  readonly totals = {
    reads: 0,
    writes: 0,
    throttled: 0,
    readUnits: 0,
    writeUnits: 0,
    peakReadUnits: 0,
    peakWriteUnits: 0,
  }
  observer: TableObserver | undefined
  /** Its replica in another Region, and how long a write takes there in the median, ms. */
  #replica: { readonly table: SimulatedTable; readonly lagMs: number } | undefined
  /** When the item of a key was written, in whichever Region, epoch ms of the engine. */
  readonly #writtenAt = new Map<string, number>()
  readonly #engine: Engine
  readonly #random: Random
  readonly #items = new Map<string, Version[]>()
  #conditions = healthy
  #byKind = conditionsByKind(healthy)
  #second = 0
  readonly #units = { read: new Map<string, number>(), write: new Map<string, number>() }

  constructor(engine: Engine, random: Random) {
    this.#engine = engine
    this.#random = random
  }

  get size(): number {
    return this.#items.size
  }

  /** The conditions from now on; what is not named is healthy. */
  set conditions(conditions: Partial<TableConditions>) {
    this.#conditions = { ...healthy, ...conditions }
    this.#byKind = conditionsByKind(this.#conditions)
  }

  /**
   * Sends a request. The answer reaches a frozen environment when it thaws, and a dead one never.
   *
   * @throws TableError, the reason of the signal, or what `apply` throws.
   */
  request<T>(
    environment: Environment,
    { kind, keys, consistent = true, signal, apply }: Request<T>,
  ): Promise<T> {
    const { totals } = this
    if (kind === 'read') {
      totals.reads++
      this.observer?.readSent(environment, consistent)
    } else {
      totals.writes++
      this.observer?.writeSent(environment, keys[0]!)
    }
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
      const { latencyMs, latencySigma } = this.#byKind[kind]
      const latency = this.#random.lognormal(latencyMs, latencySigma)
      this.#engine.after(latency / 2, () => {
        if (this.#byKind[kind].hang || this.#conditions.unreachable(environment)) return
        let answer: () => void
        try {
          this.#admit(kind, keys, consistent)
          const value = apply()
          answer = () => resolve(value)
        } catch (error) {
          answer = () => reject(error)
        }
        this.#engine.after(latency / 2, () => environment.deliver(answer))
      })
    })
  }

  /** The item of a key as a read finds it now. */
  read(key: string, consistent: boolean): StoredItem | undefined {
    const versions = this.#items.get(key)
    if (!versions) return undefined
    let at = this.#engine.now
    if (!consistent && this.#random.chance(laggingShare)) at -= this.#random.next() * this.#conditions.lagMs
    return versions.findLast(version => version.at <= at)?.item
  }

  /** Keys with this prefix, in descending order. */
  keys(prefix: string): readonly string[] {
    const keys = [...this.#items.keys()].filter(key => key.startsWith(prefix))
    return keys.sort().reverse()
  }

  /** Whether a batch leaves a key unprocessed. */
  leavesUnprocessed(): boolean {
    const { unprocessedRate } = this.#conditions
    return unprocessedRate > 0 && this.#random.chance(unprocessedRate)
  }

  write(environment: Environment, key: string, item: StoredItem): void {
    const before = this.read(key, true)
    this.#put(key, item)
    this.observer?.applied({ environment, key, before, after: item })
  }

  /** Puts an item in place, or deletes it, from outside of the fleet. */
  replace(key: string, item: StoredItem | undefined): void {
    this.#put(key, item)
    this.observer?.replaced(key, item)
  }

  /** All items as they are now: a backup, to be put back by {@link restore}. */
  backup(): ReadonlyMap<string, StoredItem | undefined> {
    return new Map([...this.#items.keys()].map(key => [key, this.read(key, true)]))
  }

  /** Replaces all items by those of a backup; the others are deleted. */
  restore(backup: ReadonlyMap<string, StoredItem | undefined>): void {
    for (const key of new Set([...this.#items.keys(), ...backup.keys()])) this.replace(key, backup.get(key))
  }

  /** Sends each write to the replica in another Region, where the one that was made later replaces the whole item. */
  replicateTo(table: SimulatedTable, lagMs: number): void {
    this.#replica = { table, lagMs }
  }

  /** Keys whose items are others than those of another table. */
  differences(other: SimulatedTable): readonly string[] {
    const keys = new Set([...this.#items.keys(), ...other.#items.keys()])
    return [...keys].filter(key => this.read(key, true) !== other.read(key, true))
  }

  /** A write of the other Region arrives. */
  #merge(key: string, item: StoredItem | undefined, writtenAt: number): void {
    if ((this.#writtenAt.get(key) ?? Number.NEGATIVE_INFINITY) >= writtenAt) return
    this.#store(key, item, writtenAt)
    this.observer?.replaced(key, item)
  }

  #put(key: string, item: StoredItem | undefined): void {
    const writtenAt = this.#engine.now
    this.#store(key, item, writtenAt)
    if (!this.#replica) return
    const { table, lagMs } = this.#replica
    this.#engine.after(this.#random.lognormal(lagMs, 0.5), () => table.#merge(key, item, writtenAt))
  }

  #store(key: string, item: StoredItem | undefined, writtenAt: number): void {
    const now = this.#engine.now
    if (this.#replica) this.#writtenAt.set(key, writtenAt)
    const versions = this.#items.get(key) ?? [{ at: Number.NEGATIVE_INFINITY, item: undefined }]
    versions.push({ at: now, item })
    // The oldest version that a lagging read may still find stays.
    const oldest = now - this.#conditions.lagMs
    while (versions.length > 1 && versions[1]!.at <= oldest) versions.shift()
    this.#items.set(key, versions)
  }

  /** Charges the units of a request, or refuses it. */
  #admit(kind: RequestKind, keys: readonly string[], consistent: boolean): void {
    const { down } = this.#conditions
    const { errorRate, throttleRate, deny } = this.#byKind[kind]
    if (deny) throw new TableError('AccessDeniedException', 400)
    if (down || this.#random.chance(errorRate)) throw new TableError('InternalServerError', 500)
    if (this.#random.chance(throttleRate)) {
      this.totals.throttled++
      throw new TableError('ThrottlingException', 400)
    }
    const second = Math.floor(this.#engine.now / 1_000)
    if (second !== this.#second) {
      this.#second = second
      this.#units.read.clear()
      this.#units.write.clear()
    }
    // The store's items are far below 1 kB.
    const capacity = kind === 'read' ? 'read' : 'write'
    const each = capacity === 'write' || consistent ? 1 : 0.5
    const units = this.#units[capacity]
    for (const key of keys) {
      const used = (units.get(key) ?? 0) + each
      if (used > maxUnits[capacity]) {
        this.totals.throttled++
        throw new TableError('ProvisionedThroughputExceededException', 400)
      }
      units.set(key, used)
      if (capacity === 'write') {
        this.totals.writeUnits += each
        this.totals.peakWriteUnits = Math.max(this.totals.peakWriteUnits, used)
      } else {
        this.totals.readUnits += each
        this.totals.peakReadUnits = Math.max(this.totals.peakReadUnits, used)
      }
    }
  }
}

function conditionsByKind(all: TableConditions): Readonly<Record<RequestKind, RequestConditions>> {
  const { reads, writes, additions } = all
  return { read: { ...all, ...reads }, write: { ...all, ...writes }, addition: { ...all, ...additions } }
}
