import type { Clock } from '@breakwater/circuit'
import type { Sleep } from './sleep.ts'

/** A rate as AWS publishes it: so many calls at once, and so many a second for as long as one likes. */
export interface Rate {
  readonly burst: number
  readonly sustained: number
}

/**
 * Holds `burst` tokens and gets `sustained` of them back a second; a call takes one, or waits for it. In this process
 * only: `sharedBucket` is for all environments together.
 *
 * @example
 * const bucket = new TokenBucket({ burst: 50, sustained: 20 }, systemClock, sleepBy(systemClock))
 * await bucket.take(signal)
 */
export class TokenBucket {
  readonly #rate: Rate
  readonly #clock: Pick<Clock, 'now'>
  readonly #sleep: Sleep
  #tokens: number
  #filledAt: number

  constructor(rate: Rate, clock: Pick<Clock, 'now'>, sleep: Sleep) {
    this.#rate = rate
    this.#clock = clock
    this.#sleep = sleep
    this.#tokens = rate.burst
    this.#filledAt = clock.now()
  }

  /** Waits until there is a token, and takes it. Throws the reason of a signal that is aborted meanwhile. */
  async take(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    // Looked at again after each wait: whoever was frozen meanwhile must not go on as if it held a token since then.
    for (this.#fill(); this.#tokens < 1; this.#fill()) {
      await this.#sleep(Math.ceil(((1 - this.#tokens) * 1000) / this.#rate.sustained), signal)
    }
    this.#tokens -= 1
  }

  /** Somebody else uses the same rate up: gives up the burst. */
  drain(): void {
    this.#fill()
    this.#tokens = Math.min(this.#tokens, 0)
  }

  #fill(): void {
    const now = this.#clock.now()
    const gained = (Math.max(0, now - this.#filledAt) * this.#rate.sustained) / 1000
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained)
    this.#filledAt = now
  }
}
