import type { ResolvedPolicy } from '@breakwater/circuit'
import type { Engine } from '../engine/engine.ts'
import type { Dependency } from '../fleet/dependency.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { percentile, type Recorder } from '../fleet/recorder.ts'
import type { Happening, Scenario } from '../scenario/scenario.ts'
import type { SimulatedTable } from '../table/table.ts'
import type { StoredState } from './invariants.ts'
import type { Change, Heat, Measures, RunResult, Span, Timeline } from './result.ts'

/** On-demand prices in US dollars a million request units (us-east-1, 2026). */
const dollarsPerMillion = { read: 0.125, write: 0.625 }

const counted = ['offered', 'succeeded', 'failed', 'shed', 'reads', 'writes', 'throttled'] as const
type Counted = (typeof counted)[number]

const bucketMs = 500
const heatEveryMs = 500
const mostRows = 1_000

/** Turns what happens in a run into its figures and time lines. */
export class Measuring {
  readonly #engine: Engine
  readonly #table: SimulatedTable
  readonly #dependency: Dependency
  readonly #policy: ResolvedPolicy
  readonly #startMs: number
  #fleet!: Fleet
  #recorder!: Recorder
  #detail = false
  readonly #faults: Span[] = []
  #fault: { readonly fromMs: number; readonly label: string } | undefined
  readonly #changes: Change[] = []
  /** The first fault of the dependency, and when the last one was over; ms since the start. */
  #faultAt: number | undefined
  #healthyAt: number | undefined
  #peakInFault: number | undefined
  #inFlightAtFault = 0
  #reachedSinceFault = 0
  #callsToOpen: number | undefined
  #openedMs: number | undefined
  #closedAt: number | undefined
  #lastRetryAt = 0
  #offeredAtFault = 0
  #succeededAtFault = 0
  #opens = 0
  #openWrites = 0
  #wrongOpens = 0
  #wrongLocalOpens = 0
  #reasonUntil = Number.NEGATIVE_INFINITY
  #lastPassedAt: number | undefined
  #firstShedAt: number | undefined
  readonly #series = {
    offered: [] as number[],
    succeeded: [] as number[],
    failed: [] as number[],
    shed: [] as number[],
    reads: [] as number[],
    writes: [] as number[],
    throttled: [] as number[],
    alive: [] as number[],
  }
  readonly #last = Object.fromEntries(counted.map(name => [name, 0])) as Record<Counted, number>
  readonly #rows = new Map<number, string>()
  #samples = 0
  #ended: Pick<Measures, 'calls' | 'succeeded' | 'failed' | 'shed' | 'turnedAway'> | undefined

  constructor(engine: Engine, table: SimulatedTable, dependency: Dependency, policy: ResolvedPolicy) {
    this.#engine = engine
    this.#table = table
    this.#dependency = dependency
    this.#policy = policy
    this.#startMs = engine.now
  }

  get #ms(): number {
    return this.#engine.now - this.#startMs
  }

  watch(fleet: Fleet, recorder: Recorder, detail: boolean, durationMs: number): void {
    this.#fleet = fleet
    this.#recorder = recorder
    this.#detail = detail
    const sample = () => {
      this.#sample()
      if (this.#ms < durationMs) this.#engine.after(bucketMs, sample)
    }
    this.#engine.after(bucketMs, sample)
  }

  /** A call reached the dependency. */
  reached(): void {
    this.#reachedSinceFault++
  }

  happened({ dependency, broken, table }: Happening): void {
    const label = dependency ? dependency.mode : broken ? `${broken} environments broken` : undefined
    const ms = this.#ms
    if (label !== undefined || broken === 0) {
      this.#endFault(ms)
      if (label !== 'healthy' && label !== undefined) this.#fault = { fromMs: ms, label }
    }
    if (table) {
      const trouble = Object.keys(table).filter(
        name => name !== 'lagMs' && table[name as keyof typeof table] !== undefined,
      )
      if (trouble.length > 0)
        this.#faults.push({ fromMs: ms, toMs: ms, label: `table: ${trouble.join(', ')}` })
    }
    if (!dependency) return
    if (dependency.mode === 'healthy') {
      this.#healthyAt = ms
      this.#peakInFault ??= this.#table.totals.peakWriteUnits
      this.#reasonUntil = ms
      return
    }
    this.#reasonUntil = reasonToOpen(dependency, this.#policy) ? Infinity : this.#reasonUntil
    if (this.#faultAt !== undefined) return
    const { tally } = this.#recorder
    this.#faultAt = ms
    this.#inFlightAtFault = this.#dependency.inFlight
    this.#reachedSinceFault = 0
    this.#offeredAtFault = tally.offered
    this.#succeededAtFault = tally.succeeded
    this.#recorder.mark()
  }

  #endFault(ms: number): void {
    if (this.#fault) this.#faults.push({ ...this.#fault, toMs: ms })
    this.#fault = undefined
  }

  /** The table holds a new state. */
  changed(before: StoredState | undefined, after: StoredState, environment: string): void {
    if (after.state === 'OPEN') this.#openWrites++
    if (before?.state === after.state || (!before && after.state === 'CLOSED')) return
    const atMs = this.#ms
    const { state: to, generation } = after
    const from = before?.state ?? 'CLOSED'
    const reason = to === 'CLOSED' ? 'recovered' : to === 'HALF_OPEN' ? 'probing' : after.reason
    this.#changes.push({ atMs, from, to, generation, reason, environment })
    if (to === 'OPEN') {
      this.#opens++
      this.#lastRetryAt = after.retryAt - this.#startMs
      if (!this.#mayOpen(atMs)) this.#wrongOpens++
      if (this.#faultAt !== undefined && this.#openedMs === undefined) {
        this.#openedMs = atMs - this.#faultAt
        this.#callsToOpen = this.#reachedSinceFault
        this.#firstShedAt = this.#recorder.firstShedAt
      }
    }
    if (to === 'HALF_OPEN') this.#lastPassedAt ??= this.#recorder.lastPassedAt
    if (to === 'CLOSED' && this.#healthyAt !== undefined) this.#closedAt ??= atMs
  }

  /** An environment shut its own gate. */
  openedAlone(broken: boolean): void {
    if (!broken && !this.#mayOpen(this.#ms)) this.#wrongLocalOpens++
  }

  /** A reason to open is one until a window after it is over: what was counted stays counted so long. */
  #mayOpen(ms: number): boolean {
    const { down, collapses, healthySince } = this.#dependency
    const graceMs = this.#policy.windowMs + 3_000
    if (down || (collapses > 0 && this.#engine.now < healthySince + graceMs)) return true
    return ms < this.#reasonUntil + graceMs
  }

  #sample(): void {
    const { tally } = this.#recorder
    const { reads, writes, throttled } = this.#table.totals
    const now = { ...tally, reads, writes, throttled }
    for (const name of counted) {
      this.#series[name].push(now[name] - this.#last[name])
      this.#last[name] = now[name]
    }
    this.#series.alive.push(this.#fleet.members.size)
    if (this.#detail && this.#ms >= this.#samples * heatEveryMs) this.#heat()
  }

  #heat(): void {
    for (const [id, { guard }] of this.#fleet.members) {
      const row = this.#rows.get(id)
      if (row === undefined && this.#rows.size >= mostRows) continue
      this.#rows.set(id, (row ?? '').padEnd(this.#samples, '.') + guard.belief)
    }
    this.#samples++
  }

  /** The load ends; what comes after is not measured. */
  finish(): void {
    const { offered, succeeded, failed, shed, turnedAway } = this.#recorder.tally
    this.#ended = { calls: offered, succeeded, failed, shed, turnedAway }
    this.#endFault(this.#ms)
  }

  result(
    scenario: Scenario,
    seed: number,
    size: number,
    scheme: string,
    callsPerSecond: number,
  ): Omit<RunResult, 'violations'> {
    const timeline: Timeline = { bucketMs, ...this.#series }
    const heat: Heat = {
      everyMs: heatEveryMs,
      rows: [...this.#rows.values()].map(row => row.padEnd(this.#samples, '.')),
    }
    return {
      scenario: scenario.name,
      title: scenario.title,
      scheme,
      seed,
      environments: size,
      callsPerSecond,
      durationMs: scenario.durationMs,
      faults: this.#faults,
      measures: this.#measures(timeline),
      timeline,
      heat,
      transitions: this.#changes,
    }
  }

  #measures(timeline: Timeline): Measures {
    const { tally, waits, probesAtOnce, lastPassedAt, firstShedAt } = this.#recorder
    const { totals } = this.#table
    const faultAt = this.#faultAt
    const ended = this.#ended!
    const since = (at: number | undefined) =>
      at === undefined || faultAt === undefined ? undefined : at - this.#startMs - faultAt
    const dollars =
      (totals.readUnits * dollarsPerMillion.read + totals.writeUnits * dollarsPerMillion.write) / 1e6
    const fromMs = Math.max(this.#healthyAt ?? Infinity, this.#lastRetryAt)
    return {
      ...ended,
      lost: tally.lost,
      reachedWhileDown: this.#dependency.reachedWhileDown,
      inFlightAtFault: this.#inFlightAtFault,
      firstShedMs: since(this.#firstShedAt ?? firstShedAt),
      lastShedMs: this.#openedMs === undefined ? undefined : since(this.#lastPassedAt ?? lastPassedAt),
      openedMs: this.#openedMs,
      callsToOpen: this.#callsToOpen,
      opens: this.#opens,
      openWrites: this.#openWrites,
      wrongOpens: this.#wrongOpens,
      wrongLocalOpens: this.#wrongLocalOpens,
      probesAtOnce,
      closedMs: this.#closedAt === undefined ? undefined : Math.max(0, this.#closedAt - fromMs),
      recoveredMs: recoveredAfter(timeline, fromMs),
      collapses: this.#dependency.collapses,
      goodput: faultAt === undefined ? share(ended.succeeded, ended.calls) : this.#goodput(),
      addedP50Ms: percentile(waits, 0.5) ?? 0,
      addedP99Ms: percentile(waits, 0.99) ?? 0,
      addedMaxMs: percentile(waits, 1) ?? 0,
      reads: totals.reads,
      writes: totals.writes,
      throttled: totals.throttled,
      readUnits: totals.readUnits,
      writeUnits: totals.writeUnits,
      peakReadUnits: totals.peakReadUnits,
      peakWriteUnits: totals.peakWriteUnits,
      peakWriteUnitsInFault: this.#peakInFault ?? totals.peakWriteUnits,
      dollarsPerMillionCalls: (dollars / Math.max(1, ended.calls)) * 1e6,
      tableItems: this.#table.size,
      held: Math.max(0, ...[...this.#fleet.members.values()].map(({ environment }) => environment.pending)),
    }
  }

  #goodput(): number {
    const { calls, succeeded } = this.#ended!
    return share(succeeded - this.#succeededAtFault, calls - this.#offeredAtFault)
  }
}

/** Whether a fault is one that the circuit is there for. */
function reasonToOpen(condition: NonNullable<Happening['dependency']>, policy: ResolvedPolicy): boolean {
  if (condition.mode === 'brownout') return condition.errorRate >= policy.failureRate * 0.9
  return condition.mode !== 'healthy'
}

function share(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole
}

/** Ms from `fromMs` until nine calls in ten are answered well, for two seconds at least; undefined if never. */
function recoveredAfter(
  { offered, succeeded, bucketMs: width }: Timeline,
  fromMs: number,
): number | undefined {
  const span = Math.ceil(2_000 / width)
  if (fromMs === Infinity) return undefined
  for (let from = Math.max(0, Math.ceil(fromMs / width)); from + span <= offered.length; from++) {
    const sum = (values: readonly number[]) => values.slice(from, from + span).reduce((a, b) => a + b, 0)
    if (sum(offered) > 0 && sum(succeeded) >= 0.9 * sum(offered)) return Math.max(0, from * width - fromMs)
  }
  return undefined
}
