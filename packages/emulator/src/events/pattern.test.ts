import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { compilePattern } from './pattern.ts'

const matches = (pattern: unknown, event: unknown) => compilePattern(pattern)(event)

const event = {
  version: '0',
  'detail-type': 'Circuit State Changed',
  source: 'breakwater',
  time: '2027-01-15T08:00:00Z',
  resources: ['arn:aws:dynamodb:eu-west-1:123456789012:table/circuits', 'arn:other'],
  detail: {
    circuit: 'payments',
    to: 'OPEN',
    count: 5,
    rate: 0.5,
    forced: false,
    reason: null,
    empty: '',
    path: '/lib/a*b/file.png',
    ip: '10.0.0.33',
    ip6: '2001:db8::1',
    tiny: '::1',
    none: {},
    nothing: [],
    items: [
      { sku: 'a', quantity: 1 },
      { sku: 'b', quantity: 2, gift: true },
    ],
    matrix: [[1, 2], [3]],
  },
}

const fits: [string, unknown][] = [
  ['exact text', { detail: { to: ['CLOSED', 'OPEN'] } }],
  ['exact number, however it is written', { detail: { count: [5.0] } }],
  ['exact boolean', { detail: { forced: [false] } }],
  ['exact null', { detail: { reason: [null] } }],
  ['the empty text', { detail: { empty: [''] } }],
  ['any element of an array', { resources: ['arn:other'] }],
  ['an element of an array in an array', { detail: { matrix: [3] } }],
  ['prefix', { time: [{ prefix: '2027-01' }] }],
  ['prefix, ignoring case', { source: [{ prefix: { 'equals-ignore-case': 'BREAK' } }] }],
  ['suffix', { detail: { path: [{ suffix: '.png' }] } }],
  ['suffix, ignoring case', { detail: { path: [{ suffix: { 'equals-ignore-case': '.PNG' } }] } }],
  ['equals-ignore-case', { detail: { to: [{ 'equals-ignore-case': 'open' }] } }],
  ['anything-but a text', { detail: { to: [{ 'anything-but': 'CLOSED' }] } }],
  ['anything-but texts', { detail: { to: [{ 'anything-but': ['CLOSED', 'HALF_OPEN'] }] } }],
  ['anything-but a number', { detail: { count: [{ 'anything-but': [4, 6] }] } }],
  ['anything-but a number, of a text', { detail: { to: [{ 'anything-but': 5 }] } }],
  ['anything-but a text, of null', { detail: { reason: [{ 'anything-but': 'x' }] } }],
  ['anything-but a prefix', { detail: { to: [{ 'anything-but': { prefix: 'CL' } }] } }],
  ['anything-but prefixes', { detail: { to: [{ 'anything-but': { prefix: ['CL', 'HA'] } }] } }],
  ['anything-but a suffix, of a number', { detail: { count: [{ 'anything-but': { suffix: '5' } }] } }],
  [
    'anything-but ignoring case',
    { detail: { to: [{ 'anything-but': { 'equals-ignore-case': 'closed' } }] } },
  ],
  ['anything-but a wildcard', { detail: { path: [{ 'anything-but': { wildcard: '*.jpg' } }] } }],
  ['anything-but, by another element of an array', { resources: [{ 'anything-but': 'arn:other' }] }],
  ['numeric =', { detail: { rate: [{ numeric: ['=', 0.5] }] } }],
  ['numeric range', { detail: { count: [{ numeric: ['>', 0, '<=', 5] }] } }],
  ['numeric <', { detail: { count: [{ numeric: ['<', 6] }] } }],
  ['exists', { detail: { reason: [{ exists: true }] } }],
  ['exists false', { detail: { other: [{ exists: false }] } }],
  ['exists false of an object: it is no leaf', { detail: { items: [{ exists: false }] } }],
  ['exists false of an empty array', { detail: { nothing: [{ exists: false }] } }],
  ['exists false or a value', { detail: { other: ['x', { exists: false }] } }],
  ['cidr', { detail: { ip: [{ cidr: '10.0.0.0/24' }] } }],
  ['cidr of version 6', { detail: { ip6: [{ cidr: '2001:db8::/32' }] } }],
  ['an address in another spelling', { detail: { ip6: ['2001:0DB8:0:0:0:0:0:1'] } }],
  ['wildcard', { detail: { path: [{ wildcard: '/lib/*.png' }] } }],
  ['wildcard with an escaped star', { detail: { path: [{ wildcard: '*a\\*b*' }] } }],
  ['wildcard for nothing', { detail: { to: [{ wildcard: 'OPEN*' }] } }],
  ['$or', { $or: [{ source: ['other'] }, { detail: { count: [5] } }] }],
  [
    '$or beside others',
    { source: ['breakwater'], detail: { $or: [{ to: ['X'] }, { to: ['OPEN'] }], count: [5] } },
  ],
  ['$or in $or', { $or: [{ source: ['x'] }, { $or: [{ source: ['y'] }, { detail: { to: ['OPEN'] } }] }] }],
  ['two fields of one element', { detail: { items: { sku: ['b'], quantity: [2] } } }],
  ['absence in the element that matched', { detail: { items: { a: [{ exists: false }], sku: ['a'] } } }],
  ['a dotted name for nesting', { 'detail.to': ['OPEN'] }],
]

