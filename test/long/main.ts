import { helpText, OptionError, parseOptions } from './options.ts'
import type { Part } from './parts.ts'
import { duration, type Outcome, planText, progressText, summaryText } from './report.ts'

/** The effects of the runner, injected so that it can be tested. */
export interface Dependencies {
  readonly stdout: { write(text: string): unknown }
  /** Runs a part; true if it succeeded. Its output is kept elsewhere. */
  run(part: Part): Promise<boolean>
  /** The last lines of what a part printed, and where all of it is. */
  outputOf(part: Part): string
  /** Milliseconds since any moment. */
  now(): number
  /** Calls back once in a while, until it is stopped. */
  every(callback: () => void): { stop(): void }
}

/** Runs the command line; answers the exit code: 0 if all parts succeeded, 1 if not, 2 for a bad command line. */
export async function main(
  args: readonly string[],
  all: readonly Part[],
  { stdout, run, outputOf, now, every }: Dependencies,
): Promise<number> {
  const say = (text: string) => stdout.write(`${text}\n`)
  try {
    const { help, list, parts } = parseOptions(args, all)
    if (help || list) {
      say(help ? helpText : planText(parts))
      return 0
    }
    say(`${planText(parts)}\n`)
    const done: Outcome[] = []
    for (const [index, part] of parts.entries()) {
      const later = parts.slice(index + 1)
      const began = now()
      const progress = () => say(progressText(done, part, now() - began, later))
      progress()
      const ticker = every(progress)
      const ok = await run(part).finally(() => ticker.stop())
      const ms = now() - began
      done.push({ part, ok, ms })
      say(`${part.name}: ${ok ? 'ok' : 'FAILED'} after ${duration(ms)}`)
      if (!ok) say(outputOf(part))
    }
    say(`\n${summaryText(done)}`)
    return done.every(({ ok }) => ok) ? 0 : 1
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    say(error.message)
    return 2
  }
}
