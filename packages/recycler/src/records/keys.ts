import { checkValue, required, textLike } from '@breakwater/circuit/shared'
import { partitions } from '@breakwater/dynamodb/schema'
import type { Key } from './store.ts'

const dayMs = 86_400_000

/** How long records stay after they were written, in ms. Label changes, the kill switch and buckets stay for ever. */
export const retentionMs = { record: 365 * dayMs, execution: 90 * dayMs, revision: 90 * dayMs } as const

/** A partition of the recycler, which no circuit's can be. */
const named = (name: string) => partitions.recycler + name

/** Where a recycler's records stand. */
export const keys = {
  labelChanges: named('label-changes'),
  control: { partition: named('control'), sort: 'control' },
  /** An ARN holds no `#`, so that no two label changes have the same key. */
  labelChange: (source: string, label: string): Key => ({
    partition: keys.labelChanges,
    sort: `${source}#${label}`,
  }),
  /** A partition each, since a plan reads a thousand at once. */
  service: (arn: string): Key => ({ partition: named(`service:${arn}`), sort: 'service' }),
  run: (change: string): Key => ({ partition: named('run'), sort: change }),
  /** What an execution has done so far. */
  execution: (name: string): Key => ({ partition: named('execution'), sort: name }),
  /** What revisions of task definitions read. */
  revision: (arn: string): Key => ({ partition: named('revision'), sort: arn }),
  /** The next slot of a shared bucket. */
  bucket: (name: string): Key => ({ partition: named('bucket'), sort: name }),
  audits: (source: string) => named(`audit:${source}`),
  /** In the order of time, and never the same for two. */
  audit: (source: string, at: number, id: string): Key => ({
    partition: keys.audits(source),
    sort: `${String(Math.max(0, Math.trunc(at))).padStart(15, '0')}#${id}`,
  }),
} as const

const aSort = required(textLike(/./s, 'a text that is not empty'))
const aPartition = required(
  textLike(new RegExp(`^${partitions.recycler}`), `a text that begins with "${partitions.recycler}"`),
)

/**
 * Returns the key as the table spells it, where no UTF-8 can carry a lone surrogate.
 *
 * @throws TypeError for a partition that a circuit could have.
 */
export function checkKey({ partition, sort }: Key): Key {
  checkValue('RecyclerStore', 'sort', sort, aSort)
  return { partition: checkPartition(partition), sort: sort.toWellFormed() }
}

/** Returns the partition, or says what one looks like. */
export function checkPartition(partition: string): string {
  checkValue('RecyclerStore', 'partition', partition, aPartition)
  return partition.toWellFormed()
}
