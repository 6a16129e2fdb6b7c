import type { ResolvedPolicy } from '@breakwater/circuit'
import type { Engine } from '../engine/engine.ts'
import type { CallRecorder } from '../fleet/call-recorder.ts'
import type { Dependency } from '../fleet/dependency.ts'
import type { DependencyCondition } from '../fleet/dependency-options.ts'
import type { Fleet } from '../fleet/fleet.ts'
import type { Scenario, ScenarioEvent, TableCondition } from '../scenario/scenario.ts'
import type { SimulatedTable } from '../table/table.ts'
import { percentile } from './distribution.ts'
import type { StoredState } from './invariants.ts'
import type { FaultSpan, Measures, RunResult, StateChange, Timeline } from './result.ts'
import { bucketMs, recoveredAfter, TimelineSampler } from './timeline-sampler.ts'

/** On-demand prices in US dollars a million request units (us-east-1, 2026). */
const dollarsPerMillion = { read: 0.125, write: 0.625 }

/** Figures that the invariants count for their own sake. */
export type CountedByInvariants = Pick<Measures, 'storeFailures' | 'maxStoreFailures' | 'maxWritesPerOpening'>

/** Turns the events of a run into its figures and time lines. */
export class Measurements {
  readonly #engine: Engine
  readonly #table: SimulatedTable
  readonly #dependency: Dependency
  readonly #policy: ResolvedPolicy
  readonly #startMs: number
  #fleet!: Fleet
  #recorder!: CallRecorder
  #sampler!: TimelineSampler
  readonly #faults: FaultSpan[] = []
  #fault: { readonly fromMs: number; readonly label: string } | undefined
  readonly #transitions: StateChange[] = []
  /** When the first fault of the dependency began, ms since the start. */
  #faultAt: number | undefined
  /** When the dependency was last set healthy, ms since the start. */
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
  /** Until when a fault gives a reason to open, ms since the start. */
  #reasonUntil = Number.NEGATIVE_INFINITY
  /** Since when the table holds OPEN or HALF_OPEN, ms since the start. */
  #openSince: number | undefined
  readonly #reachedWhileOpen: number[] = []
  readonly #tableChanges: number[] = []
  #burstSeen = false
  #reachedSinceBurst = 0
  #lastPassedAt: number | undefined
  #firstShedAt: number | undefined
  /** The counts when the load ended. */
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

