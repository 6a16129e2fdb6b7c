/** Where a {@link Progress} writes, such as `process.stderr`. */
export interface ProgressStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** The time that a {@link Progress} goes by. */
export interface ProgressClock {
  /** Ms since any moment. */
  now(): number
  /** Calls back every `ms` until the function that it returns is called. Must keep no process alive. */
  every(ms: number, callback: () => void): () => void
}

/** Options of {@link Progress}. */
export interface ProgressOptions {
  /** How many are to be done. */
  readonly total: number
  /** What is counted, in the plural. @default steps */
  readonly unit?: string
  readonly stream: ProgressStream
  /** @default the system's time, and timers that keep no process alive */
  readonly clock?: ProgressClock
  /** All the work, in any unit, where one thing to do is larger than another. @default `total`: each is 1 */
  readonly work?: number
  /** How long a unit of work takes by experience, ms. With it the time left is shown from the beginning. @default unknown */
  readonly msPerWork?: number
}

const systemClock: ProgressClock = {
  now: () => performance.now(),
  every(ms, callback) {
    const timer = setInterval(callback, ms).unref()
    return () => clearInterval(timer)
  },
}

const tickMs = 500
const barWidth = 20
/** The share of the work from which on the pace so far says how long the rest takes. */
const minShare = 0.1

/**
 * Shows on a stream what is done, what is to do, and from the first tenth on the time left: a bar on a terminal; a line
 * now and then elsewhere, the first within half a second, the next after ten seconds, later ones up to a minute apart.
 *
 * @example
 * const progress = new Progress({ total: jobs.length, unit: 'runs', stream: process.stderr })
 * await runAll(jobs, () => progress.done())
 * progress.end()
 * @example
 * // One step after the other, of different size.
 * const progress = new Progress({ total: 2, work: 10, stream: process.stderr })
 * progress.begin('compiling', 9)
 * await compile()
 * progress.done()
 * progress.begin('packing', 1)
 * await pack()
 * progress.done()
 * progress.end('ready')
 */
export class Progress {
  /** Shown at the end of the line, such as `3 failed`. */
  note = ''

  readonly #total: number
  readonly #unit: string
  readonly #stream: ProgressStream
  readonly #live: boolean
  readonly #clock: ProgressClock
  readonly #work: number
  readonly #msPerWork: number | undefined
  readonly #startedAt: number
  readonly #stopTimer: () => void
  #done = 0
  #workDone = 0
  #step: { readonly name: string; readonly work: number; readonly beganAt: number } | undefined
  #shownAt: number | undefined

  constructor({
    total,
    unit = 'steps',
    stream,
    clock = systemClock,
    work = total,
    msPerWork,
  }: ProgressOptions) {
    this.#total = total
    this.#unit = unit
    this.#stream = stream
    this.#live = stream.isTTY === true
    this.#clock = clock
    this.#work = work
    this.#msPerWork = msPerWork
    this.#startedAt = clock.now()
    this.#stopTimer = clock.every(tickMs, () => this.#show())
  }

  /**
   * A step begins, and is shown by its name until it is {@link done}.
   *
   * @param work its part of all the work. @default 1
   */
  begin(name: string, work = 1): void {
    this.#step = { name, work, beganAt: this.#clock.now() }
    if (this.#live || this.#shownAt === undefined) this.#write()
  }

  /**
   * One more is done.
   *
   * @param work its part of all the work. @default that of the step that {@link begin} named, or 1
   * @returns how long that step took, ms; 0 where none was named.
   */
  done(work = this.#step?.work ?? 1): number {
    const took = this.#step ? this.#clock.now() - this.#step.beganAt : 0
    this.#done++
    this.#workDone += work
    this.#step = undefined
    this.#show()
    return took
  }

  /** Takes the bar off a terminal, before something else is written there; it comes back by itself. */
  clear(): void {
    if (this.#live) this.#stream.write('\r\u001b[K')
  }

  /**
   * Ends it with a line.
   *
   * @param text the line; empty for none. @default how many are done, how long it took, and the note
   */
  end(text?: string): void {
    this.#stopTimer()
    this.clear()
    const took = duration(this.#clock.now() - this.#startedAt)
    const line = text ?? parts(`${count(this.#done)} ${this.#unit} in ${took}`, this.note)
    if (line !== '') this.#stream.write(`${line}\n`)
  }

  /** Writes it if it is time for it. */
  #show(): void {
    const now = this.#clock.now()
    const since = this.#shownAt ?? this.#startedAt
    if (now - since >= (this.#shownAt === undefined ? tickMs : this.#intervalMs(now))) this.#write()
  }

  #intervalMs(now: number): number {
    return this.#live ? 100 : Math.min(60_000, Math.max(10_000, (now - this.#startedAt) / 10))
  }

  #write(): void {
    const now = this.#clock.now()
    this.#shownAt = now
    const left = this.#leftMs(now)
    const line = parts(
      `${count(this.#done)} of ${count(this.#total)} ${this.#unit}${this.#step ? ` (${this.#step.name})` : ''}`,
      duration(now - this.#startedAt),
      left === undefined || left < 1_000 ? '' : `about ${duration(left)} left`,
      // Last: what a narrow terminal cuts off first.
      this.note,
    )
    if (!this.#live) {
      this.#stream.write(`${line}\n`)
      return
    }
    const filled = Math.round(this.#share(now) * barWidth)
    const bar = `[${'#'.repeat(filled).padEnd(barWidth, '.')}] ${line}`
    // A line that wraps could not be taken back.
    this.#stream.write(`\r${bar.slice(0, (this.#stream.columns ?? 80) - 1)}\u001b[K`)
  }

  /** Ms for a unit of work: as it was so far, or else by experience. */
  #pace(now: number): number | undefined {
    if (this.#workDone === 0 || this.#workDone < minShare * this.#work) return this.#msPerWork
    return ((this.#step?.beganAt ?? now) - this.#startedAt) / this.#workDone
  }

  #leftMs(now: number): number | undefined {
    const pace = this.#pace(now)
    if (pace === undefined) return undefined
    const { work, beganAt } = this.#step ?? { work: 0, beganAt: now }
    // A step that takes longer than expected adds nothing to what is to come.
    return Math.max(0, work * pace - (now - beganAt)) + (this.#work - this.#workDone - work) * pace
  }

  #share(now: number): number {
    const left = this.#leftMs(now)
    const pace = this.#pace(now)
    const done = left === undefined || !pace ? this.#workDone : this.#work - left / pace
    return this.#work === 0 ? 1 : Math.min(1, Math.max(0, done / this.#work))
  }
}

/**
 * A time for readers: 42 s, 7 min, 3 h 05 min.
 *
 * @example
 * duration(420_000) // '7 min'
 */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  if (seconds < 100) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

function parts(...texts: readonly string[]): string {
  return texts.filter(text => text !== '').join(', ')
}

function count(value: number): string {
  return value.toLocaleString('en')
}
