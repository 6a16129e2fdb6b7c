import { invalid } from '@breakwater/circuit/shared'
import { type Duration, Token } from 'aws-cdk-lib'

/**
 * A whole number, or the default.
 *
 * @throws TypeError for anything else.
 */
export function whole(name: string, value: unknown, least: number, most: number, otherwise: number): number {
  if (value === undefined) return otherwise
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) {
    return value as number
  }
  throw invalid(name, value, `a whole number from ${least} to ${most}`)
}

/**
 * true or false, or the default.
 *
 * @throws TypeError for anything else: texts such as 'false' above all.
 */
export function flag(name: string, value: unknown, otherwise: boolean): boolean {
  if (value === undefined) return otherwise
  if (typeof value === 'boolean') return value
  throw invalid(name, value, 'true or false')
}

/**
 * A Duration within bounds, or the default.
 *
 * @throws TypeError for anything else, and for a Duration that only the deployment knows.
 */
export function duration(
  name: string,
  value: Duration | undefined,
  bounds: { readonly least: Duration; readonly most: Duration; readonly unit?: Duration },
  otherwise: Duration,
): Duration {
  if (value === undefined) return otherwise
  const { least, most, unit } = bounds
  const allowed = `a Duration from ${text(least)} to ${text(most)}${unit ? `, in steps of ${text(unit)}` : ''}`
  // Another copy of aws-cdk-lib has another class.
  if (typeof value?.toMilliseconds !== 'function') throw invalid(name, value, allowed)
  if (value.isUnresolved()) throw invalid(name, 'a token', allowed)
  const ms = value.toMilliseconds()
  const inSteps = !unit || ms % unit.toMilliseconds() === 0
  if (ms >= least.toMilliseconds() && ms <= most.toMilliseconds() && inSteps) return value
  throw invalid(name, text(value), allowed)
}

/**
 * A list of texts, which may hold tokens; undefined for none given.
 *
 * @throws TypeError for an empty list, one that names something twice, and for texts that are not as they must be.
 */
export function texts(
  name: string,
  value: readonly string[] | undefined,
  pattern: RegExp,
  allowed: string,
): readonly string[] | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value) || value.length === 0 || Token.isUnresolved(value)) {
    throw invalid(name, value, `a list of ${allowed}`)
  }
  for (const one of value) {
    if (typeof one === 'string' && (Token.isUnresolved(one) || pattern.test(one))) continue
    throw invalid(name, one, allowed)
  }
  const twice = value.find((one, index) => value.indexOf(one) !== index)
  if (twice !== undefined) throw invalid(name, twice, `${allowed}, each once`)
  return value
}

function text(value: Duration): string {
  return value.toHumanString()
}
