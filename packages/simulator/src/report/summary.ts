import type { Measures, RunResult, Violation } from '../run/result.ts'
import { Spread } from './spread.ts'

/** The figures kept of every run of a group. */
const kept = [
  'reachedWhileDown',
  'openedMs',
  'callsToOpen',
  'lastShedMs',
  'closedMs',
  'recoveredMs',
  'goodput',
  'opens',
  'openWrites',
  'wrongOpens',
  'wrongLocalOpens',
  'collapses',
  'probesAtOnce',
  'addedP99Ms',
  'addedMaxMs',
  'writes',
  'peakWriteUnits',
  'peakWriteUnitsInFault',
  'peakReadUnits',
  'dollarsPerMillionCalls',
  'inFlightAtFault',
] as const satisfies readonly (keyof Measures)[]

/** A figure of which the spread over the seeds is kept. */
export type Figure = (typeof kept)[number]

/** A run that broke an invariant: enough to make it again. */
export interface Failure {
  readonly scenario: string
  readonly size: number
  readonly seed: number
  readonly violations: readonly Violation[]
}

const mostFailures = 20

/** All runs of one scenario, fleet size and breaker. */
export class Group {
  readonly scenario: string
  readonly size: number
  readonly scheme: string
  readonly callsPerSecond: number
  readonly durationMs: number
  runs = 0
  failed = 0
  readonly failures: Failure[] = []
  readonly #spreads = new Map<Figure, Spread>(kept.map(figure => [figure, new Spread()]))

  constructor(first: RunResult) {
    this.scenario = first.scenario
    this.size = first.environments
    this.scheme = first.scheme
    this.callsPerSecond = first.callsPerSecond
    this.durationMs = first.durationMs
  }

  add({ scenario, environments: size, seed, measures, violations }: RunResult): void {
    this.runs++
    for (const figure of kept) {
      const value = measures[figure]
      if (value !== undefined) this.#spreads.get(figure)!.add(value)
    }
    if (violations.length === 0) return
    this.failed++
    if (this.failures.length < mostFailures) this.failures.push({ scenario, size, seed, violations })
  }

  /** The value below which a share of the runs lie; undefined where no run had one. */
  at(figure: Figure, share: number): number | undefined {
    return this.#spreads.get(figure)!.at(share)
  }

  sum(figure: Figure): number {
    return this.#spreads.get(figure)!.sum
  }

  /** In how many runs the figure had a value. */
  count(figure: Figure): number {
    return this.#spreads.get(figure)!.count
  }

  /** Plain data, for `--json`. */
  toJSON(): object {
    const figures = kept.map(figure => [
      figure,
      {
        runs: this.count(figure),
        p50: this.at(figure, 0.5),
        p90: this.at(figure, 0.9),
        p99: this.at(figure, 0.99),
        max: this.at(figure, 1),
      },
    ])
    const { scenario, size, scheme, callsPerSecond, durationMs, runs, failed, failures } = this
    return {
      scenario,
      size,
      scheme,
      callsPerSecond,
      durationMs,
      runs,
      failed,
      figures: Object.fromEntries(figures),
      failures,
    }
  }
}

/** Groups of runs, in the order in which they first came. */
export class Summary {
  readonly groups: Group[] = []
  readonly #byKey = new Map<string, Group>()

  add(result: RunResult): void {
    const key = `${result.scenario} ${result.environments} ${result.scheme}`
    let group = this.#byKey.get(key)
    if (!group) {
      group = new Group(result)
      this.#byKey.set(key, group)
      this.groups.push(group)
    }
    group.add(result)
  }

  get failed(): number {
    return this.groups.reduce((total, group) => total + group.failed, 0)
  }
}
