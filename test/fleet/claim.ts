import type { Policy } from '@breakwater/circuit'
import { type Figure, findScenario, type Job, type RunGroup } from '@breakwater/simulator'

/** The runs that a claim is judged by: one scenario, at one or more sizes. */
interface Runs {
  readonly scenario: string
  readonly sizes: readonly number[]
  readonly seeds: number
  readonly policy?: Policy
}

/** A promise about the fleet, and how to judge it by the runs. */
export interface Claim extends Runs {
  /** What `npm run fleet -- --only` calls it. */
  readonly name: string
  readonly what: string
  readonly target: string
  /** The figure as text, and whether the promise holds. */
  readonly judge: (groups: readonly RunGroup[]) => { readonly found: string; readonly holds: boolean }
}

/** The runs that a claim is judged by: a `share` (0 to 1) of its seeds, at least one. */
export function* jobsOf({ scenario, sizes, seeds, policy }: Runs, share = 1): Iterable<Job> {
  for (let seed = 1; seed <= Math.max(1, Math.round(seeds * share)); seed++) {
    for (const size of sizes) {
      yield { scenario: findScenario(scenario), options: { seed, size, ...(policy && { policy }) } }
    }
  }
}

/** The highest value of a figure below which a `share` (0 to 1) of the runs of each size lie. */
export function worst(groups: readonly RunGroup[], figure: Figure, share = 1): number {
  return Math.max(...groups.map(group => group.percentile(figure, share) ?? Infinity))
}

/** The sum of a figure over all runs. */
export function total(groups: readonly RunGroup[], figure: Figure): number {
  return groups.reduce((sum, group) => sum + group.sum(figure), 0)
}

/** A time as text. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
}

/** A promise that a figure is 0 in every run. */
export function none(groups: readonly RunGroup[], figure: Figure): { found: string; holds: boolean } {
  const [sum, runs] = [total(groups, figure), groups.reduce((all, group) => all + group.runs, 0)]
  return { found: `${sum} in ${runs.toLocaleString('en')} runs`, holds: sum === 0 }
}
