import type { Clock } from '@breakwater/circuit'

interface Waiter<T> {
  readonly until: number
  readonly take: () => readonly T[]
  readonly done: (taken: readonly T[]) => void
}

/** Consumers that wait for messages (long polling). Holds one timer while anybody waits, and none otherwise. */
export class Waiters<T> {
  readonly #clock: Clock
  /** When something may become available by itself, epoch ms. */
  readonly #nextAt: () => number
  readonly #waiting = new Set<Waiter<T>>()
  #timer: unknown

  constructor(clock: Clock, nextAt: () => number) {
    this.#clock = clock
    this.#nextAt = nextAt
  }

  /** Waits for `take` to take anything, for at most `ms`; nothing once the time is up or the signal ends. */
  wait(take: () => readonly T[], ms: number, signal?: AbortSignal): Promise<readonly T[]> {
    return new Promise(resolve => {
      const gone = () => waiter.done([])
      const done = (taken: readonly T[]) => {
        this.#waiting.delete(waiter)
        signal?.removeEventListener('abort', gone)
        if (this.#waiting.size === 0) this.#stopTimer()
        resolve(taken)
      }
      const waiter: Waiter<T> = { until: this.#clock.now() + ms, take, done }
      if (signal?.aborted) return resolve([])
      signal?.addEventListener('abort', gone)
      this.#waiting.add(waiter)
      this.serve()
    })
  }

  /** Serves waiting consumers with the messages available now, the first consumer first. */
  serve(): void {
    const now = this.#clock.now()
    for (const waiter of this.#waiting) {
      const taken = waiter.take()
      if (taken.length > 0 || now >= waiter.until) waiter.done(taken)
    }
    this.#stopTimer()
    if (this.#waiting.size === 0) return
    const until = Math.min(this.#nextAt(), ...Array.from(this.#waiting, waiter => waiter.until))
    this.#timer = this.#clock.setTimeout(() => this.serve(), Math.max(0, until - now))
  }

  /** Ends every wait, with nothing. */
  close(): void {
    for (const waiter of this.#waiting) waiter.done([])
  }

  #stopTimer(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
