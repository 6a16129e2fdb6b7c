import type { ProgressStream } from '@breakwater/simulator'
import { exitCodeOf } from '../command-line.ts'
import { allHold, judgeAll } from './claims.ts'
import { writeDocs } from './docs.ts'
import { helpText, parseOptions } from './options.ts'
import { machineOf, tablesOf } from './report.ts'
import { measureAll } from './run.ts'
import { asText } from './table.ts'

interface Streams {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: ProgressStream
}

/** Runs the command line; answers the exit code: 0 if all holds, 1 if not, 2 for a bad command line. */
export function main(args: readonly string[], { stdout, stderr }: Streams): Promise<number> {
  return exitCodeOf(async () => {
    const options = parseOptions(args)
    if (options.help) {
      stdout.write(`${helpText}\n`)
      return 0
    }
    const results = await measureAll(options, stderr)
    const judged = judgeAll(results)
    if (options.docs) writeDocs(new URL('../../docs/', import.meta.url), results)
    if (options.json) stdout.write(`${JSON.stringify({ ...results, claims: judged }, null, 2)}\n`)
    else {
      const tables = Array.from(tablesOf(results, options.only !== undefined).values(), asText)
      stdout.write([machineOf(results.machine), '', ...tables].join('\n'))
    }
    return allHold(judged) ? 0 : 1
  }, stderr)
}
