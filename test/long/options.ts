import { parseArgs } from 'node:util'
import type { Part } from './parts.ts'

/** The options of the command line. */
export interface Options {
  readonly help: boolean
  readonly list: boolean
  /** The parts to run, in the order of the list. */
  readonly parts: readonly Part[]
}

/** The command line makes no sense; the message says what would. */
export class OptionError extends Error {
  override readonly name: string = 'OptionError'
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
  let values: ReturnType<typeof read>
  try {
    values = read(args)
  } catch (error) {
    throw new OptionError(
      `${(error as Error).message.replace(/\.?$/, '.')} Allowed are --only, --list, --help`,
    )
  }
  const { only, help = false, list = false } = values
  const names = all.map(({ name }) => name)
  const chosen = only?.flatMap(text => text.split(',')) ?? names
  for (const name of chosen) {
    if (!names.includes(name)) throw new OptionError(`--only: got "${name}"; allowed are ${names.join(', ')}`)
  }
  return { help, list, parts: all.filter(({ name }) => chosen.includes(name)) }
}

function read(args: readonly string[]) {
  const options = {
    only: { type: 'string', multiple: true },
    list: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const
  return parseArgs({ args: [...args], options }).values
}
