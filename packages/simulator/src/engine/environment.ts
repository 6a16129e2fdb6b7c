import type { Clock } from '@breakwater/circuit'
import type { Engine, Task } from './engine.ts'

interface Timer {
  readonly at: number
  readonly callback: () => void
  task: Task | undefined
}

/**
 * One execution environment of Lambda. It runs only while a call is in progress. Between calls it is frozen: no timer
 * fires and no answer arrives, and those that came due meanwhile come late, when it thaws. Its clock is off by `skewMs`.
 * It is a `Clock`, so that a circuit or a breaker of your own can run in it.
 *
 * @example
 * const environment = new Environment(engine, 1, 0)
 * environment.enter() // a call begins
 * environment.setTimeout(() => environment.leave(), 50)
 * await engine.run(engine.now + 1_000)
 */
export class Environment implements Clock {
  readonly id: number
  readonly name: string
  /** Its clock is off by this much now, ms. */
  skewMs: number
  /** When it started, epoch ms of the engine. */
  readonly startedAt: number
  /** Calls in progress. */
  busy = 0
  /** True once it was killed. */
  dead = false
  readonly #engine: Engine
  readonly #timers = new Set<Timer>()
  /** Answers that arrived while frozen. */
  #late: (() => void)[] = []

  constructor(engine: Engine, id: number, skewMs: number) {
    this.#engine = engine
    this.id = id
    this.name = `env-${id}`
    this.skewMs = skewMs
    this.startedAt = engine.now
  }

  /** Between calls. */
  get frozen(): boolean {
    return this.busy === 0
  }

  /** Timers that have not fired and answers that wait for the thaw. */
  get pending(): number {
    return this.#timers.size + this.#late.length
  }

  /** Its own clock, whole epoch ms. */
  now = (): number => Math.floor(this.#engine.now + this.skewMs)

  /** Sets its clock forward, or back where `ms` is negative. Timers go on as they were: they count time that passes. */
  stepClock(ms: number): void {
    this.skewMs += ms
  }

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

  /** Delivers an answer of the table or of the dependency, on the thaw if the environment is frozen. */
  deliver(answer: () => void): void {
    if (this.dead) return
    if (this.frozen) this.#late.push(answer)
    else answer()
  }

  /** A call begins; the environment thaws if it was frozen. */
  enter(): void {
    if (this.busy++ > 0) return
    const late = this.#late
    this.#late = []
    const deliver = () => {
      for (const answer of late) this.#engine.after(0, () => this.deliver(answer))
    }
    // On a thaw timers or answers may come first, depending on where the process stood: half of the environments each.
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

  /** Ends the environment between any two steps; nothing in it goes on. */
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
