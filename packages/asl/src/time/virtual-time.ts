import { type AdvancingClock, settle } from './clock.ts'
import { currentTask, type RunningTask, trackTask } from './external-work.ts'

const drivers = new WeakMap<AdvancingClock, VirtualTimeDriver>()

/** Turns of the event loop without news before time moves on: a task may take one or two to answer. */
const idleTurns = 4
const maxStepMs = 3_600_000

/**
 * Moves a virtual clock on, to the next timer, whenever executions wait for nothing but time. It stands still while a task
 * works outside of this process's memory (a socket, a file, a timer of the machine).
 */
export class VirtualTimeDriver {
  readonly #clock: AdvancingClock
  /** When the timers are due that were set since. */
  readonly #due = new Map<unknown, { readonly at: number; readonly call: RunningTask | undefined }>()
  readonly #held = new Set<RunningTask>()
  #waiting = 0
  #isDriving = false
  #released: () => void = () => {}

  /** The one keeper of a clock: several would push each other. */
  static of(clock: AdvancingClock): VirtualTimeDriver {
    const keeper = drivers.get(clock) ?? new VirtualTimeDriver(clock)
    drivers.set(clock, keeper)
    return keeper
  }

  private constructor(clock: AdvancingClock) {
    this.#clock = clock
    const { setTimeout, clearTimeout } = clock
    // A virtual clock does not tell when its next timer is due; so its timers are noted as they are set.
    clock.setTimeout = (callback, ms) => {
      const call = currentTask()
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
  async track<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    let isOver = false
    const call: RunningTask = {
      timers: 0,
      onExternalWork: () => {
        if (!isOver && call.timers === 0) this.#held.add(call)
      },
    }
    const end = () => {
      isOver = true
      this.#release(call)
    }
    signal.addEventListener('abort', end, { once: true })
    try {
      return await trackTask(call, task)
    } finally {
      signal.removeEventListener('abort', end)
      end()
    }
  }

  #waits(call: RunningTask): void {
    call.timers++
    this.#release(call)
  }

  #forget(handle: unknown): void {
    const call = this.#due.get(handle)?.call
    if (call) call.timers--
    this.#due.delete(handle)
  }

  #release(call: RunningTask): void {
    this.#held.delete(call)
    if (this.#held.size === 0) this.#released()
  }

  /** Keeps time moving until this is settled. */
  async driveUntil<T>(promise: Promise<T>): Promise<T> {
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
      for (let turn = 0; turn < idleTurns; turn++) await settle()
      if (this.#waiting === 0) break
      if (this.#held.size > 0) {
        await new Promise<void>(resolve => (this.#released = resolve))
        continue
      }
      const next = Math.min(...[...this.#due.values()].map(({ at }) => at)) - this.#clock.now()
      // Timers of before cannot be seen; they are met in growing steps.
      const isBlind = this.#clock.pending > this.#due.size
      step = isBlind ? Math.min(2 * step, maxStepMs) : 1
      await this.#clock.advance(Math.max(0, isBlind ? Math.min(next, step) : next))
    }
    this.#isDriving = false
  }
}
