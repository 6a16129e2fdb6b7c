import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const flags = ['--conditions=@breakwater/source', '--expose-gc']

/**
 * So much room for young objects that none is collected while it is counted. Not where time is measured: memory that is
 * used for the first time costs page faults, on some virtual machines twenty times as much as the call.
 */
export const roomy = ['--min-semi-space-size=256', '--max-semi-space-size=256']

/** Runs a file beside this one in a fresh process and answers the JSON that it prints. */
export function inFreshProcess<T>(
  file: string,
  args: readonly (string | number)[] = [],
  env: Readonly<Record<string, string>> = {},
  more: readonly string[] = [],
): Promise<T> {
  return runNode([...flags, ...more, fileURLToPath(new URL(file, import.meta.url)), ...args.map(String)], env)
}

/** Runs Node and answers the JSON that its program prints. */
export async function runNode<T>(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<T> {
  // Settings of the shell it is started from would change what is measured.
  const { NODE_OPTIONS: _, BREAKWATER_DISABLED: __, ...rest } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, [...args], { env: { ...rest, ...env } })
  return JSON.parse(stdout) as T
}