  /** Begins to sample. `withHeatMap`: the state of each environment, too. */
  start(fleet: Fleet, recorder: CallRecorder, withHeatMap: boolean, durationMs: number): void {
    this.#fleet = fleet
    this.#recorder = recorder
    this.#sampler = new TimelineSampler(this.#table, fleet, recorder, withHeatMap)
    const sample = () => {
      this.#sampler.sample(this.#ms)
      if (this.#ms < durationMs) this.#engine.after(bucketMs, sample)
    }
    this.#engine.after(bucketMs, sample)
  }

  /** A call reached the dependency. */
  reached(): void {
    this.#reachedSinceFault++
    if (this.#dependency.condition.mode !== 'outage') return
    if (this.#burstSeen) this.#reachedSinceBurst++
    if (this.#openSince === undefined) return
    const minutes = this.#reachedWhileOpen
    const minute = Math.floor((this.#ms - this.#openSince) / 60_000)
    while (minutes.length <= minute) minutes.push(0)
    minutes[minute]!++
  }

  /** An event of the scenario takes place. */
  eventApplied({ dependency, broken, table, burst }: ScenarioEvent): void {
    const ms = this.#ms
    if (burst !== undefined) {
      this.#burstSeen = true
      this.#reachedSinceBurst = 0
    }
    const label = dependency
      ? dependency.mode
      : broken
        ? `${broken} environment${broken === 1 ? '' : 's'} broken`
        : undefined
    if (label !== undefined || broken === 0) {
      this.#endFault(ms)
      if (label !== 'healthy' && label !== undefined) this.#fault = { fromMs: ms, label }
    }
    if (table) this.#tableChanged(table)
    if (dependency) this.#dependencyChanged(dependency)
  }

  #tableChanged(condition: TableCondition): void {
    const ms = this.#ms
    this.#tableChanges.push(ms)
    const faults = Object.keys(condition).filter(
      name => name !== 'lagMs' && condition[name as keyof TableCondition] !== undefined,
    )
    if (faults.length > 0) this.#faults.push({ fromMs: ms, toMs: ms, label: `table: ${faults.join(', ')}` })
  }

  #dependencyChanged(condition: DependencyCondition): void {
    const ms = this.#ms
    if (condition.mode === 'healthy') {
      this.#healthyAt = ms
      this.#peakInFault ??= this.#table.totals.peakWriteUnits
      this.#reasonUntil = ms
      return
    }
    this.#reasonUntil = isReasonToOpen(condition, this.#policy) ? Infinity : this.#reasonUntil
    if (this.#faultAt !== undefined) return
    const { counts } = this.#recorder
    this.#faultAt = ms
    this.#inFlightAtFault = this.#dependency.inFlight
    this.#reachedSinceFault = 0
    this.#offeredAtFault = counts.offered
    this.#succeededAtFault = counts.succeeded
    this.#recorder.restart()
  }

  #endFault(ms: number): void {
    if (this.#fault) this.#faults.push({ ...this.#fault, toMs: ms })
    this.#fault = undefined
  }

  /** The table holds a new state. */
  stateWritten(before: StoredState | undefined, after: StoredState, environment: string): void {
    if (after.state === 'OPEN') this.#openWrites++
    this.#openSince = after.state === 'CLOSED' ? undefined : (this.#openSince ?? this.#ms)
    if (before?.state === after.state || (!before && after.state === 'CLOSED')) return
    const atMs = this.#ms
    const { state: to, generation } = after
    const from = before?.state ?? 'CLOSED'
    const reason = to === 'CLOSED' ? 'recovered' : to === 'HALF_OPEN' ? 'probing' : after.reason
    this.#transitions.push({ atMs, from, to, generation, reason, environment })
    if (to === 'OPEN') {
      this.#opens++
      // By the length of the open time: the clock of its writer may be wrong.
      this.#lastRetryAt = atMs + after.retryAt - after.since
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

  /** The record was replaced from outside of the fleet. */
  stateReplaced(after: StoredState | undefined): void {
    const atMs = this.#ms
    const open = after !== undefined && after.state !== 'CLOSED'
    this.#openSince = open ? (this.#openSince ?? atMs) : undefined
    this.#faults.push({
      fromMs: atMs,
      toMs: atMs,
      label: `the record is replaced by ${after?.state ?? 'none'}`,
    })
  }

  /** An environment shut its local gate. */
  openedLocally(broken: boolean): void {
    if (!broken && !this.#mayOpen(this.#ms)) this.#wrongLocalOpens++
  }

  /** A reason to open lasts until a window after it is over: its failures stay counted that long. */
  #mayOpen(ms: number): boolean {
    const { down, collapses, healthySince } = this.#dependency
    const graceMs = this.#policy.windowMs + 3_000
    if (down || (collapses > 0 && this.#engine.now < healthySince + graceMs)) return true
    return ms < this.#reasonUntil + graceMs
  }

  /** The load ends; what comes after is not measured. */
  finish(): void {
    const { offered, succeeded, failed, shed, turnedAway } = this.#recorder.counts
    this.#ended = { calls: offered, succeeded, failed, shed, turnedAway }
    this.#endFault(this.#ms)
  }

  result(
    scenario: Scenario,
    seed: number,
    size: number,
    breaker: string,
    callsPerSecond: number,
    counted: CountedByInvariants,
  ): Omit<RunResult, 'violations'> {
    const { timeline, heatMap } = this.#sampler
    return {
      scenario: scenario.name,
      title: scenario.title,
      breaker,
      seed,
      environments: size,
      callsPerSecond,
      durationMs: scenario.durationMs,
      faults: this.#faults,
      measures: { ...this.#measures(timeline), ...counted },
      timeline,
      heatMap,
      transitions: this.#transitions,
    }
  }

  #measures(timeline: Timeline): Omit<Measures, keyof CountedByInvariants> {
    const { counts, waits, maxProbes, lastPassedAt, firstShedAt } = this.#recorder
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
      lost: counts.lost,
      reachedWhileDown: this.#dependency.reachedWhileDown,
      reachedWhileOpen: this.#reachedWhileOpen.reduce((sum, calls) => sum + calls, 0),
      reachedWhileOpenByMinute: this.#reachedWhileOpen,
      reachedSinceBurst: this.#burstSeen ? this.#reachedSinceBurst : undefined,
      inFlightAtFault: this.#inFlightAtFault,
      firstShedMs: since(this.#firstShedAt ?? firstShedAt),
      lastShedMs: this.#openedMs === undefined ? undefined : since(this.#lastPassedAt ?? lastPassedAt),
      openedMs: this.#openedMs,
      callsToOpen: this.#callsToOpen,
      opens: this.#opens,
      openWrites: this.#openWrites,
      wrongOpens: this.#wrongOpens,
      wrongLocalOpens: this.#wrongLocalOpens,
      maxProbes,
      closedMs: this.#closedAt === undefined ? undefined : Math.max(0, this.#closedAt - fromMs),
      recoveredMs: recoveredAfter(timeline, fromMs),
      collapses: this.#dependency.collapses,
      goodput: faultAt === undefined ? share(ended.succeeded, ended.calls) : this.#goodput(),
      healthyGoodput: this.#healthyGoodput(timeline),
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
      maxPending: Math.max(
        0,
        ...[...this.#fleet.members.values()].map(({ environment }) => environment.pending),
      ),
    }
  }

  /** From when the longest open time and the ramp after it can be over. */
  #healthyGoodput({ offered, succeeded }: Timeline): number | undefined {
    if (this.#dependency.condition.mode !== 'healthy') return undefined
    const { maxOpenMs, recoveryMs } = this.#policy
    const fromMs = this.#healthyAt === undefined ? 0 : this.#healthyAt + maxOpenMs + recoveryMs
    const toMs = this.#tableChanges.find(ms => ms > fromMs) ?? Infinity
    const sum = (values: readonly number[]) =>
      values.slice(Math.ceil(fromMs / bucketMs), toMs / bucketMs).reduce((all, value) => all + value, 0)
    return sum(offered) === 0 ? undefined : Math.min(1, sum(succeeded) / sum(offered))
  }

  #goodput(): number {
    const { calls, succeeded } = this.#ended!
    return share(succeeded - this.#succeededAtFault, calls - this.#offeredAtFault)
  }
}

/** Whether the circuit should open in a fault. */
function isReasonToOpen(condition: DependencyCondition, policy: ResolvedPolicy): boolean {
  if (condition.mode === 'brownout') return condition.errorRate >= policy.failureRate * 0.9
  return condition.mode !== 'healthy'
}

function share(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole
}
