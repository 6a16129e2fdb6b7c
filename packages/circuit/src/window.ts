import type { Counts } from './counts.ts'

const slices = 10

type Cell = [slice: number, calls: number, failures: number, slow: number]

/**
 * Calls of the last `windowMs`, in ten slices of time. Slices are found from the timestamp of each call, never
 * rotated by a timer: a process that was frozen for minutes counts nothing from before. Adding and summing cost
 * the same with one sample as with a million.
 *
 * @example
 * const window = new CallWindow(10_000)
 * window.add(Date.now(), true, false)
 * window.sums(Date.now()) // { calls: 1, failures: 1, slow: 0 }
 */
export class CallWindow {
  readonly #sliceMs: number
  /** Of each slice its number, calls, failures and slow calls; a cell is used again ten slices later. */
  #cells: Cell[] = []
  /** The cell used last, and the time it is for: dividing takes longer than all the rest. */
  #cell: Cell | undefined
  #from = 0
  #until = 0
  #inARow = 0

  constructor(windowMs: number) {
    this.#sliceMs = windowMs / slices
  }

  /** Counts one call that settled at `at` (epoch ms). One from before the window is left out of the sums. */
  add(at: number, failed: boolean, slow: boolean): void {
    if (!(at >= this.#from && at < this.#until)) this.#cell = this.#cellOf(at)
    this.#inARow = failed ? this.#inARow + 1 : 0
    const cell = this.#cell
    if (!cell) return
    cell[1]++
    if (failed) cell[2]++
    if (slow) cell[3]++
  }

  /** Undefined for a time from before the window. */
  #cellOf(at: number): Cell | undefined {
    const slice = Math.floor(at / this.#sliceMs)
    this.#from = slice * this.#sliceMs
    this.#until = this.#from + this.#sliceMs
    const cell = this.#cells[slice % slices]
    if (cell && cell[0] >= slice) return cell[0] === slice ? cell : undefined
    const fresh: Cell = [slice, 0, 0, 0]
    this.#cells[slice % slices] = fresh
    return fresh
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

  /** Failures since the last success, however long ago. */
  get failuresInARow(): number {
    return this.#inARow
  }

  /** Forgets everything. */
  clear(): void {
    this.#cells = []
    this.#from = this.#until = this.#inARow = 0
  }
}
