import { invalid } from '@breakwater/circuit/shared'
import { maxLevels, nestsTooDeep } from '../aws/parse-json.ts'
import { type Comparison, comparisonOf } from './comparison.ts'
import { fieldsOf } from './fields.ts'
import { fits } from './match.ts'

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
  if (nestsTooDeep(pattern)) throw invalid(name, pattern, `an object of at most ${maxLevels} levels`)
  const alternatives = alternativesOf(name, pattern, '', [new Map()], false)
  const sorted = alternatives.map(alternative => [...alternative].sort(([a], [b]) => (a < b ? -1 : 1)))
  const ways = waysTo(alternatives)
  return event => {
    if (typeof event !== 'object' || event === null || Array.isArray(event)) return false
    const fields = fieldsOf(event, ways)
    return sorted.some(alternative => fits(alternative, fields))
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
      const tooMany = () => invalid(here, value, `what multiplies to at most ${maxAlternatives} combinations`)
      // Every option makes one at least of each: checked before, as many would be made for nothing.
      if (value.length * alternatives.length > maxAlternatives) throw tooMany()
      alternatives = value.flatMap((option, index) =>
        alternativesOf(`${here}[${index}]`, option, path, alternatives, true),
      )
      if (alternatives.length > maxAlternatives) throw tooMany()
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

/** Every path, and every path on the way to one. */
function waysTo(alternatives: readonly Alternative[]): ReadonlySet<string> {
  const ways = new Set<string>()
  for (const path of new Set(alternatives.flatMap(alternative => [...alternative.keys()]))) {
    for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) ways.add(path.slice(0, dot))
    ways.add(path)
  }
  return ways
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isOr(value: unknown): value is readonly object[] {
  return Array.isArray(value) && value.length >= 2 && value.every(isObject)
}
