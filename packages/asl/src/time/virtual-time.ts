import { type AdvancingClock, settle } from './clock.ts'
import { currentTask, type RunningTask, trackTask } from './external-work.ts'

interface VirtualTimer {
  /** When it is due, epoch ms. */
  readonly at: number
  /** The task that has set it. */
  readonly task: RunningTask | undefined
}

const drivers = new WeakMap<AdvancingClock, VirtualTimeDriver>()

/** Idle turns of the event loop before time moves on: a task may take one or two to answer. */
const idleTurns = 4
const maxStepMs = 3_600_000

/**
 * Advances a virtual clock to its next timer whenever executions wait for nothing but time. Time stands still while a
 * task does external work: a socket, a file, a timer of Node.
 */
export class VirtualTimeDriver {
  readonly #clock: AdvancingClock
  /** Timers set since this driver was made. */
  readonly #timers = new Map<unknown, VirtualTimer>()
  /** Tasks that do external work, for which time stands still. */
  readonly #busyTasks = new Set<RunningTask>()
  #waiting = 0
  #isDriving = false
  #wake: () => void = () => {}

  /** The driver of a clock. There is one for each clock: two would advance it twice. */
  static of(clock: AdvancingClock): VirtualTimeDriver {
    const driver = drivers.get(clock) ?? new VirtualTimeDriver(clock)
    drivers.set(clock, driver)
    return driver
  }

  private constructor(clock: AdvancingClock) {
    this.#clock = clock
    const { setTimeout, clearTimeout } = clock
    // A virtual clock does not say when its next timer is due, so its timers are recorded as they are set.
    clock.setTimeout = (callback, ms) => {
      const task = currentTask()
      if (task) this.#timerSet(task)
      const run = () => {
        this.#timerGone(handle)
        callback()
      }
      const handle = setTimeout(run, ms)
      this.#timers.set(handle, { at: clock.now() + Math.max(0, ms), task })
      return handle
    }
    clock.clearTimeout = handle => {
      this.#timerGone(handle)
      clearTimeout(handle)
    }
  }

  /**
   * Runs a task. Once it does external work, time stands still until it answers or sets a timer on the clock: then it is
   * taken to wait for that.
   *
   * @param signal aborted when the task has timed out or was stopped.
   */
  async track<T>(signal: AbortSignal, run: () => Promise<T>): Promise<T> {
    let isOver = false
    const task: RunningTask = {
      timers: 0,
      onExternalWork: () => {
        if (!isOver && task.timers === 0) this.#busyTasks.add(task)
      },
    }
    const end = () => {
      isOver = true
      this.#notBusy(task)
    }
    signal.addEventListener('abort', end, { once: true })
    try {
      return await trackTask(task, run)
    } finally {
      signal.removeEventListener('abort', end)
      end()
    }
  }

  #timerSet(task: RunningTask): void {
    task.timers++
    this.#notBusy(task)
  }

  #timerGone(handle: unknown): void {
    const task = this.#timers.get(handle)?.task
    if (task) task.timers--
    this.#timers.delete(handle)
  }

  #notBusy(task: RunningTask): void {
    this.#busyTasks.delete(task)
    if (this.#busyTasks.size === 0) this.#wake()
  }

  /** Keeps time moving until the promise is settled. */
  async driveUntil<T>(promise: Promise<T>): Promise<T> {
    this.#waiting++
    if (!this.#isDriving) void this.#drive()
    try {
      return await promise
    } finally {
      this.#waiting--
      this.#wake()
    }
  }

  async #drive(): Promise<void> {
    this.#isDriving = true
    let stepMs = 1
    while (this.#waiting > 0) {
      for (let turn = 0; turn < idleTurns; turn++) await settle()
      if (this.#waiting === 0) break
      if (this.#busyTasks.size > 0) {
        await new Promise<void>(resolve => (this.#wake = resolve))
        continue
      }
      const nextMs = Math.min(...[...this.#timers.values()].map(({ at }) => at)) - this.#clock.now()
      // When timers set before this driver was made are due is unknown: they are approached in growing steps.
      const hasUnknownTimers = this.#clock.pending > this.#timers.size
      stepMs = hasUnknownTimers ? Math.min(2 * stepMs, maxStepMs) : 1
      await this.#clock.advance(Math.max(0, hasUnknownTimers ? Math.min(nextMs, stepMs) : nextMs))
    }
    this.#isDriving = false
  }
}
