import { invalid } from '@breakwater/circuit/shared'
import { objectOf } from './template.ts'

const types = ['String', 'Number', 'CommaDelimitedList', 'List<Number>']

/**
 * The value of a template's parameter: the one given from outside, or its default.
 *
 * @param where what errors call the parameter
 * @throws TypeError for a type that would be looked up in an account, for a value that is missing or not allowed.
 */
export function parameterValue(where: string, declaration: unknown, given: string | undefined): unknown {
  const { Type, Default, AllowedValues, AllowedPattern } = objectOf(where, declaration)
  const value = given ?? Default
  if (typeof Type !== 'string' || !types.includes(Type)) {
    // The value that an account would look up has to be given.
    if (given !== undefined) return given
    throw invalid(`${where}.Type`, Type, `${types.join(', ')}; or give the parameter a value`)
  }
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw invalid(where, value, 'a text or a number: the parameter has no default, and was given no value')
  }
  const text = String(value)
  const items = Type.includes('List') ? text.split(',').map(item => item.trim()) : [text]
  for (const item of items) {
    if (Array.isArray(AllowedValues) && !AllowedValues.map(String).includes(item)) {
      throw invalid(where, item, `one of ${AllowedValues.join(', ')}`)
    }
    if (Type.includes('Number') && !Number.isFinite(Number.parseFloat(item)))
      throw invalid(where, item, 'a number')
    if (typeof AllowedPattern === 'string' && !new RegExp(`^(?:${AllowedPattern})$`).test(item)) {
      throw invalid(where, item, `a text of the form ${AllowedPattern}`)
    }
  }
  return Type.includes('List') ? items : text
}
