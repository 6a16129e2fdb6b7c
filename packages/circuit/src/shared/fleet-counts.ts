import type { Report } from '../counts.ts'
import type { CircuitRecord } from '../record.ts'
import type { CircuitScope } from '../scope.ts'
import { noReport, plus } from './report.ts'

/**
 * What this environment has counted and not yet reported, when its next report is due, and what it has read of the
 * fleet's sums. Counts live in slices of half a window; the present slice and the one before it are judged together.
 */
export class FleetCounts {
  /** The longest that the dependency asked to be left alone, since counting began. */
  retryAfterMs = 0
  readonly #config: CircuitScope
  #calls = 0
  #failures = 0
  #slow = 0
  #dueAt = Number.NEGATIVE_INFINITY
  /** The slices this environment has been counted in, as one of the fleet and as one that sheds. */
  #votedIn = ''
  #shedIn = ''
  readonly #sums = new Map<string, Report>()

  constructor(config: CircuitScope) {
    this.#config = config
  }

  /**
   * From when on calls count: once every environment with traffic has had the time to learn that it must report.
   * Those from before would be a biased sample, as it was a failure that drew attention to them.
   */
  fairFrom(record: CircuitRecord): number {
    if (record.state !== 'CLOSED') return Infinity
    // Whoever lets calls through after a recovery has read the very record that asks for reports.
    const known = record.recovering && record.suspectSince === record.since
    return record.suspectSince + (known ? 0 : this.#config.policy.refreshMs)
  }

  add(failed: boolean, slow: boolean): void {
    this.#calls++
    if (failed) this.#failures++
    if (slow) this.#slow++
  }

  isDue(now: number): boolean {
    return now >= this.#dueAt
  }

  /** At most one request an interval, spread by chance so that environments do not report in step. */
  postpone(now: number): void {
    this.#dueAt = now + this.#config.policy.refreshMs * (0.75 + 0.5 * this.#config.random())
  }

  /**
   * The report that is due, and the slice it goes to. Forgotten here before it is sent: one that times out may have
   * arrived, and counting twice could open a circuit wrongly, where counting too little only delays.
   */
  take(generation: number, now: number, shedding: boolean): [slice: string, report: Report] {
    this.postpone(now)
    const slice = this.#slices(generation, now)[0]!
    const report: Report = {
      calls: this.#calls,
      failures: this.#failures,
      slow: this.#slow,
      environments: this.#votedIn === slice ? 0 : 1,
      shedding: shedding && this.#shedIn !== slice ? 1 : 0,
    }
    this.#calls = this.#failures = this.#slow = 0
    this.#votedIn = slice
    if (shedding) this.#shedIn = slice
    return [slice, report]
  }

  /** Sums only grow: of two answers the larger is the later one. */
  learn(slice: string, sums: Report): void {
    const known = this.#sums.get(slice) ?? noReport
    if (sums.calls + sums.environments < known.calls + known.environments) return
    this.#sums.delete(slice)
    this.#sums.set(slice, sums)
    if (this.#sums.size > 3) this.#sums.delete(this.#sums.keys().next().value!)
  }

  /** The fleet's sums over the last half to whole window, as far as they are known here. */
  sums(generation: number, now: number): Report {
    return this.#slices(generation, now)
      .map(slice => this.#sums.get(slice) ?? noReport)
      .reduce(plus)
  }

  /** Slices worth reading along with the record: none while nothing is suspected. */
  slicesAt(record: CircuitRecord, now: number): readonly string[] {
    return record.state === 'CLOSED' && now < record.suspectUntil ? this.#slices(record.generation, now) : []
  }

  /** Counts of an earlier generation are void. */
  clear(): void {
    this.#calls = this.#failures = this.#slow = this.retryAfterMs = 0
    this.#dueAt = Number.NEGATIVE_INFINITY
  }

  #slices(generation: number, now: number): readonly string[] {
    const slice = Math.floor(now / (this.#config.policy.windowMs / 2))
    return [`${generation}-${slice}`, `${generation}-${slice - 1}`]
  }
}
