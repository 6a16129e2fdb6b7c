import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { escapeControls } from '@breakwater/circuit/shared'
import { loadBreakers } from '../fleet/custom.ts'
import { renderReport } from '../report/page.ts'
import { Summary } from '../report/summary.ts'
import { defaultCommand, summaryTable } from '../report/summary-table.ts'
import { runAll } from '../run/pool.ts'
import type { RunResult } from '../run/result.ts'
import type { Job } from '../run/worker.ts'
import { findScenario } from '../scenario/check.ts'
import { scenarios } from '../scenario/library.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { helpText, OptionError, type Options, parseOptions } from './options.ts'
import { Progress, type ProgressStream } from './progress.ts'

/** Where the command line writes. */
export interface Streams {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: ProgressStream
}

/** Changes to the command line for a program of your own. */
export interface MainOptions {
  /** How to call it, before its options, for the help and the command that repeats a run. @default npx breakwater-simulate */
  readonly command?: string
  /** A module that exports `breakers`, a list of `BreakerFactory`, which `--breaker` then takes. @default none */
  readonly breakers?: URL
}

/** A report of more runs would be too long to read. */
const maxReported = 24

/**
 * The command line of the simulator.
 *
 * @param args the arguments behind the program's name.
 * @returns the exit code: 0 if every invariant held, 1 if not, 2 for a bad command line.
 * @example
 * const breakers = new URL('./our-breakers.js', import.meta.url)
 * process.exitCode = await main(process.argv.slice(2), process, { command: 'npm run simulate --', breakers })
 */
export async function main(
  args: readonly string[],
  { stdout, stderr }: Streams,
  { command = defaultCommand, breakers }: MainOptions = {},
): Promise<number> {
  try {
    const custom = await loadBreakers(breakers?.href)
    const names = ['breakwater', ...custom.map(({ name }) => name)]
    const options = parseOptions(args, availableParallelism(), names)
    if (options.help) {
      stdout.write(`${helpText(command, names)}\n`)
      return 0
    }
    return await run(options, { stdout, stderr }, command, breakers)
  } catch (error) {
    // Bad arguments and scenario files of the user. Any other error is a defect of ours and keeps its stack.
    const byUser = error instanceof OptionError || error instanceof RangeError || error instanceof TypeError
    if (!byUser && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    stderr.write(`${escapeControls((error as Error).message)}\n`)
    return 2
  }
}

async function run(
  options: Options,
  { stdout, stderr }: Streams,
  command: string,
  breakers: URL | undefined,
): Promise<number> {
  const chosen = options.scenarios.length === 0 ? scenarios : options.scenarios.map(findScenario)
  // A scenario from a file is repeated by the name of the file.
  const sources = new Map(chosen.map((scenario, index) => [scenario.name, options.scenarios[index]]))
  const argumentOf = (name: string) => sources.get(name) ?? name
  const detail = options.html !== undefined
  const total = [...jobsOf(chosen, options, detail)].length * options.seeds
  checkTotal(total, options)
  const summary = new Summary()
  const reported: RunResult[] = []
  const progress = new Progress({ total, unit: 'runs', stream: stderr })
  let broken = 0
  const onResult = (result: RunResult) => {
    summary.add(result)
    if (detail) reported.push(result)
    if (result.violations.length > 0) broken++
    progress.note = `${broken} broke an invariant`
    progress.done()
  }
  await runAll(seeded(chosen, options, detail), onResult, { threads: options.threads, breakers })
  progress.note = `${broken} broke an invariant, ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB of memory`
  progress.end()
  if (options.html !== undefined) {
    reported.sort(
      (a, b) => a.scenario.localeCompare(b.scenario) || a.environments - b.environments || a.seed - b.seed,
    )
    writeFileSync(options.html, renderReport(reported))
    stderr.write(`report: ${escapeControls(options.html)}\n`)
  }
  const table = options.json
    ? `${JSON.stringify(summary.groups, null, 2)}\n`
    : summaryTable(summary, command, argumentOf)
  stdout.write(table)
  return summary.failed > 0 ? 1 : 0
}

function checkTotal(total: number, { min, max, html }: Options): void {
  if (total === 0) throw new OptionError(`no scenario has a fleet size from ${min} to ${max}`)
  if (html !== undefined && total > maxReported)
    throw new OptionError(
      `--html shows at most ${maxReported} runs, these are ${total}: name a --scenario, a --size, fewer --seeds`,
    )
}

/** All scenarios of one seed before the next seed: an interrupted run has covered every scenario. */
function* seeded(chosen: readonly Scenario[], options: Options, detail: boolean): Iterable<Job> {
  for (let seed = options.from; seed < options.from + options.seeds; seed++) {
    for (const { scenario, options: rest } of jobsOf(chosen, options, detail)) {
      yield { scenario, options: { ...rest, seed } }
    }
  }
}

function* jobsOf(chosen: readonly Scenario[], options: Options, detail: boolean): Iterable<Job> {
  const { min, max } = options
  for (const scenario of chosen) {
    const fitting = scenario.sizes.filter(size => size >= min && size <= max)
    // A named scenario that is for larger fleets only is run at its smallest size.
    const smallest = options.scenarios.length > 0 && fitting.length === 0 ? [Math.min(...scenario.sizes)] : []
    for (const size of options.sizes ?? [...fitting, ...smallest]) {
      for (const breaker of options.breakers) yield { scenario, options: { size, breaker, detail, seed: 0 } }
    }
  }
}
