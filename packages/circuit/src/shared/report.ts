import type { Report } from '../counts.ts'

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
})

/** Two reports together. */
export function plus(a: Report, b: Report): Report {
  return {
    calls: a.calls + b.calls,
    failures: a.failures + b.failures,
    slow: a.slow + b.slow,
    environments: a.environments + b.environments,
  }
}
