import { parseArgs } from 'node:util'

/** The options of the command line. */
export interface Options {
  readonly help: boolean
  /** End after the demonstration. */
  readonly once: boolean
  /** Print the summary as JSON. */
  readonly json: boolean
  /** Show the logs of the functions. */
  readonly logs: boolean
  /** Ports; 0 for a free one. */
  readonly port: number
  readonly 'workflows-port': number
  readonly 'provider-port': number
  readonly 'dynamodb-port': number
  /** The most execution environments. */
  readonly environments: number
  /** Orders a second. */
  readonly rate: number
}

/** The error for a command line that is wrong; the message says what is allowed. */
export class OptionError extends Error {
  override readonly name: string = 'OptionError'
}

interface Flag {
  readonly what: string
}

interface NumberOption extends Flag {
  readonly default: number
  readonly min: number
  readonly max: number
}

const port = { default: 0, min: 0, max: 65_535 }

const options: { readonly [K in keyof Options]: Options[K] extends boolean ? Flag : NumberOption } = {
  once: { what: 'end after the demonstration; exit code 0 only if everything went as expected' },
  json: { what: 'print a summary as the last line of standard output; all else goes to standard error' },
  environments: { what: 'the most execution environments', default: 8, min: 4, max: 64 },
  rate: { what: 'orders a second', default: 150, min: 20, max: 1_000 },
  port: { what: 'port of the orders API', ...port },
  'workflows-port': { what: 'port of the API that starts workflows', ...port },
  'provider-port': { what: 'port of the payment provider', ...port },
  'dynamodb-port': { what: 'port of the embedded DynamoDB', ...port },
  logs: { what: 'show the logs of the functions, on standard error' },
  help: { what: 'show this' },
}

const names = Object.keys(options) as (keyof Options)[]

/** Reads the arguments behind the program's name. */
export function parseOptions(args: readonly string[]): Options {
  const { tokens } = parseArgs({ args: [...args], options: types(), strict: false, tokens: true })
  const given = Object.fromEntries(names.map(name => [name, standard(name)]))
  for (const token of tokens) {
    if (token.kind === 'positional')
      throw new OptionError(`unexpected argument "${token.value}"; ${allowed()}`)
    if (token.kind === 'option') given[known(token.name, token.rawName)] = read(token.name, token.value)
  }
  return given as unknown as Options
}

/** The text of `--help`. */
export function helpText(): string {
  const lines = names.map(name => {
    const option: Flag | NumberOption = options[name]
    if (!isNumber(option)) return `  --${name.padEnd(18)}${option.what}`
    const standard = option.default === 0 ? 'a free one' : option.default
    return `  --${`${name} N`.padEnd(18)}${option.what}, ${option.min} to ${option.max} (default: ${standard})`
  })
  return `Plays an outage of a payment provider and the rotation of a secret, on this machine, and goes on serving.

Usage: npm start -- [options]

${lines.join('\n')}`
}

function types(): Record<string, { type: 'boolean' | 'string' }> {
  return Object.fromEntries(
    names.map(name => [name, { type: isNumber(options[name]) ? 'string' : 'boolean' }]),
  )
}

function known(name: string, rawName: string): keyof Options {
  if (Object.hasOwn(options, name)) return name as keyof Options
  throw new OptionError(`unknown option ${rawName}; ${allowed()}`)
}

function read(name: string, value: string | undefined): boolean | number {
  const option: Flag | NumberOption = options[name as keyof Options]
  if (!isNumber(option)) {
    if (value === undefined) return true
    throw new OptionError(`--${name} takes no value, got "${value}"`)
  }
  const number = /^\d+$/.test(value ?? '') ? Number(value) : Number.NaN
  if (number >= option.min && number <= option.max) return number
  const got = value === undefined ? 'nothing' : `"${value}"`
  throw new OptionError(`--${name} must be a whole number from ${option.min} to ${option.max}, got ${got}`)
}

function standard(name: keyof Options): boolean | number {
  const option: Flag | NumberOption = options[name]
  return isNumber(option) ? option.default : false
}

function allowed(): string {
  return `allowed are ${names.map(name => `--${name}`).join(', ')}`
}

function isNumber(option: Flag | NumberOption): option is NumberOption {
  return 'default' in option
}
