import { Random } from '../engine/random.ts'

/** All values are kept up to this many, then a fair sample of that size, so that a million runs need no more memory. */
const maxKept = 10_000

/** How the values of one figure are distributed over many runs. */
export class Distribution {
  count = 0
  sum = 0
  max = Number.NEGATIVE_INFINITY
  readonly #kept: number[] = []
  readonly #random = new Random('spread')

  add(value: number): void {
    this.count++
    this.sum += value
    this.max = Math.max(this.max, value)
    // Reservoir sampling (Vitter's algorithm R): each value is kept with the same probability.
    const index = this.count <= maxKept ? this.count - 1 : this.#random.integer(this.count)
    if (index < maxKept) this.#kept[index] = value
  }

  /** The value below which a share (0 to 1) of the values lie, 1 being the largest; undefined where there is none. */
  percentile(share: number): number | undefined {
    return share === 1 && this.count > 0 ? this.max : percentile(this.#kept, share)
  }
}

/** The value below which a share of the values lie; undefined where there are none. Sorts a copy. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}
