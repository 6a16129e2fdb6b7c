import { type AdvancingClock, settle } from './clock.ts'
import { type Call, currentCall, watched } from './external-work.ts'

const keepers = new WeakMap<AdvancingClock, TimeKeeper>()

/** Turns of the event loop without news before time moves on: a task may take one or two to answer. */
const quietTurns = 4
const longestStepMs = 3_600_000

/**
 * Moves a virtual clock on, to the next timer, whenever executions wait for nothing but time. It stands still while a task
 * works outside of this process's memory (a socket, a file, a timer of the machine).
 */
export class TimeKeeper {
  readonly #clock: AdvancingClock
  /** When the timers are due that were set since. */
  readonly #due = new Map<unknown, { readonly at: number; readonly call: Call | undefined }>()
  readonly #held = new Set<Call>()
  #waiting = 0
  #isDriving = false
  #released: () => void = () => {}

  /** The one keeper of a clock: several would push each other. */
  static of(clock: AdvancingClock): TimeKeeper {
    const keeper = keepers.get(clock) ?? new TimeKeeper(clock)
    keepers.set(clock, keeper)
    return keeper
  }

  private constructor(clock: AdvancingClock) {
    this.#clock = clock
    const { setTimeout, clearTimeout } = clock
    // A virtual clock does not tell when its next timer is due; so its timers are noted as they are set.
    clock.setTimeout = (callback, ms) => {
      const call = currentCall()
      if (call) this.#waits(call)
      const run = () => {
        this.#forget(handle)
        callback()
      }
      const handle = setTimeout(run, ms)
      this.#due.set(handle, { at: clock.now() + Math.max(0, ms), call })
      return handle
    }
    clock.clearTimeout = handle => {
      this.#forget(handle)
      clearTimeout(handle)
    }
  }

  /**
   * Runs a task. Once it works outside, time stands still until it has answered or sets a timer on the clock, for which
   * it is then taken to wait.
   *
   * @param signal ends when nobody waits for the task any more.
   */
  async watch<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    let isOver = false
    const call: Call = {
      timers: 0,
      outside: () => {
        if (!isOver && call.timers === 0) this.#held.add(call)
      },
    }
    const end = () => {
      isOver = true
      this.#release(call)
    }
    signal.addEventListener('abort', end, { once: true })
    try {
      return await watched(call, task)
    } finally {
      signal.removeEventListener('abort', end)
      end()
    }
  }

  #waits(call: Call): void {
    call.timers++
    this.#release(call)
  }

  #forget(handle: unknown): void {
    const call = this.#due.get(handle)?.call
    if (call) call.timers--
    this.#due.delete(handle)
  }

  #release(call: Call): void {
    this.#held.delete(call)
    if (this.#held.size === 0) this.#released()
  }

  /** Keeps time moving until this is settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    this.#waiting++
    if (!this.#isDriving) void this.#drive()
    try {
      return await promise
    } finally {
      this.#waiting--
      this.#released()
    }
  }

  async #drive(): Promise<void> {
    this.#isDriving = true
    let step = 1
    while (this.#waiting > 0) {
      for (let turn = 0; turn < quietTurns; turn++) await settle()
      if (this.#waiting === 0) break
      if (this.#held.size > 0) {
        await new Promise<void>(resolve => (this.#released = resolve))
        continue
      }
      const next = Math.min(...[...this.#due.values()].map(({ at }) => at)) - this.#clock.now()
      // Timers of before cannot be seen; they are met in growing steps.
      const isBlind = this.#clock.pending > this.#due.size
      step = isBlind ? Math.min(2 * step, longestStepMs) : 1
      await this.#clock.advance(Math.max(0, isBlind ? Math.min(next, step) : next))
    }
    this.#isDriving = false
  }
}
