import type { Clock } from '../clock.ts'
import { checkValue, epochMs, required } from '../shared/check-options.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/**
 * A clock that moves only when a test advances it: tests of hours take milliseconds, and run the same every time.
 *
 * @example
 * const clock = new VirtualClock()
 * const circuit = new Circuit('payments', { clock, openMs: 5_000 })
 * await clock.advance(5_000)
 */
export class VirtualClock implements Clock {
  #now: number
  #order = 0
  readonly #timers = new Set<Timer>()

  /** @param startMs epoch ms to begin at. @default 1_800_000_000_000 */
  constructor(startMs = 1_800_000_000_000) {
    checkValue('VirtualClock', 'startMs', startMs, required(epochMs))
    this.#now = startMs
  }

  now = (): number => this.#now

  setTimeout = (callback: () => void, ms: number): unknown => {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, callback }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout = (handle: unknown): void => {
    this.#timers.delete(handle as Timer)
  }

  /** Timers that have neither run nor been cleared: 0 when nothing was left behind. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves on by `ms`, running every timer at its time and letting promises settle in between. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    await settle()
    for (let timer = this.#next(until); timer !== undefined; timer = this.#next(until)) {
      this.#timers.delete(timer)
      this.#now = Math.max(this.#now, timer.at)
      timer.callback()
      await settle()
    }
    this.#now = until
    await settle()
  }

  /** Moves on by `ms` without running anything, as for a process that was frozen: its timers are all late. */
  freeze(ms: number): void {
    this.#now += ms
  }

  #next(until: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      const sooner =
        next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order)
      if (timer.at <= until && sooner) next = timer
    }
    return next
  }
}

/**
 * Lets everything that waits for no time or socket run.
 *
 * @example
 * void circuit.run(call)
 * await settle()
 */
export function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
