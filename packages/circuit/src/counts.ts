/** What one or more environments saw of a dependency. All four are whole numbers of at least 0. */
export interface Counts {
  readonly calls: number
  readonly failures: number
  readonly slow: number
}

/** A report to the fleet: calls counted since the last one, and whether it is an environment's first. */
export interface Report extends Counts {
  /** 1 with the first report of an environment in a slice, else 0. */
  readonly environments: number
}
