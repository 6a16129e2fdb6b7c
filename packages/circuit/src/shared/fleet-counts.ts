import type { Report } from '../counts.ts'
import { noReport, plus } from '../counts.ts'
import type { CircuitRecord } from '../record.ts'
import type { CircuitScope } from '../scope.ts'
import { isRamp, isSuspect, suspicionMs } from './suspect.ts'

/** A call that has ended, long ago where it is none. */
class Call {
  startedAt = Number.NEGATIVE_INFINITY
  failed = false
  slow = false
}

/** About so many environments report in an interval, once so many are known to; the others wait for another turn. */
const reportersAtOnce = 30

/**
 * The calls this environment has counted and not yet reported, the time of its next report, and what it has read of the
 * fleet's sums. Where rates decide, counts live in slices of half a window, and the present slice is judged together with
 * the two before it, which is a whole window at least.
 */
export class FleetCounts {
  /** The longest Retry-After since counting began, in ms. */
  retryAfterMs = 0
  /** How long a slice matters, in ms. */
  readonly keepMs: number
  /** How long a slice is, in ms: a row of failures is counted in one, a rate in slices of half a window. */
  readonly #sliceMs: number
  readonly #config: CircuitScope
  /** The suspicion this environment has been asked about, by its beginning, and since when. */
  #suspicion = Number.NaN
  #askedAt = Number.NaN
  /** When the first of the calls counted here ended. */
  #since = Number.NEGATIVE_INFINITY
  #calls = 0
  #failures = 0
  #slow = 0
  /** Bad ones among those that were made elsewhere. */
  #failedElsewhere = 0
  /** The last two calls that were not counted. */
  #last = new Call()
  #lastButOne = new Call()
  #dueAt = Number.NEGATIVE_INFINITY
  /** The slice in which this environment has reported last. */
  #reportedIn: string | undefined
  /** The slice in which it has reported a bad call last. */
  #failedIn: string | undefined
  #sums: (readonly [slice: string, Report])[] = []

  constructor(config: CircuitScope) {
    const { consecutiveFailures, windowMs } = config.policy
    this.#config = config
    this.#sliceMs = consecutiveFailures > 0 ? Infinity : windowMs / 2
    this.keepMs = 1.5 * suspicionMs(config.policy)
  }

