/** An error that names the option, the value it got and what is allowed. */
export function invalid(name: string, value: unknown, allowed: string): TypeError | RangeError {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 64)) : String(value)
  const Kind = typeof value === 'number' ? RangeError : TypeError
  return new Kind(`${name}: got ${shown}; allowed is ${allowed}`)
}

/** Returns the number when it is in range, and whole if it must be. A `min` of 0 for a share means above 0. */
export function checkNumber(name: string, value: unknown, min: number, max: number, share = false): number {
  const good = share ? (value as number) > min : (value as number) >= min && Number.isInteger(value)
  if (typeof value === 'number' && good && value <= max) return value
  throw invalid(
    name,
    value,
    share ? `a number above ${min}, at most ${max}` : `a whole number from ${min} to ${max}`,
  )
}

/** Returns the text when its length is in range. */
export function checkText(name: string, value: unknown, max: number): string {
  if (typeof value === 'string' && value !== '' && value.length <= max) return value
  throw invalid(name, value, `a text of 1 to ${max} characters`)
}

/** Returns the value when it can be called. */
export function checkFunction<T>(name: string, value: T): T {
  if (typeof value === 'function') return value
  throw invalid(name, value, 'a function')
}
