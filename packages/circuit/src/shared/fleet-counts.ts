import type { Report } from '../counts.ts'
import { noReport, plus } from '../counts.ts'
import type { CircuitRecord } from '../record.ts'
import type { CircuitScope } from '../scope.ts'
import { isRamp } from './suspect.ts'

/** About so many environments report in an interval, once so many are known to; the others wait for another turn. */
const reportersAtOnce = 30

/**
 * The calls this environment has counted and not yet reported, the time of its next report, and the sums it has read of the
 * fleet's sums. Counts live in slices of half a window; the present slice and the one before it are judged together.
 */
export class FleetCounts {
  /** The longest Retry-After since counting began, in ms. */
  retryAfterMs = 0
  readonly #config: CircuitScope
  /** The suspicion this environment has been asked about, by its beginning, and since when. */
  #suspicion = Number.NaN
  #askedAt = 0
  /** When the first of the calls counted here ended. */
  #since = 0
  #calls = 0
  #failures = 0
  #slow = 0
  #dueAt = Number.NEGATIVE_INFINITY
  /** The slice in which this environment has reported last. */
  #reportedIn = ''
  #sums: (readonly [slice: string, Report])[] = []

  constructor(config: CircuitScope) {
    this.#config = config
  }

  /**
   * A read came in that was sent at `now`. One that shows a suspicion asks this environment to count from then on: the
   * read was due whatever its calls were like, so it is a fair sample. Who only knows because it raised the suspicion
   * itself is none.
   */
  asked(record: CircuitRecord, now: number): void {
    if (record.state !== 'CLOSED' || now >= record.suspectUntil || record.suspectSince === this.#suspicion)
      return
    this.clear()
    this.#suspicion = record.suspectSince
    this.#askedAt = now
  }

  /** From when on calls count; Infinity while no reports are asked for. */
  fairFrom(record: CircuitRecord): number {
    if (record.state !== 'CLOSED') return Infinity
    // An environment that admits calls after a recovery has read the very record that asks for reports.
    if (isRamp(record)) return record.since
    return record.suspectSince === this.#suspicion ? this.#askedAt : Infinity
  }

  add(failed: boolean, slow: boolean, now: number): void {
    // Too old to say anything of the present.
    if (now - this.#since > this.#config.policy.windowMs / 2) this.#calls = this.#failures = this.#slow = 0
    if (this.#calls++ === 0) this.#since = now
    if (failed) this.#failures++
    if (slow) this.#slow++
  }

  /**
   * A call that this environment's own gate shed counts as failed, but only a few a report: one that fails fast is
   * free first, and gets more than its share of the calls.
   */
  shed(now: number): void {
    if (this.#calls < this.#config.policy.minimumCalls / 4) this.add(true, false, now)
  }

  /** Whether there are calls to report. */
  get waiting(): boolean {
    return this.#calls > 0
  }

  isDue(now: number): boolean {
    return now >= this.#dueAt
  }

  /** At most one request an interval, spread randomly so that environments do not report in step. */
  postpone(now: number): void {
    this.#dueAt = now + this.#config.policy.refreshMs * (0.75 + 0.5 * this.#config.random())
  }

  /**
   * The report that is due, and the slice it goes to; undefined, at random, where enough others report, so that a key
   * never sees more writes because the fleet is larger; the counts then wait for the next turn. What is reported is
   * forgotten here before it is sent: a report that times out may have arrived, and counting twice could open a
   * circuit wrongly, where counting too little only delays.
   */
  take(record: CircuitRecord, now: number): [slice: string, report: Report] | undefined {
    this.postpone(now)
    if (this.#config.random() * this.sums(record, now).environments > reportersAtOnce) return undefined
    const slice = this.#slices(record, now)[0]!
    const report: Report = {
      calls: this.#calls,
      failures: this.#failures,
      slow: this.#slow,
      environments: this.#reportedIn === slice ? 0 : 1,
    }
    this.#calls = this.#failures = this.#slow = 0
    this.#reportedIn = slice
    return [slice, report]
  }

  /** Sums only grow: of two answers the larger is the later one. */
  learn(slice: string, sums: Report): void {
    const known = this.#sumsOf(slice)
    if (sums.calls + sums.environments < known.calls + known.environments) return
    // The present slice, the one before, and the one before that, which a slow answer may still add to.
    this.#sums = [[slice, sums] as const, ...this.#sums.filter(([name]) => name !== slice)].slice(0, 3)
  }

  /** The fleet's sums over the last half to whole window, as far as they are known here. */
  sums(record: CircuitRecord, now: number): Report {
    const [present, before] = this.#slices(record, now).map(slice => this.#sumsOf(slice))
    return plus(present!, before!)
  }

  #sumsOf(slice: string): Report {
    return this.#sums.find(([name]) => name === slice)?.[1] ?? noReport
  }

  /** Slices worth reading along with the record: none while nothing is suspected. */
  slicesAt(record: CircuitRecord, now: number): readonly string[] {
    return record.state === 'CLOSED' && now < record.suspectUntil ? this.#slices(record, now) : []
  }

  /** Counts of an earlier generation are void. */
  clear(): void {
    this.#calls = this.#failures = this.#slow = this.retryAfterMs = 0
    this.#dueAt = Number.NEGATIVE_INFINITY
  }

  /** Each suspicion has slices of its own: what refuted the last one must not outweigh what raised this one. */
  #slices(record: CircuitRecord, now: number): readonly string[] {
    const { windowMs, recoveryMs } = this.#config.policy
    const since = record.state === 'CLOSED' ? record.suspectSince : 0
    // A relapse must not have to outweigh all that went well before it in the ramp.
    const widthMs = isRamp(record) ? recoveryMs / 5 : windowMs / 2
    const slice = Math.max(0, Math.floor((now - since) / widthMs))
    const name = `${record.generation}-${since}`
    return [`${name}-${slice}`, `${name}-${slice - 1}`]
  }
}
