import { OptionError, readArguments } from '../command-line.ts'
import type { Claim } from './claim.ts'
import { claims } from './claims.ts'

/** The options of the command line. */
export interface Options {
  readonly help: boolean
  /** The folder of fleet.md. */
  readonly directory: string
  /** The claims to judge; undefined for all, and the page written. */
  readonly only: readonly Claim[] | undefined
  /** Replace the rows of `only` on the page. */
  readonly write: boolean
  /** Of the seeds, above 0 to 1. */
  readonly share: number
}

/** The text of `--help`. */
export const helpText = `Makes the runs behind docs/fleet.md, and writes its tables and its chart.

Usage: npm run fleet -- [DIRECTORY] [options]

  DIRECTORY    where fleet.md is (default: docs)
  --only A,B   judge these claims only, print what was found, and write nothing unless --write is given:
               ${claims.map(({ name }) => name).join(', ')}
  --write      with --only: replace the rows of these claims in fleet.md
  --share N    of the seeds, above 0 to 1, for a quick look (default: 1)
  --help       show this

Exit code 1 if a claim is missed or a run broke an invariant.`

/**
 * Reads the arguments behind the program's name.
 *
 * @throws OptionError naming the option, what it got and what is allowed.
 */
export function parseOptions(args: readonly string[]): Options {
  const flags = {
    only: { type: 'string', multiple: true },
    write: { type: 'boolean' },
    share: { type: 'string' },
    help: { type: 'boolean' },
  } as const
  const { values, positionals } = readArguments(args, flags, 1)
  const { help = false, write = false, only, share: text = '1' } = values
  const share = Number(text)
  if (!(share > 0 && share <= 1)) throw new OptionError(`--share must be above 0 to 1, got "${text}"`)
  if (write && !only) throw new OptionError('--write is for --only: without it the whole page is written')
  return {
    help,
    write,
    directory: positionals[0] ?? 'docs',
    only: only?.flatMap(list => list.split(',')).map(claimNamed),
    share,
  }
}

function claimNamed(wanted: string): Claim {
  const found = claims.find(({ name }) => name === wanted)
  if (found) return found
  throw new OptionError(`--only must be of ${claims.map(({ name }) => name).join(', ')}, got "${wanted}"`)
}
