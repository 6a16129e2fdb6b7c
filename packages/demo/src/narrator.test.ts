import { expect, test } from 'vitest'
import { Narrator, type Row, wantsColours } from './narrator.ts'

const row: Row = {
  seconds: 12,
  phase: 'provider down',
  state: 'OPEN',
  calls: { sent: 150, succeeded: 0, failed: 2, rejected: 148, fallbacks: 150 },
  provider: 3,
  environments: 8,
  aware: 7,
}

function linesOf(colours: boolean): string[] {
  const lines: string[] = []
  const narrator = new Narrator(line => lines.push(line), colours)
  narrator.header()
  narrator.row(row)
  narrator.step('something happened')
  return lines
}

test('the narrator writes in columns that fit a terminal', () => {
  const [head, line] = linesOf(false)
  expect(head).toBe(
    ' time  phase              circuit    calls charged  shed failed fallback provider  environments',
  )
  expect(line).toBe(
    '  12s  provider down      OPEN         150       0   148      2      150        3  7 of 8 know',
  )
})

test('the narrator writes steps in lines that fit', () => {
  const lines: string[] = []
  const narrator = new Narrator(line => lines.push(line), false)
  narrator.list(Array.from({ length: 12 }, (_, i) => `take the step ${i + 1}`))
  expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(100)
  expect(lines.map(line => line.trim()).join(' ')).toMatch(/^take the step 1 > take .* > take the step 12$/)
  narrator.list([])
  expect(lines).toHaveLength(3)
})

test('the narrator writes no escape sequence without colours, and some with them', () => {
  expect(linesOf(false).join('')).not.toContain('\u001b')
  expect(linesOf(true).join('')).toContain('\u001b[31mOPEN')
})

test.each([
  [{ isTTY: true }, {}, true],
  [{ isTTY: true }, { NO_COLOR: '' }, true],
  [{ isTTY: true }, { NO_COLOR: '1' }, false],
  [{ isTTY: true }, { TERM: 'dumb' }, false],
  [{}, {}, false],
])('the narrator wants colours on %j with %j: %s', (stream, env, expected) => {
  expect(wantsColours(stream, env)).toBe(expected)
})

test('texts of others put control characters into the terminal', () => {
  const written: string[] = []
  const narrator = new Narrator(line => written.push(line), false)
  const hostile = 'a\u001b[2J\u009b\u202e\u0000'
  narrator.line(`one\n${hostile}`)
  narrator.step(hostile)
  narrator.problem(hostile)
  narrator.list([hostile])
  expect(written.join('').replaceAll('\n', '')).not.toMatch(/[\p{Control}\u202e]/u)
  expect(written[0]).toMatch(/^one\na/)
})
