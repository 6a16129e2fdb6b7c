import type { RunGroup, Summary } from './summary.ts'

const columns: readonly (readonly [title: string, of: (group: RunGroup) => string])[] = [
  ['scenario', ({ scenario }) => scenario],
  ['breaker', ({ breaker }) => breaker],
  ['size', ({ size }) => String(size)],
  ['runs', ({ runs }) => String(runs)],
  ['broken', ({ failed }) => String(failed)],
  ['opens', group => number(group.percentile('opens', 0.5))],
  ['wrong', group => number(group.sum('wrongOpens'))],
  ['wrong local', group => number(group.sum('wrongLocalOpens'))],
  ['opened ms', group => number(group.percentile('openedMs', 0.5))],
  ['reached', group => number(group.percentile('reachedWhileDown', 0.5))],
  ['p99', group => number(group.percentile('reachedWhileDown', 0.99))],
  ['closed ms', group => number(group.percentile('closedMs', 0.5))],
  ['p90', group => number(group.percentile('closedMs', 0.9))],
  ['goodput', group => percent(group.percentile('goodput', 0.5))],
  ['writes/s', group => number((group.percentile('writes', 0.5) ?? 0) / (group.durationMs / 1_000))],
  ['peak w', group => number(group.percentile('peakWriteUnits', 1))],
  ['peak r', group => number(group.percentile('peakReadUnits', 1))],
  ['wait p99', group => number(group.percentile('addedP99Ms', 0.99))],
]

/** How to call the command line of this package. */
export const defaultCommand = 'npx breakwater-simulate'

/**
 * The results of many runs for a terminal: a line a group, then every broken invariant and the command that repeats it.
 *
 * @param command the command line of the simulator, before its options.
 * @param argumentOf the argument of `--scenario` for a scenario's name.
 * @example
 * console.log(summaryTable(summary))
 */
export function summaryTable(
  { groups }: Summary,
  command = defaultCommand,
  argumentOf = (scenario: string) => scenario,
): string {
  const rows = [columns.map(([title]) => title), ...groups.map(group => columns.map(([, of]) => of(group)))]
  const widths = columns.map((_, index) => Math.max(...rows.map(row => row[index]!.length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => (index < 2 ? cell.padEnd(widths[index]!) : cell.padStart(widths[index]!)))
      .join('  ')
  const failures = groups.flatMap(group => group.failures)
  const details = failures.flatMap(({ scenario, size, seed, violations }) =>
    violations.map(({ invariant, message, step, atMs, trace }) =>
      [
        '',
        `${scenario}, ${size} environments, seed ${seed}: broke "${invariant}" at ${(atMs / 1_000).toFixed(3)} s, step ${step}`,
        `  ${message}`,
        ...trace.slice(-12).map(entry => `  ${entry}`),
        `  repeat: ${command} --scenario ${argumentOf(scenario)} --size ${size} --from ${seed} --seeds 1`,
      ].join('\n'),
    ),
  )
  return `${[...rows.map(line), ...details].join('\n')}\n`
}

function number(value: number | undefined): string {
  if (value === undefined) return '-'
  return value >= 100 || Number.isInteger(value)
    ? String(Math.round(value))
    : value.toFixed(value < 1 ? 2 : 1)
}

function percent(value: number | undefined): string {
  return value === undefined ? '-' : `${(value * 100).toFixed(1)} %`
}
