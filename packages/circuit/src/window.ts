import type { Counts } from './counts.ts'

const slices = 10

/**
 * Calls of the last `windowMs`, in ten slices of time. Slices are found from the timestamp of each call, never
 * rotated by a timer: a process that was frozen for minutes counts nothing from before. Adding and summing cost
 * the same with one sample as with a million.
 */
export class CallWindow {
  readonly #sliceMs: number
  /** Of each slice its number, calls, failures and slow calls; a cell is used again ten slices later. */
  #cells: [slice: number, calls: number, failures: number, slow: number][] = []
  #inARow = 0

  constructor(windowMs: number) {
    this.#sliceMs = windowMs / slices
  }

  /** Counts one call that settled at `at` (epoch ms); one from before the window is left out. */
  add(at: number, failed: boolean, slow: boolean): void {
    const slice = Math.floor(at / this.#sliceMs)
    let cell = this.#cells[slice % slices]
    if (!cell || cell[0] < slice) {
      cell = [slice, 0, 0, 0]
      this.#cells[slice % slices] = cell
    } else if (cell[0] > slice) return
    cell[1]++
    if (slow) cell[3]++
    if (failed) {
      cell[2]++
      this.#inARow++
    } else this.#inARow = 0
  }

  /** Ends a row of failures, and counts nothing. */
  succeed(): void {
    this.#inARow = 0
  }

  /** What the window holds at `now`. */
  sums(now: number): Counts {
    const oldest = Math.floor(now / this.#sliceMs) - slices
    let calls = 0
    let failures = 0
    let slow = 0
    for (const cell of this.#cells) {
      if (!cell || cell[0] <= oldest) continue
      calls += cell[1]
      failures += cell[2]
      slow += cell[3]
    }
    return { calls, failures, slow }
  }

  /** Failures since the last success, as far as the window reaches back. */
  failuresInARow(now: number): number {
    return Math.min(this.#inARow, this.sums(now).failures)
  }

  /** Forgets everything. */
  clear(): void {
    this.#cells = []
    this.#inARow = 0
  }
}
