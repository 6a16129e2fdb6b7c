import { invalid } from '@breakwater/circuit/shared'

type Properties = Readonly<Record<string, unknown>>

/** Returns the value if it is an object whose properties are all among the allowed; the error names the one that is not. */
export function checkProperties(name: string, value: unknown, allowed: readonly string[]): Properties {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(name, value, `an object of ${allowed.join(', ')}`)
  }
  for (const property of Object.keys(value)) {
    if (!allowed.includes(property)) {
      throw invalid(
        `${name}.${property}`,
        (value as Properties)[property],
        `nothing: supported are ${allowed.join(', ')}`,
      )
    }
  }
  return value as Properties
}

/** Returns the text, or the default if there is none. */
export function textOf(name: string, value: unknown, otherwise?: string): string {
  if (value === undefined && otherwise !== undefined) return otherwise
  if (typeof value === 'string' && value !== '') return value
  throw invalid(name, value, 'a text')
}

/** Returns the whole number, or the default if there is none; CloudFormation allows numbers written as texts. */
export function wholeOf(name: string, value: unknown, min: number, max: number, otherwise: number): number {
  if (value === undefined) return otherwise
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  if (Number.isInteger(number) && (number as number) >= min && (number as number) <= max)
    return number as number
  throw invalid(name, value, `a whole number from ${min} to ${max}`)
}

/** Returns the truth value, or the default if there is none; CloudFormation allows the texts true and false. */
export function flagOf(name: string, value: unknown, otherwise: boolean): boolean {
  if (value === undefined) return otherwise
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw invalid(name, value, 'true or false')
}
