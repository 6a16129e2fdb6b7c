import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type Job, Progress, type RunGroup, runAll, Summary, summaryTable } from '@breakwater/simulator'
import { replaced } from '../bench/docs.ts'
import type { Table } from '../bench/table.ts'
import { breakersModule } from './breakers.ts'
import { type Claim, jobsOf } from './claim.ts'
import { claims } from './claims.ts'
import { comparisonJobs, comparisons, comparisonTable, reachedChart } from './comparisons.ts'

/**
 * Makes all runs behind docs/fleet.md, writes its tables between the markers of that file, and its chart beside it.
 * `share` (0 to 1) of the seeds, for a quick check.
 *
 * @returns whether every claim holds, and no run has broken an invariant.
 */
export async function writeFigures(directory: string, share = 1): Promise<boolean> {
  const runs = new SharedRuns()
  const claimed = claims.map(claim => runs.add(jobsOf(claim, share)))
  const compared = comparisons.map(comparison => runs.add(comparisonJobs(comparison, share)))
  const broken = await runs.make()

  const judged = claims.map((claim, index) => judge(claim, claimed[index]!))
  const tables = comparisons.map((comparison, index) => comparisonTable(comparison, compared[index]!.groups))
  const file = `${directory}/fleet.md`
  const withClaims = replaced(readFileSync(file, 'utf8'), 'claims', claimsTable(judged, share))
  mkdirSync(`${directory}/images`, { recursive: true })
  writeFileSync(file, replaced(withClaims, 'comparison', tables.join('\n\n')))
  writeFileSync(`${directory}/images/fleet.svg`, reachedChart(compared.map(({ groups }) => groups)))
  if (broken.failed > 0) process.stderr.write(summaryTable(broken, 'npm run simulate --'))
  return broken.failed === 0 && judged.every(({ holds }) => holds)
}

/**
 * Judges some of the claims, by a `share` (0 to 1) of their seeds, and writes nothing.
 *
 * @returns a table for the terminal; and whether every claim holds, and no run has broken an invariant.
 */
export async function judgeClaims(
  chosen: readonly Claim[],
  share = 1,
): Promise<{ readonly table: Table; readonly holds: boolean }> {
  const runs = new SharedRuns()
  const summaries = chosen.map(claim => runs.add(jobsOf(claim, share)))
  const broken = await runs.make()
  if (broken.failed > 0) process.stderr.write(summaryTable(broken, 'npm run simulate --'))
  const judged = chosen.map((claim, index) => judge(claim, summaries[index]!))
  return {
    table: {
      title: 'What is promised',
      words: 4,
      columns: ['what', 'must be', 'is', 'verdict'],
      rows: judged.map(({ claim, found, holds }) => [
        claim.what,
        claim.target,
        found,
        holds ? 'holds' : 'missed',
      ]),
    },
    holds: broken.failed === 0 && judged.every(({ holds }) => holds),
  }
}

function judge(claim: Claim, { groups }: Summary): JudgedClaim {
  return { claim, groups, ...claim.judge(groups) }
}

/** Claims and comparisons have runs in common: each is made once, and counted in every summary that needs it. */
class SharedRuns {
  readonly #runs = new Map<
    string,
    { readonly job: Job; readonly summaries: Summary[]; readonly share: number }
  >()

  /** The summary of these jobs, once {@link make} is done. */
  add(jobs: Iterable<Job>): Summary {
    const summary = new Summary()
    const all = [...jobs]
    for (const [index, job] of all.entries()) {
      const { seed, size, breaker = 'breakwater', policy = {} } = job.options
      const key = JSON.stringify([job.scenario.name, seed, size, breaker, policy])
      const run = this.#runs.get(key)
      if (run) run.summaries.push(summary)
      else this.#runs.set(key, { job, summaries: [summary], share: index / all.length })
    }
    return summary
  }

  /** Makes all runs; returns a summary of those that broke an invariant. */
  async make(): Promise<Summary> {
    // A share of every claim before the next share: the large fleets at the front of the list would take the time left
    // for hours.
    const inOrder = [...this.#runs.values()].sort((a, b) => a.share - b.share)
    const summariesOf = new Map(inOrder.map(({ job, summaries }) => [job, summaries]))
    const broken = new Summary()
    let brokenRuns = 0
    const progress = new Progress({ total: summariesOf.size, unit: 'runs', stream: process.stderr })
    await runAll(
      summariesOf.keys(),
      (result, job) => {
        for (const summary of summariesOf.get(job)!) summary.add(result)
        if (result.violations.length > 0) {
          broken.add(result)
          brokenRuns++
        }
        progress.note = `${brokenRuns} broke an invariant`
        progress.done()
      },
      { breakers: breakersModule },
    )
    progress.end()
    return broken
  }
}

interface JudgedClaim {
  readonly claim: Claim
  readonly groups: readonly RunGroup[]
  readonly found: string
  readonly holds: boolean
}

/** `share` (0 to 1) of the seeds was run: the page says so where that is not all. */
function claimsTable(judged: readonly JudgedClaim[], share: number): string {
  const rows = judged.map(({ claim, groups, found, holds }) => {
    const runs = groups.reduce((sum, group) => sum + group.runs, 0)
    return `| ${claim.what} | ${claim.target} | ${holds ? found : `**missed:** ${found}`} | ${runs.toLocaleString('en')} |`
  })
  const percent = Number((share * 100).toFixed(1))
  const note =
    share < 1 ? [`Made with ${percent} % of the seeds: \`npm run fleet -- --share ${share}\`.`, ''] : []
  return [...note, '| what | must be | is | runs |', '|---|---|---|---|', ...rows].join('\n')
}
