import { type Clock, systemClock } from '@breakwater/circuit'
import type { Revision } from '../model.ts'
import type { RecyclerStore } from '../records/types.ts'
import { inParallel } from './in-parallel.ts'
import { memoryRevisionCache, type RevisionCache } from './revision-cache.ts'

/**
 * Where revisions are kept in the table, by ARN.
 *
 * @example
 * const kept = await store.list(revisionPartition, { limit: 10 })
 */
export const revisionPartition = 'recycler:revision'

/** Grows when references are read in another way: what an older version made of a task definition is not taken over. */
const format = 1
const keepMs = 90 * 24 * 3_600_000
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
  const keyOf = (arn: string) => ({ partition: revisionPartition, sort: arn })
  return {
    async get(arns) {
      const known = await memory.get(arns)
      const unknown = [...new Set(arns)].filter(arn => !known.has(arn))
      if (unknown.length === 0) return known
      const entries = await store.read(unknown.map(keyOf))
      const read = entries.flatMap((entry, index) => revisionIn(entry?.value, unknown[index]!) ?? [])
      await memory.put(read)
      return new Map([...known, ...read.map(revision => [revision.arn, revision] as const)])
    },
    async put(revisions) {
      await memory.put(revisions)
      await inParallel(revisions, writesAtOnce, revision => {
        return store.write(keyOf(revision.arn), { format, revision }, { expiresAt: clock.now() + keepMs })
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
