import type { Clock } from './clock.ts'
import type { CallPermit } from './permit.ts'

/** What Node's timers have, and no other clock need. */
interface Held {
  ref?(): void
  unref?(): void
}

/** A test may put fake timers in its place, and back. */
const original = setTimeout

/**
 * Permits with a time limit that are not settled yet, of all circuits that go by one clock. One timer serves the calls
 * among them: it is set to the first that would be overdue, and left alone when that one ends, since Node takes longer for
 * a timer than a circuit for all else.
 *
 * The permits are an array, each with its place. A Set makes a new table every few additions and deletions, and the
 * collector keeps each of them that an older one leads to: it took 130 bytes a call of the old generation.
 */
export class PendingPermits {
  readonly #permits: CallPermit[] = []
  readonly #clock: Clock
  /** No permit is overdue before; Infinity where none is pending. */
  #overdueAt = Infinity
  #timer: unknown
  #timerAt = Infinity
  /** The global function at the time: a test that replaced it stopped the timer with it. */
  #timedBy: unknown
  /** How many calls wait for the timer. With none it does not keep the process alive. */
  #watched = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get overdueAt(): number {
    return this.#overdueAt
  }

  add(permit: CallPermit): void {
    permit.place = this.#permits.push(permit) - 1
    if (permit.dueAt < this.#overdueAt) this.#overdueAt = permit.dueAt
  }

  delete(permit: CallPermit): void {
    const { place } = permit
    if (place < 0) return
    permit.place = -1
    const last = this.#permits.pop()!
    if (last !== permit) {
      this.#permits[place] = last
      last.place = place
    } else if (place === 0) this.#overdueAt = Infinity
  }

  /** Counts what should be over as failures: the environment was frozen before the timer ran. */
  settleOverdue(now: number): void {
    this.#overdueAt = Infinity
    for (const permit of [...this.#permits]) {
      // A call that runs stays until it is cut.
      if (permit.outcome) continue
      if (permit.dueAt < now) void permit.owner.finish(permit, 'failure')
      else if (permit.dueAt < this.#overdueAt) this.#overdueAt = permit.dueAt
    }
  }

  /** Cuts the call when its limit has passed, until it is {@link unwatch}ed. */
  watch(permit: CallPermit): void {
    if (permit.dueAt < this.#timerAt || this.#timedBy !== setTimeout)
      this.#setTimer(permit.limitMs, permit.dueAt)
    if (this.#watched++ === 0) (this.#timer as Held | undefined)?.ref?.()
  }

  unwatch(permit: CallPermit): void {
    this.delete(permit)
    if (--this.#watched > 0) return
    const timer = this.#timer as Held | undefined
    if (timer?.unref && this.#timedBy === original) timer.unref()
    else this.#clearTimer()
  }

  /** Only where nothing is cut by it: tests with a clock of their own count the timers that are left. */
  #clearTimer(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#timerAt = Infinity
  }

  #setTimer(ms: number, at: number): void {
    if (this.#timedBy === setTimeout) this.#clock.clearTimeout(this.#timer)
    this.#timedBy = setTimeout
    this.#timerAt = at
    const timer = this.#clock.setTimeout(() => this.#timer === timer && this.#cut(), ms)
    this.#timer = timer
  }

  #cut(): void {
    // As late as the timer says: a test may have stopped the clock alone.
    const now = Math.max(this.#clock.now(), this.#timerAt)
    this.#timerAt = Infinity
    let next = Infinity
    for (const { cut, dueAt, limitMs } of [...this.#permits]) {
      const left = dueAt - now
      // More than there was at first: the clock was set back.
      if (left <= 0 || left > limitMs) cut?.()
      else if (cut) next = Math.min(next, left)
    }
    if (next < Infinity) this.#setTimer(next, now + next)
  }
}

const pendingByClock = new WeakMap<Clock, PendingPermits>()

/** What is pending by a clock. An environment has one clock, and many circuits. */
export function pendingBy(clock: Clock): PendingPermits {
  const pending = pendingByClock.get(clock) ?? new PendingPermits(clock)
  pendingByClock.set(clock, pending)
  return pending
}
