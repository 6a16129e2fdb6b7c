import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { renderReport } from '../report/page.ts'
import { Summary } from '../report/summary.ts'
import { tableOf } from '../report/summary-table.ts'
import { runAll } from '../run/pool.ts'
import type { RunResult } from '../run/result.ts'
import type { Job } from '../run/worker.ts'
import { findScenario } from '../scenario/check.ts'
import { scenarios } from '../scenario/library.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { helpText, OptionError, type Options, parseOptions } from './options.ts'
import { Progress } from './progress.ts'

interface Streams {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean }
}

/** More runs than this make no report that anybody reads. */
const mostReported = 24

/** Runs the command line; answers the exit code: 0 if every invariant held, 1 if not, 2 for a bad command line. */
export async function main(args: readonly string[], { stdout, stderr }: Streams): Promise<number> {
  try {
    const options = parseOptions(args, availableParallelism())
    if (options.help) {
      stdout.write(`${helpText}\n`)
      return 0
    }
    return await run(options, { stdout, stderr })
  } catch (error) {
    // What somebody typed, or wrote into a file; all else is our own fault and keeps its stack.
    const theirs = error instanceof OptionError || error instanceof RangeError || error instanceof TypeError
    if (!theirs && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    stderr.write(`${(error as Error).message}\n`)
    return 2
  }
}

async function run(options: Options, { stdout, stderr }: Streams): Promise<number> {
  const named = options.scenarios.length === 0 ? scenarios : options.scenarios.map(findScenario)
  // A scenario of a file is asked for by that file again.
  const asked = new Map(named.map((scenario, index) => [scenario.name, options.scenarios[index]]))
  const argumentOf = (name: string) => asked.get(name) ?? name
  const detail = options.html !== undefined
  const total = [...jobsOf(named, options, false)].length * options.seeds
  if (total === 0)
    throw new OptionError(`no scenario has a fleet size from ${options.least} to ${options.most}`)
  if (detail && total > mostReported)
    throw new OptionError(
      `--html shows at most ${mostReported} runs, these are ${total}: name a --scenario, a --size, fewer --seeds`,
    )
  const summary = new Summary()
  const reported: RunResult[] = []
  const progress = new Progress(total, stderr)
  await runAll(seeded(named, options, detail), options.threads, result => {
    summary.add(result)
    if (detail) reported.push(result)
    progress.done(result.violations.length > 0)
  })
  progress.end()
  if (options.html !== undefined) {
    reported.sort(
      (a, b) => a.scenario.localeCompare(b.scenario) || a.environments - b.environments || a.seed - b.seed,
    )
    writeFileSync(options.html, renderReport(reported))
    stderr.write(`report: ${options.html}\n`)
  }
  stdout.write(options.json ? `${JSON.stringify(summary.groups, null, 2)}\n` : tableOf(summary, argumentOf))
  return summary.failed > 0 ? 1 : 0
}

/** All scenarios of one seed before the next seed: a run that is interrupted has seen a bit of everything. */
function* seeded(named: readonly Scenario[], options: Options, detail: boolean): Iterable<Job> {
  for (let seed = options.from; seed < options.from + options.seeds; seed++) {
    for (const { scenario, options: rest } of jobsOf(named, options, detail)) {
      yield { scenario, options: { ...rest, seed } }
    }
  }
}

function* jobsOf(chosen: readonly Scenario[], options: Options, detail: boolean): Iterable<Job> {
  for (const scenario of chosen) {
    const { least, most, sizes: named } = options
    const fitting = scenario.sizes.filter(size => size >= least && size <= most)
    // A scenario that was asked for, and is for larger fleets only, is run at its smallest.
    const smallest = options.scenarios.length > 0 && fitting.length === 0 ? [Math.min(...scenario.sizes)] : []
    const sizes = named ?? [...fitting, ...smallest]
    for (const size of sizes) {
      for (const scheme of options.schemes) yield { scenario, options: { size, scheme, detail, seed: 0 } }
    }
  }
}
