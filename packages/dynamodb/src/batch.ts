import { StoreError } from '@breakwater/circuit'
import { idOf, lacking } from './answer.ts'
import type { Connection } from './connection.ts'
import type { Item, Key } from './schema.ts'

/** The maximum number of keys in one BatchGetItem. */
const maxKeys = 100

/** The read of one caller, until its items are there. */
interface PendingRead {
  readonly keys: readonly Key[]
  readonly consistent: boolean
  resolve(items: (Item | undefined)[]): void
  reject(error: unknown): void
}

/** Gathers the reads of one tick, over all circuits of the environment, into one BatchGetItem. */
export class Batch {
  readonly #connection: Connection
  #pending: PendingRead[] = []

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Items in the order of the keys; undefined where there is none. */
  read(keys: readonly Key[], consistent: boolean): Promise<(Item | undefined)[]> {
    return new Promise((resolve, reject) => {
      if (this.#pending.push({ keys, consistent, resolve, reject }) > 1) return
      // The end of the tick, once every promise continuation in it has had its turn.
      queueMicrotask(() => process.nextTick(() => this.#flush()))
    })
  }

  #flush(): void {
    const pending = this.#pending
    this.#pending = []
    for (const consistent of [true, false]) {
      this.#answer(
        pending.filter(one => one.consistent === consistent),
        consistent,
      )
    }
  }

  #answer(pending: readonly PendingRead[], consistent: boolean): void {
    // BatchGetItem refuses a request that names a key twice.
    const requested = new Map(pending.flatMap(({ keys }) => keys).map(key => [idOf(key), key]))
    const found = new Map<string, Promise<Item | undefined>>()
    const ids = [...requested.keys()]
    for (let from = 0; from < ids.length; from += maxKeys) {
      const chunk = ids.slice(from, from + maxKeys)
      const keys = chunk.map(id => requested.get(id)!)
      const items = this.#fetch(keys, consistent)
      for (const id of chunk)
        found.set(
          id,
          items.then(get => get(id)),
        )
    }
    for (const { keys, resolve, reject } of pending) {
      Promise.all(keys.map(key => found.get(idOf(key))!)).then(resolve, reject)
    }
  }

  /**
   * DynamoDB throttled the keys that it left unprocessed: their readers get that error, without a second attempt, and
   * the other readers get their items.
   */
  async #fetch(keys: Key[], consistent: boolean): Promise<(id: string) => Item | undefined> {
    const { tableName } = this.#connection
    const { Responses, UnprocessedKeys } = await this.#connection.send('BatchGetItem', {
      RequestItems: { [tableName]: { Keys: keys, ConsistentRead: consistent } },
    })
    const asked = new Set(keys.map(idOf))
    const lists: readonly (readonly Item[])[] = Object.values(Responses!)
    const items = new Map(lists.flat().map(item => [idOf(item), item]))
    const left = new Set(
      Object.values(UnprocessedKeys ?? {})
        .flatMap(each => each?.Keys)
        .map(idOf),
    )
    // A list is there even where no item is, unless no key was processed.
    if (lists.length === 0 && left.size < asked.size) throw lacking('BatchGetItem', tableName, 'Responses')
    for (const id of [...items.keys(), ...left])
      if (!asked.has(id)) throw lacking('BatchGetItem', tableName, 'what was asked for')
    return id => {
      if (left.has(id))
        throw new StoreError(
          'throttled',
          `BatchGetItem on table "${tableName}" was throttled: UnprocessedKeys`,
        )
      return items.get(id)
    }
  }
}
