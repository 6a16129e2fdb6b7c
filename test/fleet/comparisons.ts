import type { Policy } from '@breakwater/circuit'
import { type Figure, findScenario, type Job, type RunGroup } from '@breakwater/simulator'
import { breakers } from './breakers.ts'
import { barChart } from './chart.ts'

/** Titles of the breakers; the last two are models, written here after the published sources. */
const titles: Readonly<Record<string, string>> = {
  breakwater: 'Breakwater',
  cockatiel: 'cockatiel, one breaker an environment',
  'share-open': 'model: count in the environment, share OPEN, one lease owner',
  'write-every-call': 'model: read, count and write every call',
}
const names = ['breakwater', ...breakers.map(({ name }) => name)]

/** A scenario that each breaker goes through with the same seeds. */
export interface Comparison {
  readonly scenario: string
  readonly size: number
  readonly seeds: number
  readonly policy?: Policy
  readonly what: string
  /** A heading, the figure, and the share of the runs that lie below the value shown, or the sum over all runs. */
  readonly columns: readonly (readonly [heading: string, figure: Figure, share: number | 'sum'])[]
}

/** The open time is the same for all, and does not grow, as not all of them have a backoff. */
const sameOpenTime: Policy = { openMs: 5_000, maxOpenMs: 5_000 }

const reached: Comparison['columns'][number] = [
  'calls that reached the dead dependency',
  'reachedWhileDown',
  0.5,
]
const openWrites: Comparison['columns'][number] = ['writes of OPEN', 'openWrites', 0.5]
const peakWrites: Comparison['columns'][number] = ['most writes in a second', 'peakWriteUnits', 0.5]

/** The dependency is dead for a minute; the table works in part from that time on, and for two minutes more. */
const halfWorking = [
  ['writes-fail', 'refuses writes'],
  ['writes-hang', 'answers no write'],
  ['reads-fail', 'refuses reads'],
  ['table-slow', 'takes 600 ms for each request'],
  ['table-hangs', 'answers nothing'],
].map(
  ([scenario, what]): Comparison => ({
    scenario: scenario!,
    size: 100,
    seeds: 3,
    what: `Dead for a minute, and the table ${what} for two minutes more, 100 environments`,
    columns: [
      reached,
      ['share of calls answered well once it is back', 'healthyGoodput', 0.5],
      ['ms of waiting for the table, 99 of 100 calls', 'addedP99Ms', 0.5],
    ],
  }),
)

/** All comparisons, in the order of docs/fleet.md. The first two are in its chart. */
export const comparisons: readonly Comparison[] = [
  ...[500, 1_000].map(
    (size): Comparison => ({
      scenario: 'outage',
      size,
      seeds: 5,
      policy: sameOpenTime,
      what: `Total outage of 30 s, ${size.toLocaleString('en')} environments, 1,000 calls a second`,
      columns: [reached, openWrites, peakWrites],
    }),
  ),
  {
    scenario: 'idle',
    size: 1_000,
    seeds: 10,
    policy: sameOpenTime,
    what: 'Total outage, 1,000 environments called once a minute each',
    columns: [reached, ['ms until it opens', 'openedMs', 0.5]],
  },
  {
    scenario: 'quiet-recovery',
    size: 1_000,
    seeds: 10,
    policy: sameOpenTime,
    what: 'Healthy again, 1,000 environments and 20 calls a second',
    columns: [
      ['ms locked out after the open time, median', 'closedMs', 0.5],
      ['in nine of ten runs', 'closedMs', 0.9],
    ],
  },
  {
    scenario: 'one-broken',
    size: 100,
    seeds: 20,
    what: 'One broken environment among 100, for 30 s',
    columns: [
      ['wrong openings, all runs', 'wrongOpens', 'sum'],
      ['share of calls answered well', 'goodput', 0.5],
    ],
  },
  ...halfWorking,
  {
    scenario: 'silence',
    size: 1_000,
    seeds: 5,
    policy: sameOpenTime,
    what: 'One call in each of 1,000 environments at the same time, after ten minutes of silence in an outage',
    columns: [['calls that reached the dead dependency then', 'reachedSinceBurst', 0.5]],
  },
  {
    scenario: 'clock-ahead-1-hour',
    size: 10,
    seeds: 10,
    policy: sameOpenTime,
    what: 'Total outage, 10 environments, the clock of one an hour ahead',
    columns: [reached, ['share of calls answered well, least of all runs', 'goodput', 0]],
  },
  {
    scenario: 'recovery',
    size: 100,
    seeds: 10,
    what: 'Back with little capacity, 100 environments',
    columns: [
      ['collapses after it came back', 'collapses', 0.5],
      ['share of calls answered well', 'goodput', 0.5],
    ],
  },
]

/** The runs of a comparison: a `share` (0 to 1) of its seeds, at least one, each for every breaker. */
export function comparisonJobs({ scenario, size, seeds, policy }: Comparison, share: number): Job[] {
  return Array.from({ length: Math.max(1, Math.round(seeds * share)) }, (_, index) =>
    names.map(breaker => ({
      scenario: findScenario(scenario),
      options: { seed: index + 1, size, breaker, ...(policy && { policy }) },
    })),
  ).flat()
}

/** A comparison as a table in Markdown. */
export function comparisonTable({ what, seeds, columns }: Comparison, groups: readonly RunGroup[]): string {
  const rows = names.map(name => {
    const group = groups.find(({ breaker }) => breaker === name)!
    return `| ${titles[name]} | ${columns.map(([, figure, share]) => valueIn(group, figure, share)).join(' | ')} |`
  })
  const runs = groups[0]?.runs ?? 0
  return [
    `**${what}** (${runs < seeds ? `${runs} of ${seeds}` : runs} seeds, the same for each)`,
    '',
    `| breaker | ${columns.map(([heading]) => heading).join(' | ')} |`,
    `|---|${'---|'.repeat(columns.length)}`,
    ...rows,
  ].join('\n')
}

function valueIn(group: RunGroup, figure: Figure, share: number | 'sum'): string {
  const value = share === 'sum' ? group.sum(figure) : group.percentile(figure, share)
  // A median over the runs that have a value would hide the runs that have none.
  if (value === undefined || group.count(figure) < group.runs)
    return figure === 'closedMs' && group.breaker === 'cockatiel' ? 'no shared state' : 'never'
  return figure === 'goodput' || figure === 'healthyGoodput'
    ? `${(value * 100).toFixed(1)} %`
    : Math.round(value).toLocaleString('en')
}

/** Calls that reached the dead dependency, by breaker: of the first two comparisons. */
export function reachedChart(groups: readonly (readonly RunGroup[])[]): string {
  const bars = (index: number, figure: Figure) =>
    names.flatMap(name => {
      const value = groups[index]!.find(({ breaker }) => breaker === name)?.percentile(figure, 0.5)
      return value === undefined ? [] : [{ name: titles[name]!, value: Math.round(value) }]
    })
  return barChart({
    title: ['Calls that reach a dependency dead for 30 s,', '1,000 calls a second'],
    groups: [
      { label: '500 environments', bars: bars(0, 'reachedWhileDown') },
      { label: '1,000 environments', bars: bars(1, 'reachedWhileDown') },
    ],
  })
}
