import { OptionError, readArguments } from '../command-line.ts'
import type { Part } from './parts.ts'

/** The options of the command line. */
export interface Options {
  readonly help: boolean
  readonly list: boolean
  /** The parts to run, in the order of the list. */
  readonly parts: readonly Part[]
}

/** The text of `--help`. */
export const helpText = `Runs all that is too long for npm test, one part after the other.

Usage: npm run test:long -- [options]

  --only A,B   run these parts only, in the order of --list
  --list       show the parts and how long each takes
  --help       show this

The output of each part goes to .cache/long/PART.log. Exit code 1 if a part failed.`

/**
 * Reads the arguments behind the program's name.
 *
 * @throws OptionError naming the option, what it got and what is allowed.
 */
export function parseOptions(args: readonly string[], all: readonly Part[]): Options {
  const { values } = readArguments(args, {
    only: { type: 'string', multiple: true },
    list: { type: 'boolean' },
    help: { type: 'boolean' },
  })
  const { only, help = false, list = false } = values
  const names = all.map(({ name }) => name)
  const chosen = only?.flatMap(text => text.split(',')) ?? names
  for (const name of chosen) {
    if (!names.includes(name)) throw new OptionError(`--only: got "${name}"; allowed are ${names.join(', ')}`)
  }
  return { help, list, parts: all.filter(({ name }) => chosen.includes(name)) }
}