const misses: [string, unknown][] = [
  ['another text', { detail: { to: ['open'] } }],
  ['a text for a number', { detail: { count: ['5'] } }],
  ['a number for a text', { source: [5] }],
  ['a text for false', { detail: { forced: ['false'] } }],
  ['a text for null', { detail: { reason: ['null'] } }],
  ['null for the empty text', { detail: { empty: [null] } }],
  ['null for nothing at all', { detail: { other: [null] } }],
  ['the right value one level up', { to: ['OPEN'] }],
  ['the right value one level down', { detail: { detail: { to: ['OPEN'] } } }],
  ['one field of two', { source: ['breakwater'], detail: { to: ['CLOSED'] } }],
  ['prefix of a number', { detail: { count: [{ prefix: '5' }] } }],
  ['suffix that is a prefix', { source: [{ suffix: 'break' }] }],
  ['anything-but of what is not there', { detail: { other: [{ 'anything-but': 'x' }] } }],
  ['anything-but of what is there', { detail: { to: [{ 'anything-but': ['OPEN'] }] } }],
  ['anything-but wildcards', { detail: { path: [{ 'anything-but': { wildcard: ['*.jpg', '*.png'] } }] } }],
  ['numeric of a text', { detail: { ip: [{ numeric: ['>', 0] }] } }],
  ['numeric range at its open end', { detail: { count: [{ numeric: ['>', 5, '<', 9] }] } }],
  ['exists of an object', { detail: { items: [{ exists: true }] } }],
  ['exists of an empty object', { detail: { none: [{ exists: true }] } }],
  ['exists false of null', { detail: { reason: [{ exists: false }] } }],
  ['cidr next door', { detail: { ip: [{ cidr: '10.0.1.0/24' }] } }],
  ['cidr of the other version', { detail: { ip6: [{ cidr: '10.0.0.0/8' }] } }],
  ['cidr of the other version whose number is inside', { detail: { tiny: [{ cidr: '0.0.0.0/8' }] } }],
  ['an address of the other version', { detail: { tiny: ['0.0.0.1'] } }],
  ['wildcard whose end is used up', { detail: { to: [{ wildcard: 'O*PEN*N' }] } }],
  ['cidr of no address', { source: [{ cidr: '0.0.0.0/0' }] }],
  ['wildcard whose parts overlap', { detail: { to: [{ wildcard: 'OPE*PEN' }] } }],
  ['wildcard with a literal star', { detail: { path: [{ wildcard: '*a\\*c*' }] } }],
  ['$or of which none fits', { $or: [{ source: ['x'] }, { source: ['y'] }] }],
  ['two fields of different elements', { detail: { items: { sku: ['a'], quantity: [2] } } }],
  ['absence that only another element has', { detail: { items: { gift: [{ exists: true }], sku: ['a'] } } }],
]

test.each(fits)('a pattern matches: %s', (_, pattern) => expect(matches(pattern, event)).toBe(true))
test.each(misses)('a pattern does not match: %s', (_, pattern) => expect(matches(pattern, event)).toBe(false))

test.each(['text', 5, null, undefined, [event]])('what is no object matches nothing: %j', value => {
  expect(matches({ a: [{ exists: false }] }, value)).toBe(false)
})

