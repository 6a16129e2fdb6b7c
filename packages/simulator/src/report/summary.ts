import { Distribution } from '../run/distribution.ts'
import type { RunResult, Violation } from '../run/result.ts'

/** Names of the measures whose distribution over the runs is kept. */
export type Figure =
  | 'reachedWhileDown'
  | 'reachedWhileOpen'
  | 'reachedSinceBurst'
  | 'storeFailures'
  | 'maxStoreFailures'
  | 'maxWritesPerOpening'
  | 'healthyGoodput'
  | 'openedMs'
  | 'callsToOpen'
  | 'lastShedMs'
  | 'closedMs'
  | 'recoveredMs'
  | 'goodput'
  | 'opens'
  | 'openWrites'
  | 'wrongOpens'
  | 'wrongLocalOpens'
  | 'collapses'
  | 'maxProbes'
  | 'addedP99Ms'
  | 'addedMaxMs'
  | 'writes'
  | 'peakWriteUnits'
  | 'peakWriteUnitsInFault'
  | 'peakReadUnits'
  | 'dollarsPerMillionCalls'
  | 'inFlightAtFault'

const kept: Record<Figure, true> = {
  reachedWhileDown: true,
  reachedWhileOpen: true,
  reachedSinceBurst: true,
  storeFailures: true,
  maxStoreFailures: true,
  maxWritesPerOpening: true,
  healthyGoodput: true,
  openedMs: true,
  callsToOpen: true,
  lastShedMs: true,
  closedMs: true,
  recoveredMs: true,
  goodput: true,
  opens: true,
  openWrites: true,
  wrongOpens: true,
  wrongLocalOpens: true,
  collapses: true,
  maxProbes: true,
  addedP99Ms: true,
  addedMaxMs: true,
  writes: true,
  peakWriteUnits: true,
  peakWriteUnitsInFault: true,
  peakReadUnits: true,
  dollarsPerMillionCalls: true,
  inFlightAtFault: true,
}
const figures = Object.keys(kept) as Figure[]

/** A run that broke an invariant: enough to repeat it. */
export interface FailedRun {
  readonly scenario: string
  readonly size: number
  readonly seed: number
  readonly violations: readonly Violation[]
}

const maxFailures = 20

/**
 * All runs of one scenario, fleet size and breaker.
 *
 * @example
 * for (const group of summary.groups) console.log(group.scenario, group.percentile('reachedWhileDown', 0.99))
 */
export class RunGroup {
  readonly scenario: string
  readonly size: number
  /** Name of the breaker. */
  readonly breaker: string
  readonly callsPerSecond: number
  readonly durationMs: number
  runs = 0
  /** Runs that broke an invariant. */
  failed = 0
  /** The first 20 of those. */
  readonly failures: FailedRun[] = []
  readonly #distributions = new Map<Figure, Distribution>(figures.map(figure => [figure, new Distribution()]))

  constructor(first: RunResult) {
    this.scenario = first.scenario
    this.size = first.environments
    this.breaker = first.breaker
    this.callsPerSecond = first.callsPerSecond
    this.durationMs = first.durationMs
  }

  add({ scenario, environments: size, seed, measures, violations }: RunResult): void {
    this.runs++
    for (const figure of figures) {
      const value = measures[figure]
      if (value !== undefined) this.#distributions.get(figure)!.add(value)
    }
    if (violations.length === 0) return
    this.failed++
    if (this.failures.length < maxFailures) this.failures.push({ scenario, size, seed, violations })
  }

  /** The value below which a share (0 to 1) of the runs lie; undefined where no run has one. */
  percentile(figure: Figure, share: number): number | undefined {
    return this.#distributions.get(figure)!.percentile(share)
  }

  /** Sum over all runs. */
  sum(figure: Figure): number {
    return this.#distributions.get(figure)!.sum
  }

  /** Number of runs in which the figure has a value. */
  count(figure: Figure): number {
    return this.#distributions.get(figure)!.count
  }

  /** Plain data, for `--json`. */
  toJSON(): object {
    const distributions = figures.map(figure => [
      figure,
      {
        runs: this.count(figure),
        p50: this.percentile(figure, 0.5),
        p90: this.percentile(figure, 0.9),
        p99: this.percentile(figure, 0.99),
        max: this.percentile(figure, 1),
      },
    ])
    const { scenario, size, breaker, callsPerSecond, durationMs, runs, failed, failures } = this
    return {
      scenario,
      size,
      breaker,
      callsPerSecond,
      durationMs,
      runs,
      failed,
      figures: Object.fromEntries(distributions),
      failures,
    }
  }
}

/**
 * Sums up many runs: a {@link RunGroup} for each scenario, fleet size and breaker, in the order in which they first came.
 *
 * @example
 * const summary = new Summary()
 * await runAll(jobs, result => summary.add(result))
 * console.log(summaryTable(summary))
 */
export class Summary {
  readonly groups: RunGroup[] = []
  readonly #byKey = new Map<string, RunGroup>()

  add(result: RunResult): void {
    const key = `${result.scenario} ${result.environments} ${result.breaker}`
    let group = this.#byKey.get(key)
    if (!group) {
      group = new RunGroup(result)
      this.#byKey.set(key, group)
      this.groups.push(group)
    }
    group.add(result)
  }

  /** Runs that broke an invariant. */
  get failed(): number {
    return this.groups.reduce((total, group) => total + group.failed, 0)
  }
}
