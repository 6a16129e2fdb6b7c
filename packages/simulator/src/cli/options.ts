import { parseArgs } from 'node:util'

/** The options of the command line. */
export interface Options {
  readonly help: boolean
  /** Names of the library, or files; empty for the whole library. */
  readonly scenarios: readonly string[]
  readonly seeds: number
  readonly from: number
  /** Fleet sizes; undefined for those of the scenario from `min` to `max`. */
  readonly sizes: readonly number[] | undefined
  readonly min: number
  readonly max: number
  /** Names of breakers. */
  readonly breakers: readonly string[]
  readonly threads: number
  readonly json: boolean
  readonly html: string | undefined
}

/** A bad command line; the message says what is allowed. */
export class OptionError extends Error {
  override readonly name: string = 'OptionError'
}

const flags = {
  scenario: { type: 'string', multiple: true },
  seeds: { type: 'string' },
  from: { type: 'string' },
  size: { type: 'string', multiple: true },
  min: { type: 'string' },
  max: { type: 'string' },
  breaker: { type: 'string', multiple: true },
  threads: { type: 'string' },
  json: { type: 'boolean' },
  html: { type: 'string' },
  help: { type: 'boolean' },
} as const

/**
 * The text of `--help`.
 *
 * @param command the command line of the simulator, before its options.
 */
export function helpText(command: string, breakers: readonly string[]): string {
  return `Simulates outages with a fleet of Lambda environments, in virtual time. Each run depends on its seed only.

Usage: ${command} [options]

  --scenario NAME|FILE  a scenario of the library, or a file of JSON; may be repeated (default: the whole library)
  --seeds N             runs of each scenario and size (default: 10)
  --from S              the first seed (default: 1)
  --size N              environments at the start; may be repeated (default: those of the scenario)
  --min N, --max N      leave out smaller and larger sizes, where no --size is given (default: 1, 100)
  --breaker NAME        the circuit breaker: ${breakers.join(', ')} or all; may be repeated (default: breakwater)
  --threads N           runs at the same time (default: one a core)
  --json                print all figures as JSON on standard output
  --html FILE           write a report with charts; for few runs
  --help                show this

Exit code 1 if a run broke an invariant; its seed repeats it.`
}

/**
 * Reads the arguments behind the program's name.
 *
 * @param cores the default of `--threads`.
 * @param breakers the names that `--breaker` takes, beside `all`.
 * @throws OptionError naming the option, what it got and what is allowed.
 */
export function parseOptions(args: readonly string[], cores: number, breakers: readonly string[]): Options {
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
  const names = (values.breaker ?? ['breakwater']).flatMap(name => (name === 'all' ? breakers : [name]))
  for (const name of names) {
    if (!breakers.includes(name))
      throw new OptionError(`--breaker must be one of ${breakers.join(', ')} or all, got "${name}"`)
  }
  return {
    help: values.help ?? false,
    scenarios: values.scenario ?? [],
    seeds: count('seeds', values.seeds, 10),
    from: count('from', values.from, 1),
    sizes: values.size?.map(size => count('size', size, 0)),
    min: count('min', values.min, 1),
    max: count('max', values.max, 100),
    breakers: names,
    threads: count('threads', values.threads, cores),
    json: values.json ?? false,
    html: values.html,
  }
}

function read(args: readonly string[]) {
  return parseArgs({ args: [...args], options: flags }).values
}

function count(name: string, value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
  if (number >= 1 && number <= 1e9) return number
  throw new OptionError(`--${name} must be a whole number from 1 to 1000000000, got "${value}"`)
}
