import type { CallPermit } from './permit.ts'

/**
 * Permits that are not settled yet, each with its place. A Set makes a new table every few additions and deletions, and
 * the collector keeps each of them that an older one leads to: it took 130 bytes a call of the old generation.
 */
export class PendingPermits {
  readonly #permits: CallPermit[] = []

  add(permit: CallPermit): void {
    permit.place = this.#permits.push(permit) - 1
  }

  delete(permit: CallPermit): void {
    const { place } = permit
    if (place < 0) return
    permit.place = -1
    const last = this.#permits.pop()!
    if (last === permit) return
    this.#permits[place] = last
    last.place = place
  }

  /** The permits of now: they may be settled meanwhile. */
  all(): readonly CallPermit[] {
    return [...this.#permits]
  }
}
