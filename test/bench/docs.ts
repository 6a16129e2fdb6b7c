import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { costChart } from './chart.ts'
import { machineOf, tablesOf } from './report.ts'
import type { Results } from './results.ts'
import { asMarkdown } from './table.ts'

/** Writes all figures of performance.md in that directory between its markers, and its chart beside it. */
export function writeDocs(directory: URL, results: Results): void {
  const file = new URL('performance.md', directory)
  let text = replaced(readFileSync(file, 'utf8'), 'machine', machineOf(results.machine))
  for (const [name, table] of tablesOf(results)) text = replaced(text, name, asMarkdown(table))
  mkdirSync(new URL('images/', directory), { recursive: true })
  writeFileSync(file, text)
  writeFileSync(new URL('images/performance.svg', directory), costChart(results))
}

/**
 * The text with everything between the two markers of a name replaced.
 *
 * @throws Error naming the markers where they are missing.
 */
export function replaced(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name} begin -->`, `<!-- ${name} end -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`no markers "${begin}" and "${end}"`)
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`
}
