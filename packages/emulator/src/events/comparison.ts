import { invalid } from '@breakwater/circuit/shared'
import { addressOf, blockOf, sameAddress } from './address.ts'
import { wildcardOf } from './wildcard.ts'

/** A test of one value of an event. */
export type Test = (value: unknown) => boolean

/** One entry of a list in a pattern: a test of the value, or `absent` if there must be none. */
export type Comparison = Test | 'absent'

const operators = [
  'prefix',
  'suffix',
  'equals-ignore-case',
  'anything-but',
  'numeric',
  'exists',
  'cidr',
  'wildcard',
] as const

/** Operators that `anything-but` may negate. */
const negated = ['prefix', 'suffix', 'equals-ignore-case', 'wildcard'] as const

/** @throws TypeError naming the path of a comparison that EventBridge refuses. */
export function comparisonOf(path: string, entry: unknown): Comparison {
  if (typeof entry === 'string') return textTest(entry)
  if (typeof entry === 'number' || typeof entry === 'boolean' || entry === null)
    return value => value === entry
  const [operator, operand, at] = only(path, entry, operators)
  switch (operator) {
    case 'anything-but':
      return anythingBut(at, operand)
    case 'numeric':
      return numeric(at, operand)
    case 'exists':
      if (typeof operand !== 'boolean') throw invalid(at, operand, 'true or false')
      return operand ? () => true : 'absent'
    case 'cidr':
      return cidr(at, operand)
    default:
      return onText(textOperator(at, operator, operand))
  }
}

/** A text that spells an address fits the same address in another spelling. */
function textTest(text: string): Test {
  const address = addressOf(text)
  if (!address) return value => value === text
  return onText(value => value === text || sameAddress(address, addressOf(value)))
}

function onText(test: (text: string) => boolean): Test {
  return value => typeof value === 'string' && test(value)
}

function textOperator(
  path: string,
  operator: (typeof negated)[number],
  operand: unknown,
): (text: string) => boolean {
  if (operator === 'prefix' || operator === 'suffix') {
    const ignoring = typeof operand !== 'string'
    const [, inner, at] = ignoring ? only(path, operand, ['equals-ignore-case']) : ['', operand, path]
    const expected = ignoring ? textAt(at, inner).toLowerCase() : textAt(at, inner)
    const fold = (text: string) => (ignoring ? text.toLowerCase() : text)
    return operator === 'prefix'
      ? text => fold(text).startsWith(expected)
      : text => fold(text).endsWith(expected)
  }
  const expected = textAt(path, operand)
  if (operator === 'equals-ignore-case') return text => text.toLowerCase() === expected.toLowerCase()
  const test = wildcardOf(expected)
  if (!test)
    throw invalid(path, expected, 'a text without ** and with a backslash only before * or a backslash')
  return test
}

function anythingBut(path: string, operand: unknown): Test {
  if (typeof operand !== 'object' || operand === null || Array.isArray(operand)) {
    const values = listAt(path, operand, ['string', 'number'])
    return value => !values.includes(value)
  }
  const [operator, texts, at] = only(path, operand, negated)
  const tests = listAt(at, texts, ['string']).map(text => {
    if (text === '') throw invalid(at, text, 'a text of at least one character')
    return onText(textOperator(at, operator, text))
  })
  return value => !tests.some(test => test(value))
}

/** A single value or a list of them, all of one kind. */
function listAt(path: string, operand: unknown, kinds: readonly string[]): readonly unknown[] {
  const list: readonly unknown[] = Array.isArray(operand) ? operand : [operand]
  const kind = typeof list[0]
  if (kinds.includes(kind) && list.every(value => typeof value === kind)) return list
  throw invalid(path, operand, `one ${kinds.join(' or ')}, or a list of ${kinds.join('s only or of ')}s only`)
}

const limits: Record<string, (value: number, limit: number) => boolean> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
}

function numeric(path: string, operand: unknown): Test {
  const wrong = () =>
    invalid(path, operand, '["=", n], ["<", n] and the like, or a range [">", n, "<=", m] with n below m')
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) throw wrong()
  const [lower, from, upper, to] = operand
  const range = operand.length === 4
  if (!Object.hasOwn(limits, lower) || typeof from !== 'number') throw wrong()
  const first = limits[lower]!
  if (!range) return value => typeof value === 'number' && first(value, from)
  if (!/^>=?$/.test(lower) || !/^<=?$/.test(upper) || typeof to !== 'number' || from >= to) throw wrong()
  const second = limits[upper]!
  return value => typeof value === 'number' && first(value, from) && second(value, to)
}

function cidr(path: string, operand: unknown): Test {
  const inside = blockOf(textAt(path, operand))
  if (!inside) throw invalid(path, operand, 'a block of addresses such as 10.0.0.0/24 or 2001:db8::/32')
  return onText(value => {
    const address = addressOf(value)
    return address !== undefined && inside(address)
  })
}

function textAt(path: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw invalid(path, value, 'a text')
}

/** The one property of an object that has to have exactly one, its value and its path. */
function only<T extends string>(path: string, value: unknown, allowed: readonly T[]): [T, unknown, string] {
  const names = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []
  const [name] = names as T[]
  if (name === undefined || names.length > 1)
    throw invalid(path, value, `one of ${allowed.join(', ')}, by itself`)
  if (!allowed.includes(name)) throw invalid(path, name, allowed.join(', '))
  return [name, (value as Record<T, unknown>)[name], `${path}.${name}`]
}
