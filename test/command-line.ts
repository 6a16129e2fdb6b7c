import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { escapeControls } from '@breakwater/circuit/shared'

/** The command line makes no sense; the message says what would. */
export class OptionError extends Error {
  override readonly name: string = 'OptionError'
}

/**
 * Reads the arguments behind a program's name.
 *
 * @throws OptionError saying what it got and what is allowed.
 */
export function readArguments<const T extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: T,
  maxPositionals = 0,
) {
  const allowed = `Allowed are ${Object.keys(options)
    .map(name => `--${name}`)
    .join(', ')}`
  let read: ReturnType<typeof parse<T>>
  try {
    read = parse(args, options, maxPositionals > 0)
  } catch (error) {
    throw new OptionError(`${(error as Error).message.replace(/\.?$/, '.')} ${allowed}`)
  }
  const surplus = read.positionals[maxPositionals]
  if (surplus !== undefined) throw new OptionError(`Unexpected argument '${surplus}'. ${allowed}`)
  return read
}

function parse<const T extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: T,
  allowPositionals: boolean,
) {
  return parseArgs({ args: [...args], options, allowPositionals })
}

/**
 * The value of an option that takes a whole number.
 *
 * @throws OptionError naming the option, what it got and what is allowed.
 */
export function wholeNumber(
  name: string,
  value: string | undefined,
  { standard, min = 1, max }: { readonly standard: number; readonly min?: number; readonly max: number },
): number {
  if (value === undefined) return standard
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
  if (number >= min && number <= max) return number
  throw new OptionError(`--${name} must be a whole number from ${min} to ${max}, got "${value}"`)
}

/** Runs a program; answers its exit code, which is 2, with a line on standard error, for a bad command line. */
export async function exitCodeOf(
  program: () => Promise<number>,
  stderr: { write(text: string): unknown },
): Promise<number> {
  try {
    return await program()
  } catch (error) {
    // All else is a defect of ours and keeps its stack.
    if (!(error instanceof OptionError)) throw error
    stderr.write(`${escapeControls(error.message)}\n`)
    return 2
  }
}
