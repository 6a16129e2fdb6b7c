import { describe, expect, it } from 'vitest'
import { asMarkdown, asText, number } from './table.ts'

const table = {
  title: 'Sizes',
  columns: ['bundle', 'bytes'],
  rows: [
    ['circuit', '6,191'],
    ['a | b', '20'],
  ],
}

it('asText aligns words to the left and figures to the right', () => {
  expect(asText(table)).toBe('Sizes\n\nbundle   bytes\ncircuit  6,191\na | b       20\n')
})

it('asText fits 100 columns: long cells go over several lines, figures stay to the right', () => {
  const text = asText({
    title: 'Calls',
    columns: ['call', 'breakwater', 'cockatiel'],
    rows: [['a call '.repeat(12).trim(), '12 ns, '.repeat(6).trim(), '1 ns']],
  })
  const lines = text.split('\n')
  expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(100)
  expect(text.replaceAll(/\s+/g, ' ')).toContain('a call a call')
  expect(lines.length).toBeGreaterThan(5)
  expect(text).not.toMatch(/^ *ns/m)
})

it('asMarkdown leaves out the title, and keeps cells apart', () => {
  expect(asMarkdown(table)).toBe('| bundle | bytes |\n|---|---:|\n| circuit | 6,191 |\n| a \\| b | 20 |')
})

it('a table may have columns of words', () => {
  const words = { ...table, words: 2 }
  expect(asText(words)).toBe('Sizes\n\nbundle   bytes\ncircuit  6,191\na | b    20\n')
  expect(asMarkdown(words)).toContain('\n|---|---|\n')
})

describe('number', () => {
  it.each([
    [0.834, '0.83'],
    [4.25, '4.3'],
    [31.4, '31'],
    [9145.3, '9,145'],
    [-0.5, '-0.5'],
    [0, '0'],
  ])('%d is %s', (value, shown) => {
    expect(number(value)).toBe(shown)
  })
})
