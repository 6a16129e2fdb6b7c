import type {
  Audit,
  CircuitRecord,
  Control,
  ReadQuery,
  Report,
  StoredCircuit,
  StoreError,
  WriteResult,
} from '@breakwater/circuit'
import { nextRevision, SharedStore } from '@breakwater/circuit/shared'
import { idOf, lacking, readable } from './answer.ts'
import { Batch } from './batch.ts'
import { decodeAudit, decodeControl, decodeReport, decodeState, encode, malformed } from './codec.ts'
import { Connection } from './connection.ts'
import { isConditionFailed } from './failure.ts'
import { checkStoreOptions, type DynamoDbStoreOptions } from './options.ts'
import {
  auditFields,
  auditPart,
  type Change,
  conditions,
  controlFields,
  expiresAt,
  type Item,
  type Key,
  keyOf,
  parts,
  released,
  stateFields,
  stateUpdate,
  tableKeys,
  updateOf,
  windowFields,
  windowPart,
  writeId,
} from './schema.ts'

/**
 * Keeps circuits in one DynamoDB table, so that all execution environments share them.
 *
 * Making a store is cheap and sends no request. The SDK is loaded and the client made in the background once a circuit shares
 * its state through the store: for circuits made at the top level of a module, while the environment initialises.
 * Every request is bounded by `requestTimeoutMs` and every failure is a `StoreError`. A `tableName` that is none, as of a
 * variable that is not set, is such a failure too: calls go on, and that is reported, as of any misconfigured table.
 *
 * @throws TypeError for any other bad option, naming it, its value and what is allowed.
 * @example
 * const store = new DynamoDbStore({ tableName: process.env.CIRCUIT_TABLE })
 * const payments = new Circuit('payments', { store })
 */
export class DynamoDbStore extends SharedStore {
  readonly tableName: string
  readonly #connection: Connection
  readonly #batch: Batch
  readonly #random: (() => number) | undefined

  constructor(options: DynamoDbStoreOptions) {
    super()
    this.#connection = new Connection(checkStoreOptions('DynamoDbStore', options, true))
    this.#random = options.random
    this.#batch = new Batch(this.#connection)
    this.tableName = this.#connection.tableName
  }

  protected override joined(): void {
    this.#connection.openSoon()
  }

  /**
   * Loads the SDK and makes the client, so that the first guarded call does not wait for that. Never rejects: a failure
   * here is thrown by the first request. Circuits load the SDK in the background; await this where the init phase must
   * not end before it is loaded.
   *
   * @example
   * await store.warm() // at the top level of the handler's module: Lambda's init has the CPU to spare
   */
  async warm(): Promise<void> {
    await this.#connection.open().catch(() => {})
  }

  /**
   * Closes the connections of the store's own client, for tests and tools; an injected client is left alone. The store
   * can still be used, and connects again.
   *
   * @example
   * afterAll(() => store.close())
   */
  close(): void {
    this.#connection.close()
  }

