import { type Check, invalid, listOf, objectWith } from '@breakwater/circuit/shared'
import { type Duration, Token } from 'aws-cdk-lib'

/** A Duration; another copy of aws-cdk-lib has another class. {@link checkDuration} checks how long it is. */
export const aDuration = objectWith('a Duration', 'toMilliseconds', 'toHumanString')

/** A range of durations, both ends included. */
export interface DurationRange {
  readonly min: Duration
  readonly max: Duration
  readonly step?: Duration
}

/**
 * Checks how long a Duration is. Undefined stands for the default.
 *
 * @throws TypeError for one that is out of range, and for one that only the deployment knows.
 */
export function checkDuration(
  owner: string,
  name: string,
  value: Duration | undefined,
  { min, max, step }: DurationRange,
): void {
  if (value === undefined) return
  const [from, to, unit] = [min, max, step].map(one => one?.toHumanString())
  const allowed = `a Duration from ${from} to ${to}${unit === undefined ? '' : `, in steps of ${unit}`}`
  if (value.isUnresolved()) throw invalid(`${owner}: ${name}`, 'a token', allowed)
  const ms = value.toMilliseconds()
  const isStep = !step || ms % step.toMilliseconds() === 0
  if (ms >= min.toMilliseconds() && ms <= max.toMilliseconds() && isStep) return
  throw invalid(`${owner}: ${name}`, value.toHumanString(), allowed)
}

/**
 * A list of at least one text, each once and like a pattern; the texts may hold tokens.
 *
 * @param one what each text should be.
 * @param many the same in the plural.
 */
export function textsLike(pattern: RegExp, one: string, many: string): Check {
  const item: Check = {
    allowed: one,
    good: value => typeof value === 'string' && (Token.isUnresolved(value) || pattern.test(value)),
  }
  const list = listOf(item, `${many}, each once`, 1)
  return {
    ...list,
    good: (value, where) =>
      !Token.isUnresolved(value) &&
      list.good(value, where) &&
      new Set(value as string[]).size === (value as string[]).length,
  }
}
