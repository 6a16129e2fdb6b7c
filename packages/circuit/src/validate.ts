/**
 * An error that names the option, the value it got and what is allowed, as all of Breakwater throws for bad input.
 * Objects, arrays and functions are never quoted, since a configuration may hold credentials.
 *
 * @example
 * if (!(ms > 0)) throw invalid('requestTimeoutMs', ms, 'a number above 0')
 */
export function invalid(name: string, value: unknown, allowed: string): TypeError {
  return new TypeError(`${name}: got ${shown(value)}; allowed is ${allowed}`)
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 64))
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value ? 'an object' : String(value)
}

/** The largest number any option may be: what `setTimeout` can hold in ms, about 24.8 days. */
export const largest = 2_147_483_647

/**
 * Returns the number when it is one the option may be, which its name says: shares (`…Rate`) are above 0 and at most
 * 1, times (`…Ms`) may have a fraction, all else is counted in whole numbers from 1 on. Only a ramp may take no time.
 *
 * @throws TypeError naming the option, the value and what is allowed.
 * @example
 * const attempts = checkNumber('attempts', options.attempts)
 */
export function checkNumber(name: string, value: unknown): number {
  const max = name.endsWith('Rate') ? 1 : largest
  const whole = /(Rate|Ms)$/.test(name) ? '' : 'whole '
  const good = (value as number) > 0 || (value === 0 && name.endsWith('recoveryMs'))
  if (typeof value === 'number' && good && value <= max && (!whole || Number.isInteger(value))) return value
  throw invalid(name, value, `a ${whole}number above 0, at most ${max}`)
}

/**
 * Returns the text when its length is in range.
 *
 * @throws TypeError naming the option, the value and what is allowed.
 * @example
 * const by = checkText('by', act.by)
 */
export function checkText(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= 256) return value
  throw invalid(name, value, 'a text of 1 to 256 characters')
}

/** Returns the value when it is an object that is no list. */
export function checkObject<T>(name: string, value: T): T {
  if (typeof value === 'object' && value && !Array.isArray(value)) return value
  throw invalid(name, value, 'an object')
}

/** Returns the value when it can be called. */
export function checkFunction<T>(name: string, value: T): T {
  if (typeof value === 'function') return value
  throw invalid(name, value, 'a function')
}
