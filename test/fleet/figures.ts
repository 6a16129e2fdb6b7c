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
 * `share` (0 to 1) of the seeds, which the page says where it is not all.
 *
 * @returns whether every claim holds, and no run has broken an invariant.
 */
export async function writeFigures(directory: string, share = 1): Promise<boolean> {
  const runs = new SharedRuns()
  const claimed = claims.map(claim => runs.add(jobsOf(claim, share)))
  const compared = comparisons.map(comparison => runs.add(comparisonJobs(comparison, share)))
  const unbroken = await runs.make()

  const judged = claims.map((claim, index) => judge(claim, claimed[index]!))
  const tables = comparisons.map((comparison, index) => comparisonTable(comparison, compared[index]!.groups))
  writeRows(directory, judged)
  const file = `${directory}/fleet.md`
  writeFileSync(file, replaced(readFileSync(file, 'utf8'), 'comparison', tables.join('\n\n')))
  mkdirSync(`${directory}/images`, { recursive: true })
  writeFileSync(`${directory}/images/fleet.svg`, reachedChart(compared.map(({ groups }) => groups)))
  return unbroken && judged.every(({ holds }) => holds)
}

/**
 * Judges some of the claims, by a `share` (0 to 1) of their seeds. `directory`: where their rows of fleet.md are replaced;
 * undefined for nowhere.
 *
 * @returns a table for the terminal; and whether every claim holds, and no run has broken an invariant.
 */
export async function judgeClaims(
  chosen: readonly Claim[],
  share = 1,
  directory?: string,
): Promise<{ readonly table: Table; readonly holds: boolean }> {
  const runs = new SharedRuns()
  const summaries = chosen.map(claim => runs.add(jobsOf(claim, share)))
  const unbroken = await runs.make()
  const judged = chosen.map((claim, index) => judge(claim, summaries[index]!))
  if (directory !== undefined) writeRows(directory, judged)
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
    holds: unbroken && judged.every(({ holds }) => holds),
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

  /** Makes all runs; false where some broke an invariant, which are named on standard error. */
  async make(): Promise<boolean> {
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
    if (broken.failed > 0) process.stderr.write(summaryTable(broken, 'npm run simulate --'))
    return broken.failed === 0
  }
}

interface JudgedClaim {
  readonly claim: Claim
  readonly groups: readonly RunGroup[]
  readonly found: string
  readonly holds: boolean
}

/** Replaces the rows of these claims; the others stay as they are. */
function writeRows(directory: string, judged: readonly JudgedClaim[]): void {
  const file = `${directory}/fleet.md`
  const page = readFileSync(file, 'utf8')
  const present = page.split('\n')
  const rows = claims.flatMap(claim => {
    const beginning = `| ${claim.what} | ${claim.target} | `
    const one = judged.find(other => other.claim === claim)
    return one ? beginning + rest(one) : present.filter(line => line.startsWith(beginning))
  })
  const table = ['| what | must be | is | runs |', '|---|---|---|---|', ...rows].join('\n')
  writeFileSync(file, replaced(page, 'claims', table))
}

/** The end of a row: what was found, and of how many runs. */
function rest({ claim, groups, found, holds }: JudgedClaim): string {
  const runs = groups.reduce((sum, group) => sum + group.runs, 0)
  const all = claim.seeds * claim.sizes.length
  const counted =
    runs < all ? `${runs.toLocaleString('en')} of ${all.toLocaleString('en')}` : all.toLocaleString('en')
  return `${holds ? found : `**missed:** ${found}`} | ${counted} |`
}
