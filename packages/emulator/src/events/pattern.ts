import { invalid } from '@breakwater/circuit/shared'
import { type Comparison, comparisonOf } from './comparison.ts'

/** Comparisons by path; each path has to pass one. `$or` makes several alternatives, of which one suffices. */
type Alternative = ReadonlyMap<string, readonly Comparison[]>

/** The service's limit to the combinations that `$or`s multiply to. */
const maxAlternatives = 1_000

/** Field names the service keeps for itself inside of `$or`. */
const reserved = new Set(
  'exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >= regex'.split(
    ' ',
  ),
)

/**
 * Compiles a pattern to the test of whether an event matches it, as EventBridge has it: every field the pattern names is
 * in the event, with one of the values given for it, in the same nesting and of the same type. Of an array in the event
 * any element may match; fields of objects in an array have to match in the same object.
 *
 * @param name what the pattern is called in the error. @default 'pattern'
 * @throws TypeError for a pattern that EventBridge refuses, or that is not supported here, naming the path in the pattern,
 * what is there and what is allowed.
 * @example
 * const opened = compilePattern(rule.EventPattern)
 * events.filter(opened)
 */
export function compilePattern(pattern: unknown, name = 'pattern'): (event: unknown) => boolean {
  const alternatives = alternativesOf(name, pattern, '', [new Map()], false)
  // Sorted, because the service goes through the paths in this order, and it decides which fields count as absent.
  const sorted = alternatives.map(alternative => [...alternative].sort(([a], [b]) => (a < b ? -1 : 1)))
  return event => {
    if (typeof event !== 'object' || event === null || Array.isArray(event)) return false
    const fields = fieldsOf(event)
    return sorted.some(alternative => fits(alternative, 0, fields, new Map()))
  }
}

function alternativesOf(
  at: string,
  pattern: unknown,
  path: string,
  before: readonly Alternative[],
  insideOr: boolean,
): readonly Alternative[] {
  if (!isObject(pattern) || Object.keys(pattern).length === 0) {
    throw invalid(at, pattern, 'an object with at least one field')
  }
  let alternatives = before
  for (const [name, value] of Object.entries(pattern)) {
    const here = `${at}.${name}`
    if (name === '$or' && isOr(value)) {
      alternatives = value.flatMap((option, index) =>
        alternativesOf(`${here}[${index}]`, option, path, alternatives, true),
      )
      if (alternatives.length > maxAlternatives) {
        throw invalid(here, value, `what multiplies to at most ${maxAlternatives} combinations`)
      }
      continue
    }
    if (name === '$or') throw invalid(here, value, 'a list of at least two objects')
    if (insideOr && reserved.has(name))
      throw invalid(here, value, `a field of another name: ${name} is reserved inside of $or`)
    const inner = path ? `${path}.${name}` : name
    if (Array.isArray(value)) alternatives = alternatives.map(one => extended(here, one, inner, value))
    else if (isObject(value)) alternatives = alternativesOf(here, value, inner, alternatives, insideOr)
    else throw invalid(here, value, 'an object or a list of values')
  }
  return alternatives
}

function extended(
  at: string,
  alternative: Alternative,
  path: string,
  values: readonly unknown[],
): Alternative {
  if (values.length === 0) throw invalid(at, values, 'a list of at least one value')
  if (alternative.has(path)) throw invalid(at, values, 'one list of values for a field, also across $or')
  return new Map([
    ...alternative,
    [path, values.map((value, index) => comparisonOf(`${at}[${index}]`, value))],
  ])
}

/** Goes back and tries another value when a later path has none in the same elements of the arrays. */
function fits(
  alternative: readonly (readonly [string, readonly Comparison[]])[],
  next: number,
  fields: ReadonlyMap<string, readonly Field[]>,
  elements: Elements,
): boolean {
  const entry = alternative[next]
  if (!entry) return true
  const [path, comparisons] = entry
  // Values that stand in the same elements lead on to the same place: it is tried once.
  const places = new Map<Elements, unknown[]>()
  for (const { value, elements: own } of fields.get(path) ?? []) {
    if (!together(elements, own)) continue
    const values = places.get(own)
    if (values) values.push(value)
    else places.set(own, [value])
  }
  if (places.size === 0)
    return comparisons.includes('absent') && fits(alternative, next + 1, fields, elements)
  for (const [own, values] of places) {
    const fitting = values.some(value => comparisons.some(test => test !== 'absent' && test(value)))
    if (fitting && fits(alternative, next + 1, fields, together(elements, own)!)) return true
  }
  return false
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isOr(value: unknown): value is readonly object[] {
  return Array.isArray(value) && value.length >= 2 && value.every(isObject)
}

/** One value of an event, with the elements of the arrays it stands in. */
export interface Field {
  readonly value: unknown
  readonly elements: Elements
}

/** Which element of which array; arrays are numbered as they are met. */
export type Elements = ReadonlyMap<number, number>

/**
 * An event as its values by dotted path. An object or array that holds no value leaves no trace: to EventBridge it
 * does not exist.
 */
export function fieldsOf(event: object): ReadonlyMap<string, readonly Field[]> {
  const fields = new Map<string, Field[]>()
  let arrays = 0

  function walk(path: string, value: unknown, elements: Elements): void {
    if (Array.isArray(value)) {
      const array = arrays++
      for (const [index, element] of value.entries()) {
        // Only an object with fields has to belong to the same element as others.
        const nested = typeof element === 'object' && element !== null
        walk(path, element, nested ? new Map([...elements, [array, index]]) : elements)
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value))
        walk(path ? `${path}.${name}` : name, inner, elements)
    } else if (value !== undefined) {
      const found = fields.get(path)
      if (found) found.push({ value, elements })
      else fields.set(path, [{ value, elements }])
    }
  }

  walk('', event, new Map())
  return fields
}

/** Both together, or undefined if they are different elements of one array. */
export function together(one: Elements, other: Elements): Elements | undefined {
  for (const [array, index] of other) if ((one.get(array) ?? index) !== index) return undefined
  return other.size === 0 ? one : new Map([...one, ...other])
}
