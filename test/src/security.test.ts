/** What docs/security.md says cannot be done, a test has tried. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const root = new URL('../..', import.meta.url)
const page = readFileSync(new URL('docs/security.md', root), 'utf8')
const table = page.slice(page.indexOf('## What an attacker'), page.indexOf('Two things are no defence'))
const rows = table
  .split('\n')
  .filter(line => line.startsWith('| ') && !line.startsWith('| who '))
  .map(line => line.split('|').map(cell => cell.trim()))
const tried = [...table.matchAll(/`(\S+\.test\.ts)`: ([^|]+?) \|/g)].map(([, file, title]) => ({
  file: file!,
  title: title!,
}))

it('each row names a test, but what is only said of the machine', () => {
  const without = rows.filter(cells => !cells[4]?.startsWith('`'))
  expect(without.map(cells => cells[1])).toEqual(['another user of the same machine'])
  expect(tried.length).toBeGreaterThan(15)
})

it.each(tried)('$file has the test "$title"', ({ file, title }) => {
  expect(readFileSync(new URL(file, root), 'utf8')).toContain(title)
})
