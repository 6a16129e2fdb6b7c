import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Policy } from '@breakwater/circuit'
import { claims, jobsOf } from './claims.ts'
import { Progress } from './cli/progress.ts'
import { type Figure, type Group, Summary } from './report/summary.ts'
import { tableOf as tableOfRuns } from './report/summary-table.ts'
import { barChart } from './report/svg.ts'
import { runAll } from './run/pool.ts'
import type { Job } from './run/worker.ts'
import { scenarioNamed } from './scenario/library.ts'
import { type SchemeName, schemeNames } from './schemes.ts'

/** Names for readers; the last two are models, written here after the published sources. */
const titles: Record<SchemeName, string> = {
  breakwater: 'Breakwater',
  cockatiel: 'cockatiel, one breaker an environment',
  'share-open': 'model: count in the environment, share OPEN, one lease owner',
  'write-every-call': 'model: read, count and write every call',
}

interface Comparison {
  readonly scenario: string
  readonly size: number
  readonly seeds: number
  readonly policy?: Policy
  readonly what: string
  /** Columns: a heading, the figure, and which share of the runs lies below it; or the sum over all. */
  readonly columns: readonly (readonly [heading: string, figure: Figure, share: number | 'sum'])[]
}

/** The open time is the same for all, and does not grow, as not all of them know a backoff. */
const sameOpenTime: Policy = { openMs: 5_000, maxOpenMs: 5_000 }

const reached: Comparison['columns'][number] = [
  'calls that reached the dead dependency',
  'reachedWhileDown',
  0.5,
]
const openWrites: Comparison['columns'][number] = ['writes of OPEN', 'openWrites', 0.5]
const peakWrites: Comparison['columns'][number] = ['most writes in a second', 'peakWriteUnits', 0.5]

const comparisons: readonly Comparison[] = [
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

/**
 * Runs everything that docs/fleet.md claims, writes its tables between the markers of that file, and its chart beside
 * it. `share` (0 to 1) of the seeds, for a quick look.
 *
 * @returns whether every claim holds, and no run has broken an invariant.
 */
export async function writeFigures(directory: string, share = 1): Promise<boolean> {
  // Claims and comparisons have runs in common: each is made once, and counted wherever it belongs.
  const jobs = new Map<string, { readonly job: Job; readonly summaries: Summary[] }>()
  const gather = (wanted: Iterable<Job>): Summary => {
    const summary = new Summary()
    for (const job of wanted) {
      const { seed, size, scheme = 'breakwater', policy = {} } = job.options
      const key = JSON.stringify([job.scenario.name, seed, size, scheme, policy])
      const known = jobs.get(key)
      if (known) known.summaries.push(summary)
      else jobs.set(key, { job, summaries: [summary] })
    }
    return summary
  }
  const claimed = claims.map(claim => gather(jobsOf(claim, share)))
  const compared = comparisons.map(comparison => gather(runsOf(comparison, share)))
  const takers = new Map([...jobs.values()].map(({ job, summaries }) => [job, summaries]))
  const broken = new Summary()
  const progress = new Progress(takers.size, process.stderr)
  await runAll(takers.keys(), availableParallelism(), (result, job) => {
    for (const summary of takers.get(job)!) summary.add(result)
    progress.done(result.violations.length > 0)
    if (result.violations.length > 0) broken.add(result)
  })
  progress.end()

  const judged = claims.map((claim, index) => ({ claim, ...claim.judge(claimed[index]!.groups) }))
  const promised = [
    '| what | must be | is | runs |',
    '|---|---|---|---|',
    ...judged.map(({ claim, found, holds }, index) => {
      const runs = claimed[index]!.groups.reduce((sum, group) => sum + group.runs, 0)
      return `| ${claim.what} | ${claim.target} | ${holds ? found : `**missed:** ${found}`} | ${runs.toLocaleString('en')} |`
    }),
  ].join('\n')
  const beside = comparisons.map((comparison, index) => tableOf(comparison, compared[index]!.groups))

  const file = `${directory}/fleet.md`
  const text = replaced(
    replaced(readFileSync(file, 'utf8'), 'claims', promised),
    'comparison',
    beside.join('\n\n'),
  )
  mkdirSync(`${directory}/images`, { recursive: true })
  writeFileSync(file, text)
  writeFileSync(`${directory}/images/fleet.svg`, chart(compared.map(({ groups }) => groups)))
  if (broken.failed > 0) process.stderr.write(tableOfRuns(broken))
  return broken.failed === 0 && judged.every(({ holds }) => holds)
}

function runsOf({ scenario, size, seeds, policy }: Comparison, share: number): Job[] {
  return Array.from({ length: Math.max(1, Math.round(seeds * share)) }, (_, index) =>
    schemeNames.map(scheme => ({
      scenario: scenarioNamed(scenario),
      options: { seed: index + 1, size, scheme, ...(policy && { policy }) },
    })),
  ).flat()
}

function tableOf({ what, columns }: Comparison, groups: readonly Group[]): string {
  const rows = schemeNames.map(scheme => {
    const group = groups.find(found => found.scheme === scheme)!
    return `| ${titles[scheme]} | ${columns.map(([, figure, share]) => figureOf(group, figure, share)).join(' | ')} |`
  })
  const runs = groups[0]?.runs ?? 0
  return [
    `**${what}** (${runs} seeds, the same for each)`,
    '',
    `| breaker | ${columns.map(([heading]) => heading).join(' | ')} |`,
    `|---|${'---|'.repeat(columns.length)}`,
    ...rows,
  ].join('\n')
}

function figureOf(group: Group, figure: Figure, share: number | 'sum'): string {
  const value = share === 'sum' ? group.sum(figure) : group.at(figure, share)
  // A median over the runs that had one would hide those that never got there.
  if (value === undefined || group.count(figure) < group.runs)
    return figure === 'closedMs' ? noSharedState(group) : 'never'
  return figure === 'goodput' ? `${(value * 100).toFixed(1)} %` : Math.round(value).toLocaleString('en')
}

function noSharedState({ scheme }: Group): string {
  return scheme === 'cockatiel' ? 'no shared state' : 'never'
}

/** Calls that reached the dead dependency, by breaker: of the first two comparisons. */
function chart(groups: readonly (readonly Group[])[]): string {
  const bars = (index: number, figure: Figure) =>
    schemeNames.flatMap(scheme => {
      const value = groups[index]!.find(group => group.scheme === scheme)?.at(figure, 0.5)
      return value === undefined ? [] : [{ name: titles[scheme], value: Math.round(value) }]
    })
  return barChart({
    title: 'Calls that reach a dead dependency in 30 s, at 1,000 calls a second',
    groups: [
      { label: '500 environments', bars: bars(0, 'reachedWhileDown') },
      { label: '1,000 environments', bars: bars(1, 'reachedWhileDown') },
    ],
  })
}

/** The text with everything between the two markers of a name replaced. */
function replaced(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name} begin -->`, `<!-- ${name} end -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`no markers "${begin}" and "${end}"`)
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`
}
