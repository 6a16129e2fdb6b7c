import { checkKey, checkPartition } from './keys.ts'
import type { Entry, Key, ListOptions, RecyclerStore, WriteOptions } from './store.ts'

/**
 * Keeps a recycler's records in this process: for tests, simulations and plans without a table. What is read is never
 * what was written but a copy of it, as from a table.
 *
 * @example
 * const records = new Records(new MemoryRecyclerStore())
 */
export class MemoryRecyclerStore implements RecyclerStore {
  readonly #partitions = new Map<string, Map<string, { readonly revision: number; readonly json: string }>>()

  async read(keys: readonly Key[]): Promise<readonly (Entry | undefined)[]> {
    return keys.map(key => this.#entry(checkKey(key)))
  }

  async write(key: Key, value: unknown, { revision }: WriteOptions = {}): Promise<number | undefined> {
    const { partition, sort } = checkKey(key)
    let entries = this.#partitions.get(partition)
    const there = entries?.get(sort)?.revision ?? 0
    if (revision !== undefined && revision !== there) return undefined
    if (!entries) {
      entries = new Map()
      this.#partitions.set(partition, entries)
    }
    entries.set(sort, { revision: there + 1, json: JSON.stringify(value) })
    return there + 1
  }

  async list(
    partition: string,
    { prefix = '', limit = Infinity, newestFirst = false }: ListOptions = {},
  ): Promise<readonly Entry[]> {
    const name = checkPartition(partition)
    const begin = prefix.toWellFormed()
    const sorts = [...(this.#partitions.get(name)?.keys() ?? [])]
      .filter(sort => sort.startsWith(begin))
      .sort(byBytes)
    if (newestFirst) sorts.reverse()
    return sorts.slice(0, Math.max(0, limit)).map(sort => this.#entry({ partition: name, sort })!)
  }

  #entry({ partition, sort }: Key): Entry | undefined {
    const entry = this.#partitions.get(partition)?.get(sort)
    return entry && { partition, sort, revision: entry.revision, value: JSON.parse(entry.json) }
  }
}

/** The order of a DynamoDB sort key, which is that of the UTF-8 bytes. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
