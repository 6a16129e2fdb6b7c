import { Random } from '../engine/random.ts'
import { percentile } from '../fleet/recorder.ts'

/** So many values are kept of each figure; beyond them a fair sample, so that a million runs need no more memory. */
const mostKept = 10_000

/** How the values of one figure are spread over many runs. */
export class Spread {
  count = 0
  sum = 0
  max = Number.NEGATIVE_INFINITY
  readonly #kept: number[] = []
  readonly #random = new Random('spread')

  add(value: number): void {
    this.count++
    this.sum += value
    this.max = Math.max(this.max, value)
    // Reservoir sampling (Vitter's algorithm R): each value is kept with the same chance.
    const index = this.count <= mostKept ? this.count - 1 : this.#random.integer(this.count)
    if (index < mostKept) this.#kept[index] = value
  }

  /** The value below which a share (0 to 1) lies, 1 being the largest; undefined where there is none. */
  at(share: number): number | undefined {
    return share === 1 && this.count > 0 ? this.max : percentile(this.#kept, share)
  }
}
