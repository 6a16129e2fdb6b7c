import type { Clock } from '@breakwater/circuit'

/** A timer of a {@link TimerQueue}. */
export interface Timer {
  /** Epoch ms. */
  readonly at: number
  readonly run: () => void
}

/**
 * The timers of a model, in the order of their times. Each runs at its own time even where the clock has gone further, as
 * after a freeze, so that all that follows from it has the right time too. One timer of the clock serves them all, and there
 * is none while the queue is empty.
 */
export class TimerQueue {
  readonly #clock: Clock
  readonly #timers: Timer[] = []
  #clockTimer: unknown
  #dueAt = Number.POSITIVE_INFINITY
  #runningAt: number | undefined
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Epoch ms. */
  now(): number {
    return this.#runningAt ?? this.#clock.now()
  }

  /** Runs `run` after `ms`. */
  after(ms: number, run: () => void): Timer {
    const timer = { at: this.now() + ms, run }
    // Behind timers of the same time: first come, first served.
    const index = this.#timers.findLastIndex(({ at }) => at <= timer.at) + 1
    this.#timers.splice(index, 0, timer)
    this.#wait()
    return timer
  }

  /** Runs the timers that are due. Called before the model is read, which is then never late. */
  runDue(): void {
    if (this.#runningAt !== undefined) return
    const now = this.#clock.now()
    try {
      for (let timer = this.#timers[0]; timer && timer.at <= now; timer = this.#timers[0]) {
        this.#timers.shift()
        this.#runningAt = timer.at
        timer.run()
      }
    } finally {
      this.#runningAt = undefined
      this.#wait()
    }
  }

  /** Drops all timers. */
  close(): void {
    this.#closed = true
    this.#timers.length = 0
    this.#wait()
  }

  #wait(): void {
    if (this.#runningAt !== undefined) return
    const dueAt = this.#closed ? Number.POSITIVE_INFINITY : (this.#timers[0]?.at ?? Number.POSITIVE_INFINITY)
    if (dueAt === this.#dueAt) return
    if (this.#clockTimer !== undefined) this.#clock.clearTimeout(this.#clockTimer)
    this.#dueAt = dueAt
    this.#clockTimer = undefined
    if (dueAt === Number.POSITIVE_INFINITY) return
    const ring = () => {
      this.#clockTimer = undefined
      this.#dueAt = Number.POSITIVE_INFINITY
      this.runDue()
    }
    this.#clockTimer = this.#clock.setTimeout(ring, Math.max(0, dueAt - this.#clock.now()))
  }
}
