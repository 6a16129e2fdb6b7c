import { readArguments, wholeNumber } from '../command-line.ts'

/** The options of the command line. */
export interface Options {
  readonly help: boolean
  readonly seeds: number
  readonly first: number
}

/** The text of `--help`. */
export const helpText = `Plays recycles under faults, a seed each, on two threads, and names the seeds that broke something.

Usage: npm run recycle:soak -- [options]

  --seeds N   how many (default: 5000)
  --first N   the first of them (default: 1)
  --help      show this

Exit code 1 if a seed broke something; --seeds 1 --first SEED repeats it.`

/**
 * Reads the arguments behind the program's name.
 *
 * @throws OptionError naming the option, what it got and what is allowed.
 */
export function parseOptions(args: readonly string[]): Options {
  const { values } = readArguments(args, {
    seeds: { type: 'string' },
    first: { type: 'string' },
    help: { type: 'boolean' },
  })
  const max = 1_000_000_000
  return {
    help: values.help ?? false,
    seeds: wholeNumber('seeds', values.seeds, { standard: 5_000, max }),
    first: wholeNumber('first', values.first, { standard: 1, min: 0, max }),
  }
}
