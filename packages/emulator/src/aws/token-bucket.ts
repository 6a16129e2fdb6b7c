/**
 * A throttle as API Gateway has it: `burst` requests at once, and `rate` a second again and again.
 *
 * @example
 * new TokenBucket(10, 20).take(clock.now()) // true, for the first 20 in an instant
 */
export class TokenBucket {
  readonly #rate: number
  readonly #burst: number
  #tokens: number
  #at = Number.NEGATIVE_INFINITY

  /**
   * @param rate requests a second. @default without limit
   * @param burst requests at once. @default as many as in a second, and one at least unless the rate is 0
   */
  constructor(rate = Infinity, burst = rate === 0 ? 0 : Math.max(1, rate)) {
    this.#rate = rate
    this.#burst = burst
    this.#tokens = burst
  }

  /** Takes one request's token; false if there is none. */
  take(now: number): boolean {
    if (this.#rate === Infinity) return true
    // A clock that was set back adds nothing.
    const elapsedMs = this.#at === Number.NEGATIVE_INFINITY ? 0 : Math.max(0, now - this.#at)
    this.#tokens = Math.min(this.#burst, this.#tokens + (this.#rate * elapsedMs) / 1000)
    this.#at = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
