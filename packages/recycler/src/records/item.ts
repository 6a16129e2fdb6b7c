import {
  type Change,
  conditions,
  type Item,
  keyOf,
  schemaVersion,
  tableKeys,
  type Update,
  updateOf,
  writeId,
} from '@breakwater/dynamodb/schema'
import { untouched } from './codec.ts'
import type { Entry, Key, WriteOptions } from './types.ts'

/** Reads an item. @throws StoreError for one that is of another layout. */
export function decodeItem(item: Item): Entry {
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
export function writeRequest(key: Key, value: unknown, options: WriteOptions, id: string): Update {
  const { revision, expiresAt } = options
  const ttl = expiresAt !== undefined && {
    [tableKeys.timeToLive]: { N: String(Math.ceil(expiresAt / 1000)) },
  }
  return updateOf(keyOf(key.partition, key.sort), {
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
