// npm run fleet: writes the tables and the chart of docs/fleet.md, or judges some of its claims.
import { asText } from '../bench/table.ts'
import { exitCodeOf } from '../command-line.ts'
import { judgeClaims, writeFigures } from './figures.ts'
import { helpText, parseOptions } from './options.ts'

process.exitCode = await exitCodeOf(async () => {
  const { help, directory, only, write, share } = parseOptions(process.argv.slice(2))
  if (help) {
    console.log(helpText)
    return 0
  }
  if (!only) return (await writeFigures(directory, share)) ? 0 : 1
  const { table, holds } = await judgeClaims(only, share, write ? directory : undefined)
  console.log(asText(table))
  return holds ? 0 : 1
}, process.stderr)
