/**
 * A recycler's records in the table of the circuits.
 *
 * @module
 */
import type { BatchGetItemCommandOutput, KeysAndAttributes } from '@aws-sdk/client-dynamodb'
import { type Clock, StoreError, systemClock } from '@breakwater/circuit'
import {
  type Connection,
  connect,
  type DynamoDbStoreOptions,
  isConditionFailed,
  readable,
} from '@breakwater/dynamodb/connection'
import {
  type Change,
  conditions,
  type Item,
  keyIn,
  schemaVersion,
  tableKeys,
  type Update,
  updateOf,
  writeId,
} from '@breakwater/dynamodb/schema'
import { chunksOf } from '../concurrency.ts'
import { untouched } from './codec.ts'
import { checkKey, checkPartition } from './keys.ts'
import type { Entry, Key, ListOptions, RecyclerStore, WriteOptions } from './store.ts'

/** What BatchGetItem takes at most. */
const maxKeys = 100
/** How often keys are asked for that DynamoDB left unprocessed, and the longest pauses before, in ms. */
const pauses = [50, 100, 200, 400, 800]

type ItemKey = NonNullable<KeysAndAttributes['Keys']>[number]

/** Options of a {@link DynamoDbRecyclerStore}: those of a `DynamoDbStore`, and: */
export type DynamoDbRecyclerStoreOptions = DynamoDbStoreOptions & {
  /** Answers 0 to 1, for the jitter of repeated reads. @default Math.random */
  readonly random?: () => number
}

/**
 * Keeps a recycler's records in the DynamoDB table that the circuits share, with the same four permissions. Every request
 * is bounded by `requestTimeoutMs` and every failure is a StoreError. An item of a layout that is unknown here is left
 * as it is and reported as such an error.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @example
 * const records = new Records(new DynamoDbRecyclerStore({ tableName: process.env.CIRCUIT_TABLE }))
 */
export class DynamoDbRecyclerStore implements RecyclerStore {
  readonly #connection: Connection
  readonly #clock: Clock
  readonly #random: () => number

  constructor(options: DynamoDbRecyclerStoreOptions) {
    const { random = Math.random, ...rest } = options ?? {}
    this.#connection = connect(rest as DynamoDbStoreOptions)
    this.#clock = rest.clock ?? systemClock
    this.#random = random
  }

  /** Closes the connections of the store's own client, for tests and tools; an injected client is left alone. */
  close(): void {
    this.#connection.close()
  }

