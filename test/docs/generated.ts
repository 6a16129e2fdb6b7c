import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaced } from '../bench/docs.ts'
import { root } from '../src/imports.ts'
import { llms, llmsFull } from './llms.ts'
import { logLines } from './log-lines.ts'
import { smallTrafficTable } from './small-traffic.ts'

/** Every file with parts that are made by code, by its path, as it must be. Figures of a machine are not among them. */
export async function generated(): Promise<ReadonlyMap<string, string>> {
  const read = (file: string) => readFileSync(join(root, file), 'utf8')
  let terminology = read('docs/terminology.md')
  for (const [name, lines] of await logLines()) terminology = replaced(terminology, name, lines)
  const lambda = replaced(read('docs/guides/lambda.md'), 'small traffic', await smallTrafficTable())
  const pages = new Map([
    ['docs/terminology.md', terminology],
    ['docs/guides/lambda.md', lambda],
  ])
  const readPage = (file: string) => pages.get(file) ?? read(file)
  return new Map([...pages, ['llms.txt', llms(readPage)], ['llms-full.txt', llmsFull(readPage)]])
}
