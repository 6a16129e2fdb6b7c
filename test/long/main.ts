import { duration, Progress, type ProgressClock, type ProgressStream } from '@breakwater/simulator'
import { exitCodeOf } from '../command-line.ts'
import { helpText, parseOptions } from './options.ts'
import type { Part } from './parts.ts'
import { minutesOf, type Outcome, planText, summaryText } from './report.ts'

/** The effects of the runner, injected so that it can be tested. */
export interface Dependencies {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: ProgressStream
  /** Runs a part; true if it succeeded. Its output is kept elsewhere. */
  run(part: Part): Promise<boolean>
  /** The last lines of what a part printed, and where all of it is. */
  outputOf(part: Part): string
  /** @default the system's */
  readonly clock?: ProgressClock
}

/** Runs the command line; answers the exit code: 0 if all parts succeeded, 1 if not, 2 for a bad command line. */
export function main(
  args: readonly string[],
  all: readonly Part[],
  { stdout, stderr, run, outputOf, clock }: Dependencies,
): Promise<number> {
  const say = (text: string) => stdout.write(`${text}\n`)
  return exitCodeOf(async () => {
    const { help, list, parts } = parseOptions(args, all)
    if (help || list) {
      say(help ? helpText : planText(parts))
      return 0
    }
    say(`${planText(parts)}\n`)
    const progress = new Progress({
      total: parts.length,
      unit: 'parts',
      stream: stderr,
      ...(clock && { clock }),
      work: minutesOf(parts),
      msPerWork: 60_000,
    })
    const done: Outcome[] = []
    for (const part of parts) {
      progress.begin(part.name, part.minutes)
      const ok = await run(part)
      const ms = progress.done()
      done.push({ part, ok, ms })
      progress.clear()
      say(`${part.name}: ${ok ? 'ok' : 'FAILED'} after ${duration(ms)}`)
      if (!ok) say(outputOf(part))
    }
    progress.end()
    say(`\n${summaryText(done)}`)
    return done.every(({ ok }) => ok) ? 0 : 1
  }, stderr)
}
