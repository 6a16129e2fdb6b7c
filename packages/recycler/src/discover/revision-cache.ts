import { checkNumber } from '@breakwater/circuit/shared'
import type { Revision } from '../model.ts'

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
  checkNumber('maxEntries', maxEntries)
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
