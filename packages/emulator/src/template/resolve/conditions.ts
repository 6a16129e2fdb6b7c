import { invalid } from '@breakwater/circuit/shared'
import { resolveValue, type Scope } from './intrinsics.ts'

const functions = ['Fn::Equals', 'Fn::And', 'Fn::Or', 'Fn::Not', 'Condition']

/**
 * Decides the conditions of a template, each when it is asked for.
 *
 * @param scope for the operands of Fn::Equals, which may refer to parameters and mappings
 */
export function conditionsOf(
  stack: string,
  conditions: Readonly<Record<string, unknown>>,
  scope: Scope,
): (name: string, where: string) => boolean {
  const known = new Map<string, boolean>()
  const open: string[] = []

  function decide(name: string, where: string): boolean {
    const decided = known.get(name)
    if (decided !== undefined) return decided
    if (!Object.hasOwn(conditions, name))
      throw invalid(where, name, 'the name of a condition in the template')
    const here = `${stack}.Conditions.${name}`
    if (open.includes(name)) throw invalid(here, [...open, name].join(' → '), 'no circle')
    open.push(name)
    const value = evaluate(conditions[name], here)
    open.pop()
    known.set(name, value)
    return value
  }

  function evaluate(value: unknown, where: string): boolean {
    const [name = '', argument, ...more] = Object.entries(Object(value)).flat()
    const list = Array.isArray(argument) ? argument : []
    if (more.length > 0 || !functions.includes(name as string)) {
      throw invalid(where, value, `one of ${functions.join(', ')}`)
    }
    const here = `${where}.${name}`
    const all = (min: number, max: number) => {
      if (list.length < min || list.length > max) {
        throw invalid(here, argument, `a list of ${min}${max > min ? ` to ${max}` : ''}`)
      }
      return list
    }
    // Every operand is evaluated: a mistake in one must not depend on the others' values.
    const flags = (min: number, max: number) =>
      all(min, max).map((item, index) => evaluate(item, `${here}[${index}]`))
    switch (name) {
      case 'Condition':
        if (typeof argument !== 'string') throw invalid(here, argument, 'the name of a condition')
        return decide(argument, here)
      case 'Fn::Equals': {
        const [left, right] = all(2, 2).map(item => JSON.stringify(resolveValue(item, here, scope)))
        return left === right
      }
      case 'Fn::And':
        return flags(2, 10).every(Boolean)
      case 'Fn::Or':
        return flags(2, 10).some(Boolean)
      default:
        return !flags(1, 1)[0]
    }
  }
  return decide
}
