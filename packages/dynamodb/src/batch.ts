import { StoreError } from '@breakwater/circuit'
import type { Connection } from './connection.ts'
import { type Item, type Key, tableKeys } from './schema.ts'

/** What BatchGetItem takes at most. */
const maxKeys = 100

interface Waiting {
  readonly keys: readonly Key[]
  readonly consistent: boolean
  resolve(items: (Item | undefined)[]): void
  reject(error: unknown): void
}

/** Gathers the reads of one tick, over all circuits of the environment, into one BatchGetItem. */
export class Batch {
  readonly #connection: Connection
  #waiting: Waiting[] = []

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Items in the order of the keys; undefined where there is none. */
  read(keys: readonly Key[], consistent: boolean): Promise<(Item | undefined)[]> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ keys, consistent, resolve, reject }) > 1) return
      // The end of the tick, once every promise continuation in it has had its turn.
      queueMicrotask(() => process.nextTick(() => this.#flush()))
    })
  }

  #flush(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const consistent of [true, false]) {
      this.#answer(
        waiting.filter(one => one.consistent === consistent),
        consistent,
      )
    }
  }

  #answer(waiting: readonly Waiting[], consistent: boolean): void {
    // BatchGetItem refuses a key that is named twice.
    const wanted = new Map(waiting.flatMap(({ keys }) => keys).map(key => [idOf(key), key]))
    const found = new Map<string, Promise<Item | undefined>>()
    const ids = [...wanted.keys()]
    for (let from = 0; from < ids.length; from += maxKeys) {
      const chunk = ids.slice(from, from + maxKeys)
      const keys = chunk.map(id => wanted.get(id)!)
      const items = this.#fetch(keys, consistent)
      for (const id of chunk)
        found.set(
          id,
          items.then(get => get(id)),
        )
    }
    for (const { keys, resolve, reject } of waiting) {
      Promise.all(keys.map(key => found.get(idOf(key))!)).then(resolve, reject)
    }
  }

  /**
   * What DynamoDB left unprocessed, it throttled: its reader is told so, without a second attempt, and
   * the others get their answer.
   */
  async #fetch(keys: Key[], consistent: boolean): Promise<(id: string) => Item | undefined> {
    const { tableName } = this.#connection
    const { Responses, UnprocessedKeys } = await this.#connection.send('BatchGetItem', {
      RequestItems: { [tableName]: { Keys: keys, ConsistentRead: consistent } },
    })
    const items = new Map(
      Object.values(Responses ?? {})
        .flat()
        .map(item => [idOf(item), item]),
    )
    const left = new Set(
      Object.values(UnprocessedKeys ?? {})
        .flatMap(({ Keys }) => Keys ?? [])
        .map(idOf),
    )
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

function idOf(item: Item | Key): string {
  return JSON.stringify([item[tableKeys.partition]?.S, item[tableKeys.sort]?.S])
}
