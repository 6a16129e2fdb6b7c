import { escapeControls } from '@breakwater/circuit/shared'
import { helpText, OptionError, parseOptions } from './options.ts'

/** The streams that a program writes to. */
export interface Streams {
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}

/**
 * The whole program.
 *
 * @param signal ends it; everything is then stopped before the promise settles
 * @returns the exit code: 0 if all went well, 1 if not, 2 if an argument is wrong
 */
export async function main(args: readonly string[], streams: Streams, signal: AbortSignal): Promise<number> {
  try {
    const options = parseOptions(args)
    if (options.help) {
      streams.stdout.write(`${helpText()}\n`)
      return 0
    }
    // With --json, standard output holds the summary alone.
    const output = options.json ? streams.stderr : streams.stdout
    output.write('An outage of a payment provider and the rotation of a secret, on this machine\n')
    // Loading all of it may take seconds by itself.
    const { play } = await import('./play.ts')
    return await play(options, { ...streams, output }, signal)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    streams.stderr.write(`${escapeControls(error.message)}\n`)
    return 2
  }
}
