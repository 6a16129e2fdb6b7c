import { writeFigures } from './figures.ts'

const [directory = 'docs', share = '1'] = process.argv.slice(2)
process.exitCode = (await writeFigures(directory, Number(share))) ? 0 : 1
