import type { Clock } from '../clock.ts'
import type { CircuitStore } from '../store.ts'

/** After a first failure requests of that kind are held back for about this long; twice as long after each further one. */
const firstPauseMs = 1_000
const maxPauseMs = 30_000
/** A pause is up to a quarter shorter or longer, so that environments do not come back in step. */
const spread = 0.25

/** So many calls wait for a store that has answered nothing for `silenceMs`; the others go on without it. */
const maxWaiting = 5
const silenceMs = 25

const never = Number.NEGATIVE_INFINITY

/** Reads fail apart from writes: a replica may be away, a partition throttled, or a role not allowed to write. */
export type RequestKind = 'reads' | 'writes'

/** A request under way: when it was sent, and after how many others. */
export interface Sent {
  readonly at: number
  readonly order: number
}

/** What is known of one kind of requests. */
class Requests {
  /** Failures in a row, each after a pause: those of requests sent side by side are one. */
  failures = 0
  pauseUntil = never
  answeredAt = never
  /** How many requests had been sent at the last failure. */
  failedAfter = 0
  readonly underWay = new Set<Sent>()
}

/**
 * What an environment knows of its store, whatever the circuit: whether reads and writes are answered, and when to ask
 * again. One failure holds back the requests of all circuits, and after a pause one request finds out for all.
 */
export class StoreHealth {
  /** Whether it has ever answered. */
  known = false
  /** How many calls wait for it. */
  waiting = 0
  /** Whether a call has been there in vain for a read under way to be answered, since the last answer or failure. */
  waitedInVain = false
  readonly #kinds: Readonly<Record<RequestKind, Requests>> = { reads: new Requests(), writes: new Requests() }
  #sent = 0
  #awayAt = never
  #awayShare = 0
  /** Whether the failures of now have been reported, and as such that do not pass by themselves. */
  #reported: 'no' | 'yes' | 'broken' = 'no'

  /** Whether requests of that kind, or of any, are not known to be answered. */
  isFailing(kind?: RequestKind): boolean {
    const { reads, writes } = this.#kinds
    return kind ? this.#kinds[kind].failures > 0 : reads.failures + writes.failures > 0
  }

  /** Whether a request may be sent: always while they are answered, then one after each pause. */
  maySend(kind: RequestKind, now: number): boolean {
    const { failures, pauseUntil, underWay } = this.#kinds[kind]
    if (failures === 0) return true
    // A longer pause than there is was made before the clock was set back.
    const paused = now < pauseUntil && pauseUntil - now <= maxPauseMs * (1 + spread)
    return !paused && underWay.size === 0
  }

  /** Whether writes failed at two times a pause apart, or a write did and, at two times, reads: away by every sign. */
  get #seemsAway(): boolean {
    const { reads, writes } = this.#kinds
    return writes.failures > 1 || (writes.failures > 0 && reads.failures > 1)
  }

  /**
   * True where the store is away by every sign, and has been for a random part of `spreadMs`: many environments that find a
   * table away at once, as they all woke up at once, are not to act on it at once.
   */
  isAway(now: number, spreadMs: number): boolean {
    const awayMs = Math.abs(now - this.#awayAt)
    return this.#seemsAway && awayMs >= this.#awayShare * spreadMs && !this.maySend('writes', now)
  }

  sent(kind: RequestKind, at: number): Sent {
    const request = { at, order: ++this.#sent }
    this.#kinds[kind].underWay.add(request)
    return request
  }

  /** For how long nothing of a kind was answered although a request is under way, in ms. */
  silentMs(kind: RequestKind, now: number): number {
    const { underWay, answeredAt } = this.#kinds[kind]
    const [oldest] = underWay
    return oldest ? now - Math.max(oldest.at, answeredAt) : 0
  }

  /** Requests under way were frozen with the environment: their answers are worth nothing. */
  forget(): void {
    this.#kinds.reads.underWay.clear()
    this.waitedInVain = false
  }

  /** Whether a call may wait for an answer. */
  mayWait(kind: RequestKind, now: number): boolean {
    return this.silentMs(kind, now) < silenceMs || this.waiting < maxWaiting
  }

  /** Notes an answer; true where all is well again, and was reported not to be. */
  answered(kind: RequestKind, request: Sent, now: number): boolean {
    const requests = this.#kinds[kind]
    requests.underWay.delete(request)
    requests.failures = 0
    requests.pauseUntil = never
    requests.answeredAt = now
    this.known = true
    this.waitedInVain = false
    if (this.isFailing() || this.#reported === 'no') return false
    this.#reported = 'no'
    return true
  }

  /** Notes that a request ended without saying anything. */
  ended(kind: RequestKind, request: Sent): void {
    this.#kinds[kind].underWay.delete(request)
  }

  /**
   * Notes a failure, of all that is under way where no request is named; true where it is to be reported: once for each
   * stretch of failures, and once more where it turns out that they will not pass. `random`: 0 to 1.
   */
  failed(
    kind: RequestKind,
    request: Sent | undefined,
    now: number,
    broken: boolean,
    random: number,
  ): boolean {
    const requests = this.#kinds[kind]
    const wasAway = this.#seemsAway
    this.waitedInVain = false
    if (request) requests.underWay.delete(request)
    else requests.underWay.clear()
    // What was sent before the last failure failed along with it.
    if (requests.failures === 0 || !request || request.order > requests.failedAfter) {
      const pauseMs = Math.min(maxPauseMs, firstPauseMs * 2 ** requests.failures++)
      requests.pauseUntil = now + pauseMs * (1 - spread + 2 * spread * random)
      requests.failedAfter = this.#sent
      if (!wasAway && this.#seemsAway) {
        this.#awayAt = now
        this.#awayShare = random
      }
    }
    if (this.#reported === 'broken' || (this.#reported === 'yes' && !broken)) return false
    this.#reported = broken ? 'broken' : 'yes'
    return true
  }
}

const healths = new WeakMap<CircuitStore, WeakMap<Clock, StoreHealth>>()

/** What the environment of a clock knows of a store. */
export function healthOf(store: CircuitStore, clock: Clock): StoreHealth {
  const ofStore = healths.get(store) ?? new WeakMap<Clock, StoreHealth>()
  healths.set(store, ofStore)
  const health = ofStore.get(clock) ?? new StoreHealth()
  ofStore.set(clock, health)
  return health
}
