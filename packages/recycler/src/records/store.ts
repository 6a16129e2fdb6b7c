/** Names one entry. */
export interface Key {
  /** Begins with `recycler:`, so that no circuit has the same. */
  readonly partition: string
  readonly sort: string
}

/** What is on record under a key. */
export interface Entry extends Key {
  /** Counts the writes of the entry, from 1. */
  readonly revision: number
  /** A value of JSON. */
  readonly value: unknown
}

/** How an entry is written. */
export interface WriteOptions {
  /** The revision that is replaced; 0 where none may be there. @default whatever is there */
  readonly revision?: number
  /** When it may be deleted, epoch ms. @default never */
  readonly expiresAt?: number
}

/** Where a recycler keeps its records: in memory, or in the table of the circuits. */
export interface RecyclerStore {
  /**
   * Reads entries, strongly consistent, in the order of the keys; undefined for what is not there. Any number of keys, the
   * same key more than once included.
   *
   * @throws StoreError
   */
  read(keys: readonly Key[]): Promise<readonly (Entry | undefined)[]>
  /**
   * Writes an entry. Answers its new revision, or undefined where the revision is another: then nothing was written.
   * A write that is repeated because its answer was lost is recognised: it succeeds.
   *
   * @throws StoreError
   */
  write(key: Key, value: unknown, options?: WriteOptions): Promise<number | undefined>
  /**
   * The entries of a partition in the order of their sort keys, strongly consistent, all pages.
   *
   * @throws StoreError
   */
  list(
    partition: string,
    options?: { readonly prefix?: string; readonly limit?: number; readonly newestFirst?: boolean },
  ): Promise<readonly Entry[]>
}
