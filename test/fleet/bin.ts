// npm run fleet -- [directory] [share of the seeds]: writes the tables and the chart of docs/fleet.md.
import { writeFigures } from './figures.ts'

const [directory = 'docs', share = '1'] = process.argv.slice(2)
process.exitCode = (await writeFigures(directory, Number(share))) ? 0 : 1
