import { Progress, type ProgressStream } from '@breakwater/simulator'
import { exitCodeOf } from '../command-line.ts'
import { helpText, parseOptions } from './options.ts'

/** What became of a seed. */
export interface SeedResult {
  readonly seed: number
  /** What it broke, a line each. */
  readonly problems: readonly string[]
  /** Recycles that it began. */
  readonly updates: number
}

/** The effects of the soak, injected so that it can be tested. */
export interface Dependencies {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: ProgressStream
  /** A thread that plays one seed after the other. */
  thread(): { play(seed: number): Promise<SeedResult>; close(): Promise<unknown> }
}

const threads = 2

/** Runs the command line; answers the exit code: 0 if nothing was broken, 1 if something was, 2 for a bad command line. */
export function main(args: readonly string[], { stdout, stderr, thread }: Dependencies): Promise<number> {
  return exitCodeOf(async () => {
    const { help, seeds, first } = parseOptions(args)
    if (help) {
      stdout.write(`${helpText}\n`)
      return 0
    }
    const progress = new Progress({ total: seeds, unit: 'runs', stream: stderr })
    let [next, updates, broken] = [first, 0, 0]
    const work = async () => {
      const { play, close } = thread()
      try {
        while (next < first + seeds) {
          const played = await play(next++)
          updates += played.updates
          if (played.problems.length > 0) {
            broken++
            progress.clear()
            stdout.write(`seed ${played.seed}:\n  ${played.problems.join('\n  ')}\n`)
          }
          progress.note = `${updates.toLocaleString('en')} recycles, ${broken} with something broken`
          progress.done()
        }
      } finally {
        await close()
      }
    }
    await Promise.all(Array.from({ length: threads }, work))
    progress.end()
    return broken > 0 ? 1 : 0
  }, stderr)
}
