import type { Clock } from '@breakwater/circuit'
import type { Engine, Task } from './engine.ts'

interface Timer {
  readonly at: number
  readonly callback: () => void
  task: Task | undefined
}

/**
 * One execution environment of Lambda. It runs only while a call is in progress: between calls it is frozen, no timer
 * fires and no answer arrives; what came due meanwhile comes late, when it thaws. Its clock is off by `skewMs`.
 */
export class Environment implements Clock {
  readonly id: number
  readonly name: string
  readonly skewMs: number
  readonly startedAt: number
  /** Calls in progress. */
  busy = 0
  dead = false
  readonly #engine: Engine
  readonly #timers = new Set<Timer>()
  /** What arrived while frozen. */
  #late: (() => void)[] = []

  constructor(engine: Engine, id: number, skewMs: number) {
    this.#engine = engine
    this.id = id
    this.name = `env-${id}`
    this.skewMs = skewMs
    this.startedAt = engine.now
  }

  get frozen(): boolean {
    return this.busy === 0
  }

  /** Timers and late answers it holds. */
  get pending(): number {
    return this.#timers.size + this.#late.length
  }

  now = (): number => Math.floor(this.#engine.now + this.skewMs)

  setTimeout = (callback: () => void, ms: number): unknown => {
    // Node's timers count whole milliseconds, at least one.
    const timer: Timer = { at: this.#engine.now + Math.max(1, ms), callback, task: undefined }
    this.#timers.add(timer)
    if (!this.frozen) this.#arm(timer)
    return timer
  }

  clearTimeout = (handle: unknown): void => {
    const timer = handle as Timer | undefined
    if (!timer) return
    this.#timers.delete(timer)
    if (timer.task) this.#engine.cancel(timer.task)
  }

  /** Hands something over from outside: an answer of the table or of the dependency. Waits for the thaw if frozen. */
  deliver(what: () => void): void {
    if (this.dead) return
    if (this.frozen) this.#late.push(what)
    else what()
  }

  /** A call begins; the environment thaws if it was frozen. */
  enter(): void {
    if (this.busy++ > 0) return
    const late = this.#late
    this.#late = []
    const deliver = () => {
      for (const what of late) this.#engine.after(0, () => this.deliver(what))
    }
    // Which comes first on a thaw, timers or answers, depends on where the process stood: half of them, each.
    if (this.id % 2 === 0) deliver()
    for (const timer of this.#timers) this.#arm(timer)
    if (this.id % 2 === 1) deliver()
  }

  /** A call has ended; the environment freezes if it was the last. */
  leave(): void {
    if (--this.busy > 0) return
    for (const timer of this.#timers) {
      if (timer.task) this.#engine.cancel(timer.task)
      timer.task = undefined
    }
  }

  /** Ends it between any two steps; nothing of it goes on. */
  kill(): void {
    this.dead = true
    this.#late = []
    for (const timer of this.#timers) if (timer.task) this.#engine.cancel(timer.task)
    this.#timers.clear()
  }

  #arm(timer: Timer): void {
    timer.task = this.#engine.at(timer.at, () => {
      this.#timers.delete(timer)
      timer.callback()
    })
  }
}
