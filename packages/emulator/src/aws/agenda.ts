import type { Clock } from '@breakwater/circuit'

/** A step that is to come. */
export interface Step {
  /** Epoch ms. */
  readonly at: number
  readonly run: () => void
}

/**
 * What a model has yet to do, and the time it has. A step runs at its own time even where the clock has gone further, as
 * after a freeze, so that what follows from it has the right time too. One timer waits for the next step, and none for
 * nothing.
 */
export class Agenda {
  readonly #clock: Clock
  readonly #steps: Step[] = []
  #timer: unknown
  #dueAt = Number.POSITIVE_INFINITY
  #stepAt: number | undefined
  #closed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Epoch ms. */
  now(): number {
    return this.#stepAt ?? this.#clock.now()
  }

  /** Lets `run` come after `ms`. */
  after(ms: number, run: () => void): Step {
    const step = { at: this.now() + ms, run }
    // Behind those of the same time: first come, first served.
    const index = this.#steps.findLastIndex(({ at }) => at <= step.at) + 1
    this.#steps.splice(index, 0, step)
    this.#wait()
    return step
  }

  /** Runs what is due. Called before every look at the model, so that nobody sees it late. */
  catchUp(): void {
    if (this.#stepAt !== undefined) return
    const now = this.#clock.now()
    try {
      for (let step = this.#steps[0]; step && step.at <= now; step = this.#steps[0]) {
        this.#steps.shift()
        this.#stepAt = step.at
        step.run()
      }
    } finally {
      this.#stepAt = undefined
      this.#wait()
    }
  }

  /** Forgets all steps. */
  close(): void {
    this.#closed = true
    this.#steps.length = 0
    this.#wait()
  }

  #wait(): void {
    if (this.#stepAt !== undefined) return
    const dueAt = this.#closed ? Number.POSITIVE_INFINITY : (this.#steps[0]?.at ?? Number.POSITIVE_INFINITY)
    if (dueAt === this.#dueAt) return
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#dueAt = dueAt
    this.#timer = undefined
    if (dueAt === Number.POSITIVE_INFINITY) return
    const ring = () => {
      this.#timer = undefined
      this.#dueAt = Number.POSITIVE_INFINITY
      this.catchUp()
    }
    this.#timer = this.#clock.setTimeout(ring, Math.max(0, dueAt - this.#clock.now()))
  }
}
