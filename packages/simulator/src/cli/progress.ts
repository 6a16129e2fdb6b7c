/** Where the command line writes. */
export interface Streams {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean }
}

/**
 * Shows on a stream how many of many runs are done, and the time left: a line that moves on a terminal, a line every ten
 * seconds elsewhere.
 *
 * @example
 * const progress = new Progress(jobs.length, process.stderr)
 * await runAll(jobs, result => progress.done(result.violations.length > 0))
 * progress.end()
 */
export class Progress {
  readonly #total: number
  readonly #stream: Streams['stderr']
  readonly #clock: () => number
  readonly #startedAt: number
  #done = 0
  #failed = 0
  #shownAt: number

  /** @param clock returns ms since any moment. */
  constructor(total: number, stream: Streams['stderr'], clock = () => performance.now()) {
    this.#total = total
    this.#stream = stream
    this.#clock = clock
    this.#startedAt = this.#shownAt = clock()
  }

  /** A run is done. `failed`: it broke an invariant. */
  done(failed: boolean): void {
    this.#done++
    if (failed) this.#failed++
    const now = this.#clock()
    if (now - this.#shownAt < (this.#stream.isTTY ? 500 : 10_000)) return
    this.#shownAt = now
    const left = ((now - this.#startedAt) / this.#done) * (this.#total - this.#done)
    const line = `${this.#done} of ${this.#total} runs, ${this.#failed} broke an invariant, ${duration(left)} left`
    this.#stream.write(this.#stream.isTTY ? `\r${line}\u001b[K` : `${line}\n`)
  }

  /** Shows the totals. */
  end(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[K')
    const ms = this.#clock() - this.#startedAt
    const megabytes = Math.round(process.memoryUsage.rss() / 2 ** 20)
    this.#stream.write(
      `${this.#done} runs in ${duration(ms)}, ${this.#failed} broke an invariant, ${megabytes} MB of memory\n`,
    )
  }
}

/** A time for readers: 42 s, 7 min, 3 h 20 min. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  if (seconds < 100) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
