import type { StoreError } from '@breakwater/circuit'

/** Names one entry. */
export interface Key {
  /** Begins with `recycler#`, so that no circuit has the same. */
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

/** What is listed. */
export interface ListOptions {
  /** What the sort key begins with. @default anything */
  readonly prefix?: string
  /** How many entries at most. @default all */
  readonly limit?: number
  /** @default false: oldest first */
  readonly newestFirst?: boolean
  /** Called for each row that cannot be read. @default writes it to standard error */
  readonly unreadable?: Unreadable | undefined
}

/** Is called with the reason for each row of a list that cannot be read and is left out. */
export type Unreadable = (error: StoreError) => void

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
   * The entries of a partition in the order of their sort keys, strongly consistent, all pages. What cannot be read as an
   * entry is left out and reported.
   *
   * @throws StoreError
   */
  list(partition: string, options?: ListOptions): Promise<readonly Entry[]>
}