const refused: [unknown, string][] = [
  ['text', 'pattern: got "text"'],
  [[], 'pattern: got an array'],
  [{}, 'pattern: got an object; allowed is an object with at least one field'],
  [{ detail: {} }, 'pattern.detail: got an object'],
  [{ detail: { to: 'OPEN' } }, 'pattern.detail.to: got "OPEN"; allowed is an object or a list of values'],
  [{ detail: { to: [] } }, 'pattern.detail.to: got an array'],
  [{ a: [['x']] }, 'pattern.a[0]: got an array; allowed is one of prefix'],
  [{ a: [{}] }, 'pattern.a[0]: got an object'],
  [{ a: ['x', { prefix: 'a', suffix: 'b' }] }, 'pattern.a[1]: got an object'],
  [{ a: [{ regex: '.*' }] }, 'pattern.a[0]: got "regex"; allowed is prefix, suffix'],
  [{ a: [{ prefix: 5 }] }, 'pattern.a[0].prefix: got 5'],
  [{ a: [{ prefix: { suffix: 'x' } }] }, 'pattern.a[0].prefix: got "suffix"'],
  [{ a: [{ 'equals-ignore-case': 5 }] }, 'pattern.a[0].equals-ignore-case: got 5'],
  [{ a: [{ 'anything-but': ['x', 1] }] }, 'pattern.a[0].anything-but: got an array'],
  [{ a: [{ 'anything-but': [] }] }, 'pattern.a[0].anything-but: got an array'],
  [{ a: [{ 'anything-but': null }] }, 'pattern.a[0].anything-but: got null'],
  [{ a: [{ 'anything-but': true }] }, 'pattern.a[0].anything-but: got true'],
  [{ a: [{ 'anything-but': { numeric: ['=', 1] } }] }, 'pattern.a[0].anything-but: got "numeric"'],
  [{ a: [{ 'anything-but': { prefix: '' } }] }, 'pattern.a[0].anything-but.prefix: got ""'],
  [{ a: [{ numeric: '>5' }] }, 'pattern.a[0].numeric: got ">5"'],
  [{ a: [{ numeric: ['>', '5'] }] }, 'pattern.a[0].numeric: got an array'],
  [{ a: [{ numeric: ['=', 5, '<', 6] }] }, 'pattern.a[0].numeric'],
  [{ a: [{ numeric: ['>', 6, '<', 5] }] }, 'with n below m'],
  [{ a: [{ numeric: ['>', 5, '<', 5] }] }, 'with n below m'],
  [{ a: [{ numeric: ['constructor', 5] }] }, 'pattern.a[0].numeric'],
  [{ a: [{ exists: 'yes' }] }, 'pattern.a[0].exists: got "yes"; allowed is true or false'],
  [{ a: [{ cidr: '10.0.0.0' }] }, 'pattern.a[0].cidr: got "10.0.0.0"'],
  [{ a: [{ cidr: '10.0.0.0/33' }] }, 'pattern.a[0].cidr'],
  [{ a: [{ cidr: '10.0.0.1/32' }] }, 'pattern.a[0].cidr'],
  [{ a: [{ cidr: '10.0.0.300/8' }] }, 'pattern.a[0].cidr'],
  [{ a: [{ wildcard: 'a**b' }] }, 'pattern.a[0].wildcard: got "a**b"'],
  [{ a: [{ wildcard: 'a\\b' }] }, 'pattern.a[0].wildcard'],
  [{ $or: [{ a: ['x'] }] }, 'pattern.$or: got an array; allowed is a list of at least two objects'],
  [{ $or: [{ a: ['x'] }, { prefix: ['y'] }] }, 'pattern.$or[1].prefix'],
  [{ a: ['x'], $or: [{ a: ['y'] }, { b: ['z'] }] }, 'pattern.$or[0].a'],
]

test.each(refused)('the pattern %j is refused', (pattern, message) => {
  expect(() => compilePattern(pattern)).toThrow(TypeError)
  expect(() => compilePattern(pattern)).toThrow(message)
})

test('a pattern whose $or multiplies beyond the limit of the service is refused', () => {
  const or = (name: string) => Array.from({ length: 11 }, (_, index) => ({ [name]: [index] }))
  const pattern = { a: { $or: or('x') }, b: { $or: or('x') }, c: { $or: or('x') } }
  expect(() => compilePattern(pattern)).toThrow('pattern.c.$or')
})

test('the error of a pattern names the path as given', () => {
  expect(() => compilePattern({ a: 1 }, 'Rule.EventPattern')).toThrow('Rule.EventPattern.a: got 1')
})

test('a pattern is quick with many stars and with many elements', () => {
  const wild = { a: [{ wildcard: `${'*a'.repeat(40)}*b` }] }
  expect(matches(wild, { a: 'a'.repeat(20_000) })).toBe(false)
  const many = { a: Array(2_000).fill('x'), b: Array(2_000).fill('x'), c: Array(2_000).fill('x'), d: 'y' }
  expect(matches({ a: ['x'], b: ['x'], c: ['x'], d: ['x'] }, many)).toBe(false)
})

