/** The time of a state machine. The clocks of `@breakwater/circuit` fit, the virtual one as well. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Calls back once after `ms`; returns the handle for `clearTimeout`. */
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
}

/**
 * The system's time.
 *
 * @example
 * const machine = createStateMachine(definition, { integrations, clock: systemClock })
 */
export const systemClock: Clock = {
  // Looked up at each call, as the timers are: tests replace them all.
  now: () => Date.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: handle => clearTimeout(handle as Parameters<typeof clearTimeout>[0]),
}

/** A clock that can be advanced: any with these members, whatever package its class comes from. */
export interface AdvancingClock extends Clock {
  /** Timers that have neither run nor been cleared. */
  readonly pending: number
  /** Advances by `ms`, running every timer at its time and letting promises settle in between. */
  advance(ms: number): Promise<void>
}

/** Whether a clock can be advanced. */
export function isAdvancing(clock: Clock): clock is AdvancingClock {
  const { advance, pending } = clock as Partial<AdvancingClock>
  return typeof advance === 'function' && typeof pending === 'number'
}

interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/**
 * A clock that moves only by `advance`: hours take milliseconds, and every run is the same.
 *
 * @example
 * const clock = new VirtualClock()
 * const { stopDate } = await runStateMachine(definition, { clock })
 */
export class VirtualClock implements AdvancingClock {
  #now: number
  #order = 0
  readonly #timers = new Set<Timer>()

  /** @param startMs epoch ms to begin at. @default 1_800_000_000_000 */
  constructor(startMs = 1_800_000_000_000) {
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

  get pending(): number {
    return this.#timers.size
  }

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

  #next(until: number): Timer | undefined {
    const due = [...this.#timers].filter(({ at }) => at <= until)
    return due.sort((a, b) => a.at - b.at || a.order - b.order)[0]
  }
}

/**
 * Lets everything run that waits for neither time nor a socket.
 *
 * @example
 * const execution = machine.start()
 * await settle()
 */
export function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
