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

/**
 * The error for an option that does not exist: a misspelt one would be a silent default.
 *
 * @param where what the message begins with.
 * @param known the names of the options that exist.
 * @example
 * throw unknownOption('retry: option', 'attemps', ['attempts']) // … did you mean attempts?
 */
export function unknownOption(where: string, name: string, known: readonly string[]): TypeError {
  const [nearest] = known
    .map(option => [option, distance(plain(name), plain(option))] as const)
    .sort(([, a], [, b]) => a - b)
  const hint = nearest && nearest[1] <= Math.min(2, name.length / 3) ? `; did you mean ${nearest[0]}?` : ''
  return invalid(where, name, known.join(', ') + hint)
}

/** Without its unit: the most frequent mistake is to leave it out. */
function plain(name: string): string {
  return name
    .slice(0, 64)
    .toLowerCase()
    .replace(/(ms|millis|rate)$/, '')
}

/** How many letters must be put in, left out or changed to make one text of the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1]
    for (let at = 0; at < to.length; at++)
      next.push(Math.min(next[at]! + 1, row[at + 1]! + 1, row[at]! + (to[at] === letter ? 0 : 1)))
    row = next
  }
  return row[to.length]!
}

/** Characters that a terminal or a log takes for a command, a new line or another direction of writing. */
const controls = /[\p{Control}\p{Surrogate}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/**
 * A text with all control characters escaped, as JSON escapes them: a name may come from a caller, and go into a log.
 *
 * @example
 * logger.warn(escapeControls(`Circuit ${name} is open`))
 */
export function escapeControls(text: string): string {
  return text.replace(controls, it => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A text between quotes, with all control characters escaped. */
export function quoted(text: string): string {
  return escapeControls(JSON.stringify(text))
}

function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value.slice(0, 64))
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

/**
 * Whether a value may name a circuit, or what else goes into keys, metrics and logs: a text of 1 to 256 characters, none
 * of which is a control character, a mark of direction or half a surrogate pair.
 */
export function isPlainText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 256 && value.search(controls) < 0
}

/** What {@link isPlainText} allows, in words. */
export const aPlainText = 'a text of 1 to 256 characters without control characters'

/** Returns the text when it is such a text. */
export function checkPlainText(name: string, value: unknown): string {
  if (isPlainText(value)) return value
  throw invalid(name, value, aPlainText)
}

/** Returns the value when it is an object that is no list. */
export function checkObject<T>(name: string, value: T): T {
  if (typeof value === 'object' && value && !Array.isArray(value)) return value
  throw invalid(name, value, 'an object')
}

/** Returns the value when it is a signal, of whatever realm or polyfill, or none. A controller is a frequent mistake. */
export function checkSignal<T>(name: string, value: T): T {
  const { aborted, addEventListener } = (value ?? {}) as Partial<Record<string, unknown>>
  if (value == null || (typeof aborted === 'boolean' && typeof addEventListener === 'function')) return value
  throw invalid(name, value, 'an AbortSignal')
}

/** Returns the value when it is true or false: a text such as 'false' would be true. */
export function checkBoolean<T>(name: string, value: T): T {
  if (typeof value === 'boolean') return value
  throw invalid(name, value, 'true or false')
}

/** Throws where an object has a field by another name than these. */
export function checkNames(where: string, value: object, known: readonly string[]): void {
  for (const name of Object.keys(value)) if (!known.includes(name)) throw unknownOption(where, name, known)
}

/**
 * What a text of the environment says, in any case; undefined where it says neither. No text is no.
 *
 * @example
 * const enabled = booleanOf(process.env.ENABLED ?? '') ?? false
 */
export function booleanOf(text: string): boolean | undefined {
  if (/^\s*(true|1|yes|on)\s*$/i.test(text)) return true
  return /^\s*(false|0|no|off)?\s*$/i.test(text) ? false : undefined
}

/** Returns the value when it can be called. */
export function checkFunction<T>(name: string, value: T): T {
  if (typeof value === 'function') return value
  throw invalid(name, value, 'a function')
}
