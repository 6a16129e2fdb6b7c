// npm run fleet -- [directory] [share of the seeds]: writes the tables and the chart of docs/fleet.md.
import { exitCodeOf, OptionError, readArguments } from '../command-line.ts'
import { writeFigures } from './figures.ts'

const helpText = `Makes the runs behind docs/fleet.md, and writes its tables and its chart.

Usage: npm run fleet -- [DIRECTORY] [SHARE] [--help]

  DIRECTORY   where fleet.md is (default: docs)
  SHARE       of the seeds, above 0 to 1, for a quick look (default: 1)

Exit code 1 if a claim is missed or a run broke an invariant.`

process.exitCode = await exitCodeOf(async () => {
  const { values, positionals } = readArguments(process.argv.slice(2), { help: { type: 'boolean' } }, 2)
  if (values.help) {
    console.log(helpText)
    return 0
  }
  const [directory = 'docs', text = '1'] = positionals
  const share = Number(text)
  if (!(share > 0 && share <= 1)) throw new OptionError(`the share must be above 0 to 1, got "${text}"`)
  return (await writeFigures(directory, share)) ? 0 : 1
}, process.stderr)
