import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { replaced } from './docs.ts'
import { tablesOf } from './report.ts'
import { good } from './results.fixture.ts'

describe('replaced', () => {
  const text = 'Before\n<!-- a begin -->\nold\n<!-- a end -->\nbetween\n<!-- b begin -->\n<!-- b end -->\n'

  it('changes what is between the markers of that name, and nothing else', () => {
    expect(replaced(text, 'a', 'new')).toBe(text.replace('old', 'new'))
    expect(replaced(text, 'b', 'new')).toBe(text.replace('<!-- b end', 'new\n<!-- b end'))
  })

  it('can be done again', () => {
    expect(replaced(replaced(text, 'b', 'one'), 'b', 'two')).toBe(replaced(text, 'b', 'two'))
  })

  it.each(['c', 'begin'])('names the markers that are missing: %s', name => {
    expect(() => replaced(text, name, 'new')).toThrow(`no markers "<!-- ${name} begin -->"`)
  })
})

it('docs/performance.md has a place for every table', () => {
  const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8')
  for (const name of ['machine', ...tablesOf(good).keys()])
    expect(replaced(page, name, 'new')).toContain('new')
})