  /**
   * A read came in that was sent at `now`. One that shows a suspicion asks this environment for its calls since then: the
   * read was due whatever its calls were like, so it is a fair sample. An environment that only knows because it raised
   * the suspicion itself is none, until it reads. Returns whether there may be reports already that the read did not bring.
   */
  asked(record: CircuitRecord, now: number): boolean {
    if (!isSuspect(record, now) || record.suspectSince === this.#suspicion) return false
    this.#restart()
    this.#suspicion = record.suspectSince
    this.#askedAt = now
    for (const call of [this.#lastButOne, this.#last]) {
      // One that began later than now was noted before the clock was set back, and may be of any generation.
      if (call.startedAt >= this.fairFrom(record) && call.startedAt <= now)
        this.add(call.failed, call.slow, now)
      call.startedAt = Number.NEGATIVE_INFINITY
    }
    // In a ramp a few calls decide, those of the present.
    return !isRamp(record) && this.suspectedMs(record, now) >= this.#sliceMs
  }

  /** Keeps a call that is not counted now, as one of the last two: all that an environment with few calls has to report. */
  note(startedAt: number, failed: boolean, slow: boolean): void {
    const call = this.#lastButOne
    this.#lastButOne = this.#last
    this.#last = call
    call.startedAt = startedAt
    call.failed = failed
    call.slow = slow
  }

  /**
   * From when on calls count; Infinity while no reports are asked for. The call of a workflow (`detached`) begins with a
   * read of its own.
   */
  fairFrom(record: CircuitRecord, detached?: boolean): number {
    if (record.state !== 'CLOSED') return Infinity
    // An environment that admits calls after a recovery has read the very record that asks for reports.
    if (isRamp(record)) return record.since
    const known = detached || record.suspectSince === this.#suspicion
    // Calls of the very millisecond may have led up to it.
    return known ? this.#suspectedSince(record) + 1 : Infinity
  }

  add(failed: boolean, slow: boolean, now: number, detached?: boolean): void {
    // Too old to say anything of the present.
    if (now - this.#since > this.#sliceMs) this.#forget()
    if (this.#calls++ === 0) this.#since = now
    if (failed) this.#failures++
    if (slow) this.#slow++
    if (detached && (failed || slow)) this.#failedElsewhere++
  }

  #forget(): void {
    this.#calls = this.#failures = this.#slow = this.#failedElsewhere = 0
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
    // A report that is due in more than two intervals was put off before the clock was set back.
    return now >= this.#dueAt || this.#dueAt - now > 2 * this.#config.policy.refreshMs
  }

  /**
   * At most one request an interval, spread randomly so that environments do not report in step. Up to four where few
   * report and the suspicion is young: they need not be fewer than those of a large fleet.
   */
  postpone(record: CircuitRecord, now: number): void {
    const { policy, random } = this.#config
    const few = this.sums(record, now).environments / reportersAtOnce
    const share = this.suspectedMs(record, now) < policy.windowMs ? Math.min(1, Math.max(0.25, few)) : 1
    this.#dueAt = now + policy.refreshMs * share * (0.75 + 0.5 * random())
  }

  /**
   * The report that is due, and the slice it goes to; undefined, at random, where enough others report, so that a key
   * never sees more writes because the fleet is larger; the counts then wait for the next turn. What is reported is
   * forgotten here before it is sent: a report that times out may have arrived, and counting twice could open a
   * circuit wrongly, where counting too little only delays.
   */
  take(record: CircuitRecord, now: number): [slice: string, report: Report] | undefined {
    this.postpone(record, now)
    if (this.#config.random() * this.sums(record, now).environments > reportersAtOnce) return undefined
    const slice = this.#slices(record, now)[0]!
    const fails = this.#failures + this.#slow > this.#failedElsewhere && this.#failedIn !== slice
    const report: Report = {
      calls: this.#calls,
      failures: this.#failures,
      slow: this.#slow,
      environments: this.#reportedIn === slice ? 0 : 1,
      failing: this.#failedElsewhere + (fails ? 1 : 0),
    }
    this.#forget()
    this.#reportedIn = slice
    if (fails) this.#failedIn = slice
    return [slice, report]
  }

  /** Sums only grow: of two answers the larger is the later one. */
  learn(slice: string, sums: Report): void {
    const known = this.#sumsOf(slice)
    if (sums.calls + sums.environments < known.calls + known.environments) return
    // Those that are judged, and one more, which a slow answer may still add to.
    this.#sums = [[slice, sums] as const, ...this.#sums.filter(([name]) => name !== slice)].slice(0, 4)
  }

  /**
   * The fleet's sums over the last whole to one and a half windows, as far as they are known here. Environments are in
   * each slice anew, so that there are as many as in the slice with most.
   */
  sums(record: CircuitRecord, now: number): Report {
    const slices = this.#slices(record, now).map(slice => this.#sumsOf(slice))
    return {
      ...slices.reduce(plus),
      environments: Math.max(...slices.map(({ environments }) => environments)),
      failing: Math.max(...slices.map(({ failing }) => failing)),
    }
  }

  /** How long the circuit has been suspect, in ms. */
  suspectedMs(record: CircuitRecord, now: number): number {
    return now - this.#suspectedSince(record)
  }

  #sumsOf(slice: string): Report {
    return this.#sums.find(([name]) => name === slice)?.[1] ?? noReport
  }

  /** Slices worth reading along with the record: none while nothing is suspected. */
  slicesAt(record: CircuitRecord, now: number): readonly string[] {
    return isSuspect(record, now) ? this.#slices(record, now) : []
  }

  #restart(): void {
    this.#forget()
    this.retryAfterMs = 0
    this.#dueAt = Number.NEGATIVE_INFINITY
  }

  /** Counts of an earlier generation are void. */
  clear(): void {
    this.#restart()
    this.#last.startedAt = this.#lastButOne.startedAt = Number.NEGATIVE_INFINITY
  }

  /** When the suspicion began, by the clock of this environment: not after it was read of here. */
  #suspectedSince(record: CircuitRecord): number {
    if (record.state !== 'CLOSED') return 0
    const { suspectSince } = record
    return suspectSince === this.#suspicion ? Math.min(suspectSince, this.#askedAt) : suspectSince
  }

  /** Each suspicion has slices of its own: what refuted the last one must not outweigh what raised this one. */
  #slices(record: CircuitRecord, now: number): readonly string[] {
    const ramp = isRamp(record)
    // A relapse must not have to outweigh all that went well before it in the ramp.
    const [widthMs, judged] = ramp
      ? [this.#config.policy.recoveryMs / 5, 2]
      : [this.#sliceMs, this.#sliceMs === Infinity ? 1 : 3]
    const slice = Math.max(0, Math.floor(this.suspectedMs(record, now) / widthMs))
    // A ramp goes by the generation alone, since the environments' clocks differ about its beginning.
    const name = ramp || record.state !== 'CLOSED' ? '' : `-${record.suspectSince}`
    return Array.from({ length: judged }, (_, before) => `${record.generation}${name}-${slice - before}`)
  }
}
