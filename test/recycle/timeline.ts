import type { Clock } from '@breakwater/circuit'

interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/** Turns of the event loop without news before time moves on: the SDK takes one or two to answer. */
const quietTurns = 3

/**
 * Time that moves on by itself to the next timer once nothing is left to do now. Work that is under way keeps it still, so
 * that no call takes longer than it may.
 */
export class Timeline implements Clock {
  #now: number
  #order = 0
  #busy = 0
  readonly #timers = new Set<Timer>()

  constructor(start: number) {
    this.#now = start
  }

  now = (): number => this.#now

  setTimeout = (callback: () => void, ms: number): unknown => {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, callback }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout = (handle: unknown): void => {
    this.#timers.delete(handle as Timer)
  }

  /** Waits in this time. */
  sleep = (ms: number): Promise<void> =>
    new Promise(resolve => {
      this.setTimeout(resolve, ms)
    })

  /** Lets time stand still until it is done. */
  async hold<T>(work: () => Promise<T> | T): Promise<T> {
    this.#busy++
    try {
      return await work()
    } finally {
      this.#busy--
    }
  }

  /** Moves on until it is that time, in epoch ms, or nothing more is to come. */
  async until(end: number): Promise<void> {
    for (;;) {
      await this.#quiet()
      const next = this.#next()
      if (!next || next.at > end) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.callback()
    }
    this.#now = Math.max(this.#now, end)
  }

  async #quiet(): Promise<void> {
    for (let turns = 0; turns < quietTurns; turns++) {
      await new Promise(resolve => setImmediate(resolve))
      if (this.#busy > 0) turns = -1
    }
  }

  #next(): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (!next || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer
    }
    return next
  }
}
