import type { Counts } from './counts.ts'

const slices = 10

type Cell = [slice: number, calls: number, failures: number, slow: number]

/**
 * Calls of the last `windowMs`, in ten slices of time. Slices are found from the timestamp of each call, never
 * rotated by a timer: a process that was frozen for minutes counts nothing from before. Adding and summing cost
 * the same with one sample as with a million.
 *
 * A clock that is set back does not take the window back: what it held by then stays for as long as it would have, to the
 * slice, and calls count from there on. One that is set ahead is no other than a freeze.
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
  /** The cell of the latest slice, and the time it is for: dividing takes longer than all the rest. */
  #cell: Cell | undefined
  #from = 0
  #until = 0
  #latest = 0
  /** By how much the clock was set back in all, in ms. Added to its time, as slices only go on. */
  #setBackMs = 0
  #inARow = 0

  constructor(windowMs: number) {
    this.#sliceMs = windowMs / slices
  }

  /**
   * Counts one call that settled at `at` (epoch ms). One from before the window is left out of the sums. `now`: where the
   * end of the call is found late, the present.
   */
  add(at: number, failed: boolean, slow: boolean, now = at): void {
    this.#inARow = failed ? this.#inARow + 1 : 0
    const cell = at >= this.#from && at < this.#until ? this.#cell : this.#cellOf(at, now)
    if (!cell) return
    cell[1]++
    if (failed) cell[2]++
    if (slow) cell[3]++
  }

  /** Undefined for a time from before the window. */
  #cellOf(at: number, now: number): Cell | undefined {
    const latest = this.#sliceOf(now)
    const slice = Math.floor((at + this.#setBackMs) / this.#sliceMs)
    if (slice <= latest - slices) return undefined
    let cell = this.#cells[slice % slices]
    if (cell?.[0] !== slice) cell = this.#cells[slice % slices] = [slice, 0, 0, 0]
    if (slice === latest) {
      this.#cell = cell
      this.#from = slice * this.#sliceMs - this.#setBackMs
      this.#until = this.#from + this.#sliceMs
    }
    return cell
  }

  /** The slice of the present. Where it lies before the latest one, the clock was set back. */
  #sliceOf(now: number): number {
    const slice = Math.floor((now + this.#setBackMs) / this.#sliceMs)
    if (slice !== this.#latest) this.#until = 0
    if (slice < this.#latest) this.#setBackMs = this.#latest * this.#sliceMs - now
    else this.#latest = slice
    return this.#latest
  }

  /** Ends a row of failures, and counts nothing. */
  succeed(): void {
    this.#inARow = 0
  }

  /** What the window holds at `now`, the present. */
  sums(now: number): Counts {
    const oldest = this.#sliceOf(now) - slices
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
    this.#until = this.#inARow = 0
  }
}
