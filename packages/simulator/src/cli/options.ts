import { parseArgs } from 'node:util'
import { peerNames, type SchemeName, schemeNames } from '../schemes.ts'

/** What the command line asks for. */
export interface Options {
  readonly help: boolean
  /** Names of the library, or files; empty for all of the library. */
  readonly scenarios: readonly string[]
  readonly seeds: number
  readonly from: number
  /** Fleet sizes; undefined for those of the scenario from `least` to `most`. */
  readonly sizes: readonly number[] | undefined
  readonly least: number
  readonly most: number
  readonly schemes: readonly SchemeName[]
  readonly threads: number
  readonly json: boolean
  readonly html: string | undefined
}

/** The command line makes no sense; the message says what would. */
export class OptionError extends Error {
  override readonly name: string = 'OptionError'
}

const flags = {
  scenario: { type: 'string', multiple: true },
  seeds: { type: 'string' },
  from: { type: 'string' },
  size: { type: 'string', multiple: true },
  least: { type: 'string' },
  most: { type: 'string' },
  scheme: { type: 'string', multiple: true },
  threads: { type: 'string' },
  json: { type: 'boolean' },
  html: { type: 'string' },
  help: { type: 'boolean' },
} as const

/** The text of `--help`. */
export const helpText = `Lives through outages with a fleet of Lambda environments, in virtual time, from a seed.

Usage: npm run simulate -- [options]

  --scenario NAME|FILE  a scenario of the library, or a file of JSON; may be repeated (default: all of the library)
  --seeds N             how many runs of each scenario and size (default: 10)
  --from S              the first seed (default: 1)
  --size N              environments at the start; may be repeated (default: those of the scenario)
  --least N, --most N   leave out smaller, and larger, sizes, where none is named (default: 1, 100)
  --scheme NAME         whose breaker: ${['breakwater', ...peerNames].join(', ')}, or all; may be repeated (default: breakwater)
  --threads N           how many runs at once (default: one a core)
  --json                print all figures as JSON on standard output
  --html FILE           write a report with charts; for few runs
  --help                show this

Exit code 1 if an invariant was broken; the seed makes that run again.`

/**
 * Reads the arguments behind the program's name.
 *
 * @throws OptionError naming the option, what it got and what is allowed.
 */
export function parseOptions(args: readonly string[], cores: number): Options {
  let values: ReturnType<typeof read>
  try {
    values = read(args)
  } catch (error) {
    throw new OptionError(
      `${(error as Error).message} Allowed are ${Object.keys(flags)
        .map(name => `--${name}`)
        .join(', ')}`,
    )
  }
  const schemes = (values.scheme ?? ['breakwater']).flatMap<string>(name =>
    name === 'all' ? schemeNames : [name],
  )
  for (const name of schemes) {
    if (!schemeNames.includes(name as SchemeName))
      throw new OptionError(`--scheme must be one of ${schemeNames.join(', ')} or all, got "${name}"`)
  }
  return {
    help: values.help ?? false,
    scenarios: values.scenario ?? [],
    seeds: count('seeds', values.seeds, 10),
    from: count('from', values.from, 1),
    sizes: values.size?.map(size => count('size', size, 0)),
    least: count('least', values.least, 1),
    most: count('most', values.most, 100),
    schemes: schemes as SchemeName[],
    threads: count('threads', values.threads, cores),
    json: values.json ?? false,
    html: values.html,
  }
}

function read(args: readonly string[]) {
  return parseArgs({ args: [...args], options: flags }).values
}

function count(name: string, value: string | undefined, standard: number): number {
  if (value === undefined) return standard
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
  if (number >= 1 && number <= 1e9) return number
  throw new OptionError(`--${name} must be a whole number from 1 to 1000000000, got "${value}"`)
}
