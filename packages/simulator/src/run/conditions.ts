import type { ResolvedPolicy } from '@breakwater/circuit'
import type { Engine } from '../engine/engine.ts'
import type { Environment } from '../engine/environment.ts'
import type { Dependency } from '../fleet/dependency.ts'
import type { RequestCondition, Scenario, ScenarioEvent, TableCondition } from '../scenario/scenario.ts'

/** The longest time for which the store sends no request after a failed one, ms. */
export const maxPauseMs = 30_000 * 1.25

const never = Number.NEGATIVE_INFINITY
/** Healthy enough, though not as it usually is: a table far away, or one whose replicas lag. */
const maxWellLatencyMs = 100

/** What the events of a scenario have put wrong, and since when nothing is: some invariants hold only while all is well. */
export class Conditions {
  /** Whether all requests of some kind fail now. */
  #tableFails = false
  #unreachableShare = 0
  /** Since when the table answers nothing at all, epoch ms of the engine; undefined while it does. */
  silentSince: number | undefined
  /** When the table was last not well, epoch ms of the engine; Infinity while it is not. */
  tableTroubleAt = never
  /** When calls of some environment last failed for a reason of their own; Infinity while they do. */
  #brokenAt = never
  #brokenSince = never
  /** Until when an override holds somewhere; Infinity while it has no end. */
  overriddenUntil = never
  #lagMs = 0
  /** When environments last died, were replaced, or had their clocks set. */
  #disturbedAt = never
  readonly #engine: Engine
  readonly #dependency: Dependency
  /** Whether the dependency can be well at all. */
  readonly #reliable: boolean
  readonly #policy: ResolvedPolicy

  constructor(engine: Engine, dependency: Dependency, policy: ResolvedPolicy, scenario: Scenario) {
    this.#engine = engine
    this.#dependency = dependency
    this.#policy = policy
    this.#reliable = !scenario.capacity && !scenario.dependency?.errorRate
  }

  /** An event of the scenario takes place. */
  applied(event: ScenarioEvent): void {
    const now = this.#engine.now
    const { table, broken, kill, killWrongClock, killProbersForMs = 0, deploy, rolloutMs = 10_000 } = event
    if (table) {
      this.#unreachableShare = table.unreachableShare ?? 0
      this.#lagMs = table.lagMs ?? 0
      this.#tableFails = failsAll(table, this.#policy)
      this.silentSince = table.hang ? (this.silentSince ?? now) : undefined
      this.tableTroubleAt = isWell(table) ? now : Infinity
    }
    if (event.laterSchema !== undefined) {
      this.#tableFails = event.laterSchema
      this.tableTroubleAt = event.laterSchema ? Infinity : now
    } else if (event.deleteRecord || event.restoreFromMs !== undefined) this.tableTroubleAt = now
    if (broken !== undefined) {
      if (broken > 0 && this.#brokenAt !== Infinity) this.#brokenSince = now
      this.#brokenAt = broken > 0 ? Infinity : now
    }
    // A permit may be lost with the environment that holds it.
    const { probeLeaseMs } = this.#policy
    if (kill || killWrongClock) this.#disturb(now + probeLeaseMs)
    if (killProbersForMs > 0) this.#disturb(now + killProbersForMs + probeLeaseMs)
    if (deploy) this.#disturb(now + rolloutMs)
    if (event.clockStepMs !== undefined) this.#disturb(now)
  }

  /** The table holds an override that ends in `forMs`: at once where it is released. Replicas that lag show the one before. */
  overridden(forMs: number): void {
    this.overriddenUntil = this.#engine.now + forMs + this.#lagMs + 2 * this.#policy.refreshMs
  }

  #disturb(until: number): void {
    this.#disturbedAt = Math.max(this.#disturbedAt, until)
  }

  /** Since when nothing is wrong, epoch ms of the engine; Infinity while something is. */
  get wellSince(): number {
    const { down, condition, healthySince } = this.#dependency
    if (!this.#reliable || down || condition.mode !== 'healthy') return Infinity
    const { tableTroubleAt, overriddenUntil } = this
    return Math.max(healthySince, tableTroubleAt, overriddenUntil, this.#brokenAt, this.#disturbedAt)
  }

  /** Until when the own gate of an environment may be open that was broken, epoch ms of the engine. */
  get brokenUntil(): number {
    if (this.#brokenAt === never) return never
    return this.#brokenAt + longestOwnOpenMs(this.#brokenAt - this.#brokenSince, this.#policy)
  }

  /** Whether the dependency is in an outage. */
  get dependencyDown(): boolean {
    return this.#dependency.condition.mode === 'outage'
  }

  /** Whether an environment is one of those that cannot reach the table. */
  unreachable = ({ id }: Environment): boolean =>
    ((id * 2_654_435_761) >>> 0) / 2 ** 32 < this.#unreachableShare

  /** Whether all requests of some kind fail for an environment, until the condition of the table is set again. */
  failsFor(environment: Environment): boolean {
    return this.#tableFails || this.unreachable(environment)
  }
}

/** How long an environment may keep open by itself what it has seen fail for `failedMs`: open times double, and are spread. */
export function longestOwnOpenMs(failedMs: number, { openMs, maxOpenMs }: ResolvedPolicy): number {
  return Math.min(maxOpenMs, 1.2 * (failedMs + openMs))
}

function isWell({ lagMs: _, latencyMs = 0, reads, writes, additions, ...faults }: TableCondition): boolean {
  const kinds = [reads, writes, additions].filter(kind => kind !== undefined)
  return latencyMs <= maxWellLatencyMs && Object.values(faults).every(fault => !fault) && kinds.every(isWell)
}

/** Whether requests of some kind never succeed. */
function failsAll(table: TableCondition, { storeWaitMs }: ResolvedPolicy): boolean {
  const { reads, writes, additions, down, unprocessedRate, ...all } = table
  const fails = ({ errorRate, throttleRate, deny, hang, latencyMs = 0 }: RequestCondition) =>
    errorRate === 1 || throttleRate === 1 || deny === true || hang === true || latencyMs > 10 * storeWaitMs
  return (
    down === true ||
    unprocessedRate === 1 ||
    [reads, writes, additions, all].some(kind => kind && fails(kind))
  )
}
