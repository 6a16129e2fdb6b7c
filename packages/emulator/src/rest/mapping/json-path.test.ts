import fc from 'fast-check'
import { expect, it } from 'vitest'
import { at, isMap, parseJsonPath } from './json-path.ts'

it.each([
  ['$', []],
  ['$.a', ['a']],
  ['$.a-b.c_d.$e', ['a-b', 'c_d', '$e']],
  ["$['a b'][0].c", ['a b', 0, 'c']],
  ['$["it\'s"]', ["it's"]],
  ["$['it\\'s']", ["it's"]],
  ['$[12][3]', [12, 3]],
  ["$['']", ['']],
])('%s is read', (path, steps) => expect(parseJsonPath(path)).toEqual(steps))

it.each([
  '',
  'a',
  '.a',
  '$a',
  '$.',
  '$..a',
  '$.*',
  '$[*]',
  '$[-1]',
  '$[0:2]',
  '$[?(@.a)]',
  '$.length()',
  '$.a ',
  "$['a'",
])('%j is refused', path => expect(() => parseJsonPath(path)).toThrow(/^JSONPath: got /))

it('a JSONPath finds nothing where a value is of another type, or inherits', () => {
  expect(at({ a: [1] }, ['a', '0'])).toBeUndefined()
  expect(at({ a: { 0: 1 } }, ['a', 0])).toBeUndefined()
  expect(at({}, ['constructor'])).toBeUndefined()
  expect(at([1], ['length'])).toBeUndefined()
  expect(at(null, ['a'])).toBeUndefined()
  expect(at({ a: null }, ['a'])).toBe(null)
})

/** All places of a value: the steps to each, and what is there. */
function* places(value: unknown, steps: (string | number)[] = []): Iterable<[(string | number)[], unknown]> {
  yield [steps, value]
  const inner: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : isMap(value)
      ? Object.entries(value)
      : []
  for (const [step, item] of inner) yield* places(item, [...steps, step])
}

const quoted = (step: string | number) =>
  typeof step === 'number' ? `[${step}]` : `['${step.replace(/[\\']/g, '\\$&')}']`
const dotted = (step: string | number) =>
  typeof step === 'string' && /^[\w-]+$/.test(step) ? `.${step}` : quoted(step)

it('a JSONPath finds every place of any JSON by its path, however it is written', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), json => {
      const value: unknown = JSON.parse(JSON.stringify(json))
      for (const [steps, there] of places(value)) {
        for (const write of [quoted, dotted]) {
          const path = parseJsonPath(`$${steps.map(write).join('')}`)
          expect(path).toEqual(steps)
          expect(at(value, path)).toBe(there)
        }
      }
    }),
  )
})
