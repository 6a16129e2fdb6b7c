import { isRejection } from '@breakwater/circuit'
import { type BatchRecord, type BatchResponse, failed, identifierOf, rejected } from './batch.ts'
import { isRecordNotStartedError } from './not-started.ts'
import { isStream, orderOf } from './sources.ts'

/** The records of a batch that are delivered again. */
export class Undone<R extends BatchRecord> {
  readonly #records: readonly R[]
  readonly #stream: boolean
  readonly #indexes = new Set<number>()
  /** The orders in which a record is undone, so that none after it may be handled. */
  readonly #heldUp = new Set<string>()
  /** The first record that is undone: of a stream all after it are delivered again. */
  #first = Infinity
  #handled = false

  constructor(records: readonly R[]) {
    this.#records = records
    this.#stream = isStream(records)
  }

  /** Whether a record must not be handled any more, since one before it is undone; then this one is as well. */
  includesAfter(record: R, index: number): boolean {
    const order = orderOf(record)
    const undone = this.#stream ? index > this.#first : order !== undefined && this.#heldUp.has(order)
    if (undone) this.#indexes.add(index)
    return undone
  }

  /** Adds a record that was rejected, has failed or was not started. */
  add(record: R, index: number, error: unknown): void {
    this.#indexes.add(index)
    this.#first = Math.min(this.#first, index)
    const order = orderOf(record)
    if (order !== undefined) this.#heldUp.add(order)
    this.#handled ||= !(isRejection(error) || isRecordNotStartedError(error))
  }

  /** The answer to the source of the batch. */
  answer(): BatchResponse {
    const ids = this.#records.filter((_, index) => this.#indexes.has(index)).map(identifierOf)
    const answer = failed(this.#stream ? ids.slice(0, 1) : ids)
    return this.#handled ? answer : rejected(answer)
  }
}
