import type { Engine } from '../engine/engine.ts'
import type { Environment } from '../engine/environment.ts'
import type { Breaker, CallOutcome } from './breaker.ts'

/** An environment of the fleet and the breaker that runs in it. */
export interface Member {
  readonly environment: Environment
  readonly breaker: Breaker
  retireAt: number
  /** It cannot reach the dependency: all its calls fail fast. */
  broken: boolean
  /** Calls in progress, to be lost if it dies. */
  calls: number
}

/** The steps of one call, reported by the fleet as they happen. */
export interface CallRecord {
  /** The breaker gets the call. */
  begins(): void
  /** The call reached the dependency. */
  reached(): void
  /** The dependency answered, or its answer came too late. */
  answered(): void
  ended(outcome: CallOutcome): void
}

/** Informed of every call, beside the recorder. */
export interface CallListener {
  begins(member: Member): void
  /** `begunAt`: when its breaker got the call, epoch ms of the engine. */
  reached(member: Member, begunAt: number): void
  ended(member: Member, outcome: CallOutcome, waitedMs: number, begunAt: number): void
}

/** Counts of the calls of a run so far. */
export interface CallCounts {
  offered: number
  succeeded: number
  failed: number
  shed: number
  turnedAway: number
  lost: number
}

/** Counts the calls of a run and measures how long each waited for its breaker. */
export class CallRecorder {
  readonly counts: CallCounts = { offered: 0, succeeded: 0, failed: 0, shed: 0, turnedAway: 0, lost: 0 }
  /** The time that the breaker itself added to each call, ms. */
  readonly waits: number[] = []
  /** Calls begun and not ended. */
  open = 0
  /** Most probes in flight at the same time. */
  maxProbes = 0
  /** When the first call was shed; counts from `restart`. */
  firstShedAt: number | undefined
  /** When the last call that was no probe reached the dependency; counts from `restart`. */
  lastPassedAt: number | undefined
  readonly #engine: Engine
  readonly #listener: CallListener
  /** Probes in flight, by environment. */
  readonly #probing = new Map<number, number>()
  #probes = 0

  constructor(engine: Engine, listener: CallListener) {
    this.#engine = engine
    this.#listener = listener
  }

  offered(): void {
    this.counts.offered++
  }

  turnedAway(): void {
    this.counts.turnedAway++
  }

  /** An environment died with calls in progress. */
  lost({ environment }: Member, calls: number): void {
    this.counts.lost += calls
    this.open -= calls
    this.#probes -= this.#probing.get(environment.id) ?? 0
    this.#probing.delete(environment.id)
  }

  begin(member: Member): CallRecord {
    const engine = this.#engine
    let begunAt = engine.now
    let reachedAt: number | undefined
    let answeredAt: number | undefined
    let probing = false
    this.open++
    const endProbe = () => {
      if (probing) this.#countProbe(member, -1)
      probing = false
    }
    return {
      begins: () => {
        begunAt = engine.now
        this.#listener.begins(member)
      },
      reached: () => {
        reachedAt = engine.now
        probing = member.breaker.state === 'h'
        if (probing) this.#countProbe(member, 1)
        else this.lastPassedAt = engine.now
        this.#listener.reached(member, begunAt)
      },
      answered: () => {
        answeredAt ??= engine.now
        endProbe()
      },
      ended: outcome => {
        endProbe()
        // A call that ran into its time limit waited for the dependency until now.
        const waitedMs = (reachedAt ?? engine.now) - begunAt + (engine.now - (answeredAt ?? engine.now))
        this.#end(outcome, waitedMs)
        this.#listener.ended(member, outcome, waitedMs, begunAt)
      },
    }
  }

  /** A fault begins: the first call shed and the last one passed are measured anew. */
  restart(): void {
    this.firstShedAt = this.lastPassedAt = undefined
  }

  #countProbe({ environment: { id } }: Member, change: 1 | -1): void {
    this.#probes += change
    this.#probing.set(id, (this.#probing.get(id) ?? 0) + change)
    this.maxProbes = Math.max(this.maxProbes, this.#probes)
  }

  #end(outcome: CallOutcome, waitedMs: number): void {
    this.open--
    this.waits.push(waitedMs)
    if (outcome === 'success') this.counts.succeeded++
    else if (outcome === 'failure') this.counts.failed++
    else {
      this.counts.shed++
      this.firstShedAt ??= this.#engine.now
    }
  }
}
