import { allHold, judgeAll } from './claims.ts'
import { writeDocs } from './docs.ts'
import { helpText, OptionError, parseOptions } from './options.ts'
import { machineOf, tablesOf } from './report.ts'
import { measureAll } from './run.ts'
import { asText } from './table.ts'

interface Streams {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
}

/** Runs the command line; answers the exit code: 0 if all holds, 1 if not, 2 for a bad command line. */
export async function main(args: readonly string[], { stdout, stderr }: Streams): Promise<number> {
  try {
    const options = parseOptions(args)
    if (options.help) {
      stdout.write(`${helpText}\n`)
      return 0
    }
    const results = await measureAll(options, text => stderr.write(`${text}\n`))
    const judged = judgeAll(results)
    if (options.docs) writeDocs(new URL('../../docs/', import.meta.url), results)
    if (options.json) stdout.write(`${JSON.stringify({ ...results, claims: judged }, null, 2)}\n`)
    else {
      const tables = Array.from(tablesOf(results).values(), asText)
      stdout.write([machineOf(results.machine), '', ...tables].join('\n'))
    }
    return allHold(judged) ? 0 : 1
  } catch (error) {
    // A typing error; all else is a defect of ours and keeps its stack.
    if (!(error instanceof OptionError)) throw error
    stderr.write(`${error.message}\n`)
    return 2
  }
}
