import { type Clock, systemClock } from '@breakwater/circuit'
import { checkValue, count } from '@breakwater/circuit/shared'
import { inParallel } from '../concurrency.ts'
import type { Revision } from '../model.ts'
import { keys, retentionMs } from '../records/keys.ts'
import type { RecyclerStore } from '../records/store.ts'

/** Keeps what revisions of task definitions read. A revision never changes, so what is kept is never wrong. */
export interface RevisionCache {
  /** Those of the revisions that are kept, by ARN. */
  get(arns: readonly string[]): Promise<ReadonlyMap<string, Revision>>
  /** Keeps revisions. */
  put(revisions: readonly Revision[]): Promise<void>
}

/**
 * Keeps revisions in the memory of this process; those that were not asked for the longest make room for others.
 *
 * @param maxEntries how many are kept. @default 2_000, a few MB
 * @throws TypeError where `maxEntries` is no whole number above 0.
 * @example
 * const cache = memoryRevisionCache(500)
 */
export function memoryRevisionCache(maxEntries = 2_000): RevisionCache {
  checkValue('memoryRevisionCache', 'maxEntries', maxEntries, count)
  const kept = new Map<string, Revision>()
  const keep = (revision: Revision) => {
    kept.delete(revision.arn)
    kept.set(revision.arn, revision)
    if (kept.size > maxEntries) kept.delete(kept.keys().next().value!)
  }
  return {
    get: async arns => {
      const found = arns.flatMap(arn => kept.get(arn) ?? [])
      found.forEach(keep)
      return new Map(found.map(revision => [revision.arn, revision]))
    },
    put: async revisions => revisions.forEach(keep),
  }
}

/** Grows when references are read in another way: what an older version made of a task definition is not taken over. */
const format = 1
const writesAtOnce = 8

/**
 * Keeps revisions where all environments find them, for 90 days, and in front of that in memory.
 *
 * @param store where the recycler keeps its records.
 * @param options `memory`: the layer in front; `clock`: what the 90 days are counted by.
 * @example
 * const cache = storedRevisionCache(new DynamoDbRecyclerStore({ tableName }))
 */
export function storedRevisionCache(
  store: RecyclerStore,
  options: { readonly memory?: RevisionCache; readonly clock?: Pick<Clock, 'now'> } = {},
): RevisionCache {
  const { memory = memoryRevisionCache(), clock = systemClock } = options
  return {
    async get(arns) {
      const known = await memory.get(arns)
      const unknown = [...new Set(arns)].filter(arn => !known.has(arn))
      if (unknown.length === 0) return known
      const entries = await store.read(unknown.map(keys.revision))
      const read = entries.flatMap((entry, index) => revisionIn(entry?.value, unknown[index]!) ?? [])
      await memory.put(read)
      return new Map([...known, ...read.map(revision => [revision.arn, revision] as const)])
    },
    async put(revisions) {
      await memory.put(revisions)
      await inParallel(revisions, writesAtOnce, revision => {
        const expiresAt = clock.now() + retentionMs.revision
        return store.write(keys.revision(revision.arn), { format, revision }, { expiresAt })
      })
    },
  }
}

/** What is on record, if it is what this version writes; anything else is looked up again. */
function revisionIn(value: unknown, arn: string): Revision | undefined {
  const { format: written, revision } = (value ?? {}) as { format?: unknown; revision?: Partial<Revision> }
  const { references, unreadable, mutableImages } = revision ?? {}
  const whole = [references, unreadable, mutableImages].every(Array.isArray)
  return written === format && whole && revision?.arn === arn ? (revision as Revision) : undefined
}