describe('for any event', () => {
  const key = fc.stringMatching(/^[a-z]{1,3}$/)
  const leaf = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.integer({ min: -99, max: 99 }),
    fc.boolean(),
    fc.constant(null),
  )
  type Json = string | number | boolean | null | Json[] | { [name: string]: Json }
  const json = (withArrays: boolean) =>
    fc.letrec<{ tree: Json; object: { [name: string]: Json } }>(tie => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        tie('object'),
        ...(withArrays ? [fc.array(tie('tree'), { minLength: 1, maxLength: 3 })] : []),
      ),
      object: fc.dictionary(key, tie('tree'), { minKeys: 1, maxKeys: 4 }),
    })).object

  /** A way to match a value, chosen by a number. */
  function comparison(value: Json, choice: number): unknown {
    const fitting: unknown[] = [value, value, { exists: true }, { 'anything-but': '?never' }]
    if (typeof value === 'number')
      fitting.push({ numeric: ['=', value] }, { numeric: ['>=', value, '<', value + 1] })
    if (typeof value === 'string') {
      const half = Math.floor(value.length / 2)
      const wild = value.replace(/[*\\]/g, '\\$&')
      fitting.push(
        { prefix: value.slice(0, half) },
        { suffix: value.slice(half) },
        { wildcard: wild },
        { wildcard: '*' },
      )
      fitting.push({ 'equals-ignore-case': value })
    }
    return fitting[choice % fitting.length]
  }

  /** A pattern of an event: every leaf of it, and of each array one element. */
  function derived(
    value: { [name: string]: Json },
    choices: () => number,
  ): { [name: string]: unknown } | undefined {
    const pattern: { [name: string]: unknown } = {}
    for (const [name, inner] of Object.entries(value)) {
      let picked = inner
      while (Array.isArray(picked)) picked = picked[choices() % picked.length] ?? null
      const nested = typeof picked === 'object' && picked !== null
      const made = nested
        ? derived(picked as { [name: string]: Json }, choices)
        : [comparison(picked, choices())]
      if (made) pattern[name] = made
    }
    return Object.keys(pattern).length === 0 ? undefined : pattern
  }

  it('an event matches a pattern derived from itself', () => {
    fc.assert(
      fc.property(json(true), fc.infiniteStream(fc.nat({ max: 1_000 })), (made, stream) => {
        const pattern = derived(made, () => stream.next().value as number)
        fc.pre(pattern !== undefined)
        expect(matches(pattern, made)).toBe(true)
        // Whatever else is in the event does not matter.
        expect(matches(pattern, { ...made, 'and-more': { x: [1] } })).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('and no longer once one leaf is removed, altered, of another type or nested deeper', () => {
    const changes: ((value: Json) => Json | undefined)[] = [
      () => undefined,
      value => (typeof value === 'string' ? `${value}x` : `${value}`),
      value =>
        typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : 'other'.repeat(3),
      value => ({ x: value }),
      () => [],
      value => (value === null ? 0 : null),
    ]
    const paths = (value: Json, path: string[] = []): string[][] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([name, inner]) => paths(inner, [...path, name]))
        : [path]
    const change = (
      value: Json,
      [name = '', ...rest]: string[],
      by: (value: Json) => Json | undefined,
    ): Json => {
      const object = value as { [name: string]: Json }
      const inner = rest.length > 0 ? change(object[name]!, rest, by) : by(object[name]!)
      const others = Object.fromEntries(Object.entries(object).filter(([known]) => known !== name))
      return inner === undefined ? others : { ...others, [name]: inner }
    }
    fc.assert(
      fc.property(json(false), fc.nat(), fc.nat(), (made, which, how) => {
        const leaves = paths(made)
        fc.pre(leaves.length > 0)
        const pattern = derived(made, () => 0)
        const altered = change(made, leaves[which % leaves.length]!, changes[how % changes.length]!)
        expect(matches(pattern, made)).toBe(true)
        expect(matches(pattern, altered)).toBe(false)
      }),
      { numRuns: 1_000 },
    )
  })

  it('anything-but says the opposite, for a field with one value', () => {
    const operand = fc.oneof(
      fc.string({ maxLength: 3 }).map(text => [[text], { 'anything-but': text }] as const),
      fc.integer({ min: -9, max: 9 }).map(number => [[number], { 'anything-but': [number] }] as const),
      fc
        .string({ minLength: 1, maxLength: 2 })
        .map(prefix => [[{ prefix }], { 'anything-but': { prefix } }] as const),
      fc
        .string({ minLength: 1, maxLength: 2 })
        .map(suffix => [[{ suffix }], { 'anything-but': { suffix } }] as const),
    )
    fc.assert(
      fc.property(operand, leaf, ([is, isNot], value) => {
        expect(matches({ a: [isNot] }, { a: value })).toBe(!matches({ a: is }, { a: value }))
      }),
      { numRuns: 1_000 },
    )
  })
})