  async read(keys: readonly Key[]): Promise<readonly (Entry | undefined)[]> {
    // BatchGetItem refuses a key that is named twice.
    const requested = new Map(keys.map(checkKey).map(key => [idOf(key.partition, key.sort), key]))
    const chunks = chunksOf([...requested.values()], maxKeys)
    const entries = (await Promise.all(chunks.map(chunk => this.#fetch(chunk)))).flat()
    const found = new Map(entries.map(entry => [idOf(entry.partition, entry.sort), entry]))
    return keys.map(checkKey).map(({ partition, sort }) => found.get(idOf(partition, sort)))
  }

  async write(key: Key, value: unknown, options: WriteOptions = {}): Promise<number | undefined> {
    const checked = checkKey(key)
    const id = crypto.randomUUID()
    try {
      const { Attributes } = await this.#connection.send('UpdateItem', {
        TableName: this.#connection.tableName,
        ...writeRequest(checked, value, options, id),
        ReturnValues: 'UPDATED_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      })
      return Number(Attributes?.revision?.N)
    } catch (error) {
      if (!isConditionFailed(error)) throw error
      const item = error.Item ?? (await this.#get(checked))
      const entry = item && decodeItem(item)
      // The answer of an earlier attempt at this very write was lost.
      if (entry && item[writeId]?.S === id) return entry.revision
      if (options.revision === undefined) throw untouched(checked, 'it was of another layout a moment ago')
      return undefined
    }
  }

  async list(
    partition: string,
    { prefix = '', limit = Infinity, newestFirst = false, unreadable }: ListOptions = {},
  ): Promise<readonly Entry[]> {
    const entries: Entry[] = []
    const { partition: hash, sort: range } = tableKeys
    const begin = prefix.toWellFormed()
    let from: Item | undefined
    while (entries.length < limit) {
      const { Items = [], LastEvaluatedKey } = await this.#connection.send('Query', {
        TableName: this.#connection.tableName,
        KeyConditionExpression: `#hash = :hash${begin && ' AND begins_with(#range, :range)'}`,
        ExpressionAttributeNames: { '#hash': hash, ...(begin && { '#range': range }) },
        ExpressionAttributeValues: {
          ':hash': { S: checkPartition(partition) },
          ...(begin && { ':range': { S: begin } }),
        },
        ScanIndexForward: !newestFirst,
        ConsistentRead: true,
        ...(limit < Infinity && { Limit: limit - entries.length }),
        ...(from && { ExclusiveStartKey: from }),
      })
      entries.push(...Items.flatMap(item => readable(() => decodeItem(item), unreadable)))
      from = LastEvaluatedKey
      if (!from) break
    }
    return entries
  }

  /** What DynamoDB leaves unprocessed, for the size of the answer or to throttle, is asked for again. */
  async #fetch(keys: readonly Key[]): Promise<readonly Entry[]> {
    const { tableName } = this.#connection
    const entries: Entry[] = []
    let left: ItemKey[] = keys.map(({ partition, sort }) => ({ ...keyIn(partition, sort) }))
    let idle = 0
    while (left.length > 0) {
      const answer: BatchGetItemCommandOutput = await this.#connection.send('BatchGetItem', {
        RequestItems: { [tableName]: { Keys: left, ConsistentRead: true } },
      })
      // By their only values, as the table may be named by its ARN.
      const items = Object.values(answer.Responses ?? {}).flat()
      entries.push(...items.map(decodeItem))
      left = Object.values(answer.UnprocessedKeys ?? {}).flatMap(({ Keys }) => Keys ?? [])
      if (left.length > 0 && items.length === 0) await this.#pause(idle++)
    }
    return entries
  }

  /** Waits a random time, up to a maximum that doubles. */
  async #pause(attempt: number): Promise<void> {
    const maxMs = pauses[attempt]
    if (maxMs === undefined) {
      const what = `BatchGetItem on table "${this.#connection.tableName}"`
      throw new StoreError('throttled', `${what} was throttled: UnprocessedKeys`)
    }
    const ms = Math.ceil(this.#random() * maxMs)
    await new Promise<void>(resolve => this.#clock.setTimeout(resolve, ms))
  }

  async #get(key: Key): Promise<Item | undefined> {
    const { Item } = await this.#connection.send('GetItem', {
      TableName: this.#connection.tableName,
      Key: keyIn(key.partition, key.sort),
      ConsistentRead: true,
    })
    return Item
  }
}

function idOf(partition: string, sort: string): string {
  return JSON.stringify([partition, sort])
}

/** Reads an item. @throws StoreError for one that is of another layout. */
function decodeItem(item: Item): Entry {
  const partition = item[tableKeys.partition]?.S ?? ''
  const sort = item[tableKeys.sort]?.S ?? ''
  const wrong = (why: string) => untouched({ partition, sort }, why)
  if (Number(item.schema?.N) !== schemaVersion) throw wrong(`schema version is not ${schemaVersion}`)
  const revision = Number(item.revision?.N)
  if (!Number.isSafeInteger(revision) || revision < 1) throw wrong('"revision" is missing or of another type')
  try {
    return { partition, sort, revision, value: JSON.parse(item.value?.S as string) }
  } catch {
    // Without the error, which quotes what stands there.
    throw wrong('"value" is missing or no JSON')
  }
}

/** The request that writes an entry, but for the table's name; `id` names this write. */
function writeRequest(key: Key, value: unknown, options: WriteOptions, id: string): Update {
  const { revision, expiresAt } = options
  const ttl = expiresAt !== undefined && {
    [tableKeys.timeToLive]: { N: String(Math.ceil(expiresAt / 1000)) },
  }
  return updateOf(keyIn(key.partition, key.sort), {
    set: { value: { S: JSON.stringify(value) }, [writeId]: { S: id }, ...ttl },
    remove: ttl ? [] : [tableKeys.timeToLive],
    ...replacing(revision),
  })
}

/** Counts the revision up, and sees to it that it is the right one. */
function replacing(revision: number | undefined): Pick<Change, 'add' | 'condition' | 'values'> {
  const add = { revision: { N: '1' } }
  if (revision === undefined) return { add, condition: conditions.known }
  if (revision === 0) return { add, condition: conditions.unwritten }
  return { add, condition: conditions.unchanged, values: { expected: { N: String(revision) } } }
}
