import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { rows } from './cases.ts'
import { claims } from './claims.ts'
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

describe('docs/performance.md', () => {
  const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8')

  /** The rows of the table between the markers of that name, without its head. */
  function tableOf(name: string): string[][] {
    const found = new RegExp(`<!-- ${name} begin -->\\n([^]*?)\\n<!-- ${name} end`).exec(page)
    const lines = found?.[1]?.split('\n').slice(2) ?? []
    return lines.map(line => line.slice(2, -2).split(' | '))
  }

  it('has a place for every table', () => {
    for (const name of ['machine', ...tablesOf(good).keys()])
      expect(replaced(page, name, 'new')).toContain('new')
  })

  it('was measured with the calls that are measured now', () => {
    const titles = tableOf('calls').map(([title]) => title)
    expect(titles).toEqual(['the bare call', ...rows.map(({ title }) => title)])
  })

  it('judges the claims that are made now', () => {
    const promised = tableOf('claims').map(([what, target]) => [what, target])
    expect(promised).toEqual(claims.map(({ what, target }) => [what, target]))
  })
})
