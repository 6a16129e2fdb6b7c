/** Whether a value may be given, and in words what may be. */
export interface Check {
  /** Words that follow "allowed is". */
  readonly allowed: string
  readonly good: (value: unknown) => boolean
  /** True where the value must be given. @default false: `undefined` stands for the default */
  readonly required?: boolean
}

/**
 * Checks the options of a function, one check for each. An unknown option is refused: a misspelt one would be a silent
 * default.
 *
 * @param owner the function that was called; every message begins with it.
 * @throws TypeError `owner: name: got VALUE; allowed is …`
 */
export function checkOptions<T extends object>(
  owner: string,
  options: T,
  checks: { readonly [Name in keyof T]-?: Check },
): void {
  const names = Object.keys(checks)
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw invalid(`${owner}: option`, name, names.join(', '))
  }
  for (const [name, { allowed, good, required }] of Object.entries<Check>(checks)) {
    const value = options[name as keyof T]
    if ((value !== undefined || required) && !good(value)) throw invalid(`${owner}: ${name}`, value, allowed)
  }
}

/** An error that names the option, the value and what is allowed. Objects and functions are never quoted. */
export function invalid(name: string, value: unknown, allowed: string): TypeError {
  return new TypeError(`${name}: got ${shown(value)}; allowed is ${allowed}`)
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 64))
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value ? 'an object' : String(value)
}

/** Any value: what it may be is checked when it is read. */
export const anything: Check = { allowed: 'any value', good: () => true }

/** A function. */
export const aFunction: Check = { allowed: 'a function', good: value => typeof value === 'function' }

/** An object. */
export const anObject: Check = {
  allowed: 'an object',
  good: value => typeof value === 'object' && value !== null && !Array.isArray(value),
}

/** A text that matches a pattern. */
export function textLike(pattern: RegExp, allowed: string): Check {
  return { allowed, good: value => typeof value === 'string' && pattern.test(value) }
}

/** An object with methods of these names. */
export function objectWith(allowed: string, ...methods: readonly string[]): Check {
  return {
    allowed,
    good: value =>
      methods.every(name => typeof (value as Record<string, unknown> | null)?.[name] === 'function'),
  }
}
