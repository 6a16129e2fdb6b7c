import { readdirSync, readFileSync } from 'node:fs'
import { Logger } from '@aws-lambda-powertools/logger'
import { afterEach, expect, it, vi } from 'vitest'
import { escapingReplacer } from './replacer.ts'

const hostile = 'tenant\n\u001b[2J\u009b2J\u202e\u007f'
const escaped = 'tenant\\u000a\\u001b[2J\\u009b2J\\u202e\\u007f'
const raw = /[\p{Control}\u200e\u200f\u2028-\u202e\u2066-\u2069]/u

afterEach(() => void vi.restoreAllMocks())

function logged(extra: Record<string, unknown>) {
  const lines: string[] = []
  const logger = new Logger({ serviceName: 'test', jsonReplacerFn: escapingReplacer })
  vi.spyOn((logger as unknown as { console: Console }).console, 'error').mockImplementation(
    (line: string) => void lines.push(line),
  )
  logger.error(hostile, extra)
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toMatch(raw)
  return JSON.parse(lines[0]!)
}

it('texts and names at any depth put control characters into the log of a function', () => {
  expect(logged({ answer: { list: [hostile, { [hostile]: hostile }], count: 1, none: null } })).toMatchObject(
    {
      message: escaped,
      answer: { list: [escaped, { [escaped]: escaped }], count: 1, none: null },
    },
  )
})

it('an error keeps the lines of its stack, and nothing else of control', () => {
  const { error } = logged({ error: new Error(hostile, { cause: new Error(hostile) }) })
  expect(error).toMatchObject({ message: escaped, cause: { message: escaped } })
  expect(error.stack.split('\n').length).toBeGreaterThan(2)
  expect(error.stack).toContain('\\u001b[2J\\u009b2J\\u202e')
  expect(error.stack.replaceAll('\n', '')).not.toMatch(raw)
})

it('a cycle through an object with escaped names ends', () => {
  const cyclic: Record<string, unknown> = { [hostile]: 1 }
  cyclic.self = cyclic
  expect(logged({ cyclic }).cyclic).toEqual({ [escaped]: 1 })
})

it('dates, maps and bigints are logged as ever', () => {
  expect(logged({ at: new Date(0), map: new Map([['a', 1]]), big: 1n })).toMatchObject({
    at: '1970-01-01T00:00:00.000Z',
    big: '1',
  })
})

it('every logger of a function escapes control characters', () => {
  const folder = new URL('../../../functions/', import.meta.url)
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      name => /src[\\/].*\.ts$/.test(name) && !name.includes('node_modules') && !name.endsWith('.test.ts'),
    )
    .map(name => [name, readFileSync(new URL(name.replaceAll('\\', '/'), folder), 'utf8')] as const)
    .filter(([, text]) => text.includes('new Logger('))
  expect(sources.length).toBeGreaterThan(5)
  expect(
    sources
      .filter(([, text]) => !text.includes('new Logger({ serviceName, jsonReplacerFn: escapingReplacer })'))
      .map(([name]) => name),
  ).toEqual([])
})
