import type { Engine } from '../engine/engine.ts'
import type { Answer } from '../peers/peer.ts'
import type { Member } from './member.ts'

/** What one call did, told by the fleet as it happens. */
export interface CallRecord {
  /** The guard is asked. */
  begins(): void
  /** It reached the dependency. */
  reached(): void
  /** The dependency answered, or its answer came too late. */
  answered(): void
  ended(answer: Answer): void
}

/** Told of every call, beside the recorder. */
export interface CallWatcher {
  reached(member: Member): void
  ended(member: Member, answer: Answer, waitedMs: number): void
}

/** Counts of a run, as they stand. */
export interface Tally {
  offered: number
  succeeded: number
  failed: number
  shed: number
  turnedAway: number
  lost: number
}

/** Takes note of what happens to calls. */
export class Recorder {
  readonly tally: Tally = { offered: 0, succeeded: 0, failed: 0, shed: 0, turnedAway: 0, lost: 0 }
  /** What the guard itself cost each call, ms. */
  readonly waits: number[] = []
  /** Calls begun and not ended. */
  open = 0
  probesAtOnce = 0
  /** When the first call was shed, and when the last one reached the dependency that was no probe; since `mark`. */
  firstShedAt: number | undefined
  lastPassedAt: number | undefined
  readonly #engine: Engine
  readonly #watcher: CallWatcher
  readonly #probing = new Map<number, number>()
  #probes = 0

  constructor(engine: Engine, watcher: CallWatcher) {
    this.#engine = engine
    this.#watcher = watcher
  }

  offered(): void {
    this.tally.offered++
  }

  turnedAway(): void {
    this.tally.turnedAway++
  }

  /** An environment died with calls in progress. */
  lost({ environment }: Member, calls: number): void {
    this.tally.lost += calls
    this.open -= calls
    this.#probes -= this.#probing.get(environment.id) ?? 0
    this.#probing.delete(environment.id)
  }

  begin(member: Member): CallRecord {
    const engine = this.#engine
    const { id } = member.environment
    let begunAt = engine.now
    let reachedAt: number | undefined
    let answeredAt: number | undefined
    let probing = false
    this.open++
    const probes = (change: number) => {
      this.#probes += change
      this.#probing.set(id, (this.#probing.get(id) ?? 0) + change)
      this.probesAtOnce = Math.max(this.probesAtOnce, this.#probes)
    }
    return {
      begins: () => {
        begunAt = engine.now
      },
      reached: () => {
        reachedAt = engine.now
        probing = member.guard.belief === 'h'
        if (probing) probes(1)
        else this.lastPassedAt = engine.now
        this.#watcher.reached(member)
      },
      answered: () => {
        answeredAt ??= engine.now
        if (probing) probes(-1)
        probing = false
      },
      ended: answer => {
        this.open--
        if (probing) probes(-1)
        probing = false
        if (answer === 'success') this.tally.succeeded++
        else if (answer === 'failure') this.tally.failed++
        else {
          this.tally.shed++
          this.firstShedAt ??= engine.now
        }
        // A call that ran into its time limit waited for the dependency until now.
        const waited = (reachedAt ?? engine.now) - begunAt + (engine.now - (answeredAt ?? engine.now))
        this.waits.push(waited)
        this.#watcher.ended(member, answer, waited)
      },
    }
  }

  /** A fault begins: what is measured from it on starts anew. */
  mark(): void {
    this.firstShedAt = this.lastPassedAt = undefined
  }
}

/** The value below which a share of the values lie; undefined where there are none. Sorts a copy. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}