  /** All reads of one tick share one request, those of other circuits on this store included. */
  async read({ circuit, slices = [], consistent = false }: ReadQuery): Promise<StoredCircuit> {
    const [state, control, ...windows] = await this.#batch.read(
      [
        keyOf('circuit', circuit, parts.state),
        keyOf('control', circuit, parts.control),
        ...slices.map(slice => keyOf('circuit', circuit, windowPart(slice))),
      ],
      consistent,
    )
    return { ...decodeState(state), ...decodeControl(control), slices: windows.map(decodeReport) }
  }

  /**
   * A write that failed with `timeout` or `unavailable` may have been made: only a consistent read tells. The same write
   * may be repeated without harm, since its condition then fails. Where the client itself repeated it, the result is
   * that of the first attempt.
   */
  async write(circuit: string, record: CircuitRecord, revision: number, now: number): Promise<WriteResult> {
    const key = keyOf('circuit', circuit, parts.state)
    const id = { S: crypto.randomUUID() }
    const next = nextRevision(revision, this.#random)
    const fields = {
      ...encode(stateFields[record.state], record),
      [writeId]: id,
      [tableKeys.timeToLive]: expiresAt('state', now),
    }
    try {
      await this.#connection.send('UpdateItem', {
        TableName: this.tableName,
        ...stateUpdate(key, record.state, fields, revision, next),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      })
      return { written: true, revision: next }
    } catch (error) {
      if (!isConditionFailed(error)) throw error
      const there = idOf(error.Item) === idOf(key)
      const item: Item | undefined = there ? error.Item : await this.#get(key)
      return item?.[writeId]?.S === id.S
        ? { written: true, revision: next }
        : { written: false, ...decodeState(item) }
    }
  }

  /** Never sent twice: an addition whose answer was lost may have been made, and counting too few is safer than too many. */
  async add(circuit: string, slice: string, report: Report, now: number, keepMs: number): Promise<Report> {
    const key = keyOf('circuit', circuit, windowPart(slice))
    const { Attributes } = await this.#update(
      key,
      {
        set: { [tableKeys.timeToLive]: expiresAt('window', now + keepMs) },
        add: encode(windowFields, report),
      },
      false,
    )
    if (idOf(Attributes) !== idOf(key)) throw lacking('UpdateItem', this.tableName, 'Attributes')
    return decodeReport(Attributes)
  }

  /**
   * An override that fails with `timeout` or `unavailable` may be in force; it may be repeated without harm. Its revision is
   * added to, not set, so that neither of two operators at once needs to know of the other.
   */
  async control(circuit: string, control: Control | undefined, audit: Audit): Promise<number> {
    await this.#writeDown(circuit, audit)
    const set = encode(controlFields, control ?? { ...audit, mode: released, until: undefined })
    // An override without an end has no TTL: it holds until it is released.
    const end = control ? control.until : audit.at
    const ttl = end === undefined ? {} : { [tableKeys.timeToLive]: expiresAt('control', end) }
    const key = keyOf('control', circuit, parts.control)
    const { Attributes } = await this.#update(key, {
      set: { ...set, ...ttl },
      add: { revision: { N: String(nextRevision(0, this.#random)) } },
      remove: ['until', tableKeys.timeToLive].filter(name => !(name in set || name in ttl)),
    })
    if (idOf(Attributes) !== idOf(key)) throw lacking('UpdateItem', this.tableName, 'Attributes')
    return decodeControl(Attributes).controlRevision
  }

  /**
   * One strongly consistent request: at most 1 MB of acts, some hundreds, however large the limit. An item that cannot be
   * read as an act is left out, and `unreadable` is called with the reason. @default unreadable writes it to standard error
   */
  async audits(
    circuit: string,
    limit = 20,
    unreadable?: (error: StoreError) => void,
  ): Promise<readonly Audit[]> {
    if (limit < 1) return []
    const { partition, sort } = tableKeys
    const { [partition]: name } = keyOf('control', circuit, parts.audit)
    const { Items } = await this.#connection.send('Query', {
      TableName: this.tableName,
      KeyConditionExpression: '#circuit = :circuit AND begins_with(#part, :part)',
      ExpressionAttributeNames: { '#circuit': partition, '#part': sort },
      ExpressionAttributeValues: {
        ':circuit': name,
        ':part': { S: parts.audit },
      },
      ScanIndexForward: false,
      Limit: limit,
      ConsistentRead: true,
    })
    return Items!.flatMap(item => {
      const isAsked = item?.[partition]?.S === name.S && item[sort]?.S?.startsWith(parts.audit)
      if (!isAsked) throw lacking('Query', this.tableName, 'Items')
      return readable(() => decodeAudit(item), unreadable)
    })
  }

  /** Writes an act down once; what is written stays as it is. */
  async #writeDown(circuit: string, audit: Audit): Promise<void> {
    try {
      await this.#connection.send('UpdateItem', {
        TableName: this.tableName,
        ...updateOf(keyOf('control', circuit, auditPart(audit.at, crypto.randomUUID())), {
          set: { ...encode(auditFields, audit), [tableKeys.timeToLive]: expiresAt('audit', audit.at) },
          condition: conditions.unwritten,
        }),
      })
    } catch (error) {
      // No other act has this id: an earlier attempt wrote it, and its answer was lost.
      if (!isConditionFailed(error)) throw error
    }
  }

  /** Changes an item unless its schema version is unknown. */
  async #update(key: Key, change: Change, repeated = true) {
    try {
      return await this.#connection.send(
        'UpdateItem',
        {
          TableName: this.tableName,
          ...updateOf(key, { ...change, condition: conditions.known }),
          ReturnValues: change.add ? 'ALL_NEW' : 'NONE',
        },
        repeated,
      )
    } catch (error) {
      throw isConditionFailed(error) ? malformed(key, 'schema') : error
    }
  }

  async #get(key: Key): Promise<Item | undefined> {
    const { Item } = await this.#connection.send('GetItem', {
      TableName: this.tableName,
      Key: key,
      ConsistentRead: true,
    })
    if (Item && idOf(Item) !== idOf(key)) throw lacking('GetItem', this.tableName, 'Item')
    return Item
  }
}
