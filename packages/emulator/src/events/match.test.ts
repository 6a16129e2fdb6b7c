import { expect, test } from 'vitest'
import type { Comparison } from './comparison.ts'
import { fieldsOf } from './fields.ts'
import { fits } from './match.ts'
import { compilePattern } from './pattern.ts'

const elements = (count: number, ...names: string[]) =>
  Array.from({ length: count }, () => Object.fromEntries(names.map(name => [name, 1])))

/** Arrays whose elements all fit, and a last one of which none does. */
const hostile = (count: number) => ({
  a: elements(count, 'x'),
  b: elements(count, 'x'),
  c: elements(count, 'x'),
  d: elements(count, 'x', 'y'),
  e: { f: 2 },
})
const paths = ['a.x', 'b.x', 'c.x', 'd.x', 'd.y', 'e.f']
const ways = new Set(['a', 'b', 'c', 'd', 'e', ...paths])

/** How many values were compared, and how many looked at, until it was known that nothing matches. */
function stepsOf(event: object): number {
  let steps = 0
  const isOne: Comparison = value => {
    steps += 1
    return value === 1
  }
  const fields = fieldsOf(event, ways)
  expect(
    fits(
      paths.map(path => [path, [isOne]]),
      fields,
    ),
  ).toBe(false)
  return steps + fields.visited
}

test('a hostile event took cubic time: twice the elements take twice the steps', () => {
  const ratio = stepsOf(hostile(2_000)) / stepsOf(hostile(1_000))
  expect(ratio).toBeGreaterThan(1.9)
  expect(ratio).toBeLessThan(2.1)
})

test('a hostile event of 3 kB kept the bus busy for 13 s', () => {
  const pattern = { a: { x: [1] }, b: { x: [1] }, c: { x: [1] }, d: { x: [1], y: [1] }, e: { f: [1] } }
  expect(compilePattern(pattern)(hostile(100))).toBe(false)
  expect(compilePattern(pattern)({ ...hostile(100), e: { f: 1 } })).toBe(true)
})

test('arrays in arrays take steps in proportion, too', () => {
  const nested = (levels: number) => {
    let inner: unknown = [{ x: 1 }]
    for (let level = 0; level < levels; level++) inner = [{ x: 1 }, inner]
    return { a: inner, e: { f: 2 } }
  }
  const pattern = compilePattern({ a: { x: [1], y: [{ exists: false }] }, e: { f: [1] } })
  expect(pattern(nested(10_000))).toBe(false)
  const visited = (levels: number) => fieldsOf(nested(levels), ways).visited
  expect(visited(10_000) / visited(5_000)).toBeLessThan(2.1)
})

test('an event of 10,000 levels made the stack overflow', () => {
  let deep: unknown = 1
  for (let level = 0; level < 10_000; level++) deep = { a: deep }
  expect(compilePattern({ a: { b: [1] } })({ a: deep })).toBe(false)
  expect(compilePattern({ b: [1] })({ a: deep, b: 1 })).toBe(true)
})

test('a pattern of 10,000 levels is refused by name', () => {
  let deep: unknown = [1]
  for (let level = 0; level < 10_000; level++) deep = { a: deep }
  expect(() => compilePattern(deep)).toThrow(TypeError)
  expect(() => compilePattern(deep)).toThrow(
    'pattern: got an object; allowed is an object of at most 1000 levels',
  )
})

test('fields of elements that an absent field of another array stands between have to match in one element', () => {
  const pattern = compilePattern({ a: { b: { x: [1] }, c: { x: [{ exists: false }] }, d: [1] } })
  expect(pattern({ a: [{ b: [{ x: 1 }] }, { d: 1 }] })).toBe(false)
  expect(pattern({ a: [{ b: [{ x: 1 }] }, { b: [{ x: 2 }, { x: 1 }], d: 1 }] })).toBe(true)
  expect(pattern({ a: [{ b: [{ x: 1 }], c: [{ x: 1 }], d: 1 }] })).toBe(false)
})
