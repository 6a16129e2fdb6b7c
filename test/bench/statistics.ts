/** The middle one, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The smallest value that at least this share (0 to 1) of all values does not pass; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** The median of each figure over several runs. A figure that a run lacks does not count for it. */
export function mediansOf<K extends string>(
  runs: readonly Readonly<Partial<Record<K, number>>>[],
): Record<K, number> {
  const names = new Set(runs.flatMap(run => Object.keys(run) as K[]))
  return Object.fromEntries(
    Array.from(names, name => [name, median(runs.flatMap(run => run[name] ?? []))]),
  ) as Record<K, number>
}
