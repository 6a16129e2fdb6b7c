import { invalid } from '@breakwater/circuit/shared'
import type { Key } from './types.ts'

/**
 * Returns the key as the table spells it, where no UTF-8 can carry a lone surrogate.
 *
 * @throws TypeError for a partition that a circuit could have.
 */
export function checkKey({ partition, sort }: Key): Key {
  if (typeof sort !== 'string' || sort === '') throw invalid('sort', sort, 'a text that is not empty')
  return { partition: checkPartition(partition), sort: sort.toWellFormed() }
}

/** Returns the partition, or says what one looks like. */
export function checkPartition(partition: string): string {
  if (typeof partition === 'string' && partition.startsWith('recycler:')) return partition.toWellFormed()
  throw invalid('partition', partition, 'a text that begins with "recycler:"')
}
