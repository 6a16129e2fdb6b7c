/** What one or more environments saw of a dependency. All are whole numbers of at least 0. */
export interface Counts {
  readonly calls: number
  readonly failures: number
  readonly slow: number
}

/** A report to the fleet: calls counted since the last one, and whether it is an environment's first. */
export interface Report extends Counts {
  /** 1 with the first report of an environment in a slice, else 0. */
  readonly environments: number
  /**
   * 1 with the first report of an environment in a slice that has a failed or slow call in it, else 0. A call that was
   * made elsewhere counts for an environment of its own.
   */
  readonly failing: number
}

/**
 * The sums of a slice without reports.
 *
 * @example
 * return stored ? decode(stored) : noReport
 */
export const noReport: Report = Object.freeze({
  calls: 0,
  failures: 0,
  slow: 0,
  environments: 0,
  failing: 0,
})

/** Two reports together. */
export function plus(a: Report, b: Report): Report {
  return {
    calls: a.calls + b.calls,
    failures: a.failures + b.failures,
    slow: a.slow + b.slow,
    environments: a.environments + b.environments,
    failing: a.failing + b.failing,
  }
}
