import { OptionError, readArguments, wholeNumber } from '../command-line.ts'
import { caseNames, otherNames } from './cases.ts'

/** The options of the command line. */
export interface Options {
  readonly help: boolean
  readonly json: boolean
  readonly docs: boolean
  /** Names of what is measured; undefined for all. */
  readonly only: ReadonlySet<string> | undefined
  /** How often each call is made before any counts. */
  readonly warmUpCalls: number
  readonly rounds: number
  readonly processes: number
}

const flags = {
  only: { type: 'string', multiple: true },
  'warm-up': { type: 'string' },
  rounds: { type: 'string' },
  processes: { type: 'string' },
  json: { type: 'boolean' },
  docs: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

const names = [...caseNames, ...otherNames]

/** The text of `--help`. */
export const helpText = `Measures what a guarded call costs beside the bare one, and beside other libraries.

Usage: npm run bench -- [options]

  --only A,B       measure these only: ${caseNames.join(', ')}; ${otherNames.join(', ')}
  --warm-up N      calls of each kind before any counts, 1 to 10000000 (default: 500000)
  --rounds N       rounds of a process, 1 to 1000 (default: 21)
  --processes N    fresh processes for each case of each library, 1 to 100 (default: 3)
  --json           print all figures as JSON on standard output, and nothing else
  --docs           write docs/performance.md's tables and docs/images/performance.svg
  --help           show this

Exit code 1 if something misses its target.`

/**
 * Reads the arguments behind the program's name.
 *
 * @throws OptionError naming the option, what it got and what is allowed.
 */
export function parseOptions(args: readonly string[]): Options {
  const { values } = readArguments(args, flags)
  const { only, help = false, json = false, docs = false } = values
  const chosen = only?.flatMap(list => list.split(','))
  for (const name of chosen ?? []) {
    if (!names.includes(name)) throw new OptionError(`--only must be of ${names.join(', ')}, got "${name}"`)
  }
  if (docs && (chosen || json))
    throw new OptionError('--docs writes all of the page: it goes with neither --only nor --json')
  return {
    help,
    json,
    docs,
    only: chosen && new Set(chosen),
    warmUpCalls: wholeNumber('warm-up', values['warm-up'], { standard: 500_000, max: 10_000_000 }),
    rounds: wholeNumber('rounds', values.rounds, { standard: 21, max: 1_000 }),
    processes: wholeNumber('processes', values.processes, { standard: 3, max: 100 }),
  }
}
