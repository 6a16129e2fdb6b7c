import type { Clock } from '@breakwater/circuit'

/** Calls back when what is waited for takes longer than `ms` to come. */
export class Silence {
  readonly #ms: number | undefined
  readonly #clock: Clock
  readonly #callback: () => void
  #timer: unknown
  #waiting = false

  /** @param ms undefined where any time is good. */
  constructor(ms: number | undefined, clock: Clock, callback: () => void) {
    this.#ms = ms
    this.#clock = clock
    this.#callback = callback
  }

  /** True between `begin` and `end`. */
  get waiting(): boolean {
    return this.#waiting
  }

  begin(): void {
    this.end()
    this.#waiting = true
    if (this.#ms === undefined) return
    this.#timer = this.#clock.setTimeout(this.#callback, this.#ms)
    // What is waited for keeps the process awake, if anything does.
    ;(this.#timer as { unref?: () => void } | undefined)?.unref?.()
  }

  end(): void {
    this.#waiting = false
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
