import { escapeControls } from '@breakwater/circuit/shared'
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
  ['while open', group => number(group.percentile('reachedWhileOpen', 0.5))],
  ['since burst', group => number(group.percentile('reachedSinceBurst', 1))],
  ['closed ms', group => number(group.percentile('closedMs', 0.5))],
  ['p90', group => number(group.percentile('closedMs', 0.9))],
  ['goodput', group => percent(group.percentile('goodput', 0.5))],
  ['healthy', group => percent(group.percentile('healthyGoodput', 0))],
  ['w/opening', group => number(group.percentile('maxWritesPerOpening', 1))],
  ['failures/env', group => number(group.percentile('maxStoreFailures', 1))],
  ['writes/s', group => number((group.percentile('writes', 0.5) ?? 0) / (group.durationMs / 1_000))],
  ['peak w', group => number(group.percentile('peakWriteUnits', 1))],
  ['peak r', group => number(group.percentile('peakReadUnits', 1))],
  ['wait p99', group => number(group.percentile('addedP99Ms', 0.99))],
]

/** The columns that name a group: scenario, breaker and size. */
const keyColumns = 3
const maxWidth = 100
const gap = '  '

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
  return `${[...tablesOf(rows), ...details].join('\n').split('\n').map(escapeControls).join('\n')}\n`
}

/** Lines of at most {@link maxWidth}: columns that find no room follow in further tables, behind the same first columns. */
function tablesOf(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = columns.map((_, index) => Math.max(...rows.map(row => row[index]!.length)))
  const cell = (row: readonly string[], index: number) =>
    index < 2 ? row[index]!.padEnd(widths[index]!) : row[index]!.padStart(widths[index]!)
  const keys = Array.from({ length: keyColumns }, (_, index) => index)
  const widthOf = (chosen: readonly number[]) =>
    chosen.reduce((sum, index) => sum + widths[index]! + gap.length, -gap.length)
  const tables: number[][] = [[...keys]]
  for (let index = keyColumns; index < columns.length; index++) {
    const last = tables.at(-1)!
    if (last.length === keyColumns || widthOf([...last, index]) <= maxWidth) last.push(index)
    else tables.push([...keys, index])
  }
  return tables.flatMap((chosen, table) => [
    ...(table > 0 ? [''] : []),
    ...rows.map(row => chosen.map(index => cell(row, index)).join(gap)),
  ])
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
