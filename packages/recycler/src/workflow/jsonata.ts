/**
 * JSONata as texts, and pieces of it that several states need.
 *
 * @module
 */

/** The longest reason that travels with a service, in characters. */
const maxReasonLength = 300
/** The longest cause of an error that travels. */
const maxCauseLength = 1_000

/** An expression as a definition holds it. */
export const expression = (jsonata: string): string => `{% ${jsonata} %}`

/**
 * The JSONata of an object, out of the JSONata of its fields. A field that yields nothing is left out.
 *
 * @example
 * objectOf<VerifyAnswer>({ ok: 'true', failed: '[]', recycled: '$count($done)' })
 */
export function objectOf<T>(fields: { readonly [Name in keyof T]-?: string }): string {
  const parts = Object.entries<string>(fields).map(([name, jsonata]) => `'${name}': (${jsonata})`)
  return `{${parts.join(', ')}}`
}

/** A text cut short; nothing where there is none. */
export const shortened = (jsonata: string, length = maxReasonLength): string =>
  `$substring($string(${jsonata}), 0, ${length})`

const caught = '$states.errorOutput'
const anyCause = `($exists(${caught}.Cause) ? $string(${caught}.Cause) : '')`

/** What was caught, as a variable or an output holds it. */
export const caughtError = {
  error: expression(`${caught}.Error`),
  cause: expression(shortened(anyCause, maxCauseLength)),
} as const

/** Sets `$said` to the message of a function's error, or to the cause as it is. */
const findsSaid =
  `$cause := ${anyCause}; $found := $match($cause, /"errorMessage": *"(.*?)"(,|\\})/, 1); ` +
  `$said := $exists($found) ? $replace($found.groups[0], '\\\\"', '"') : $cause`

/**
 * What was caught, in a line for people. A function's cause is JSON with a stack trace, of which only the message is
 * shown; it may be cut off or no JSON, so it is not parsed.
 */
export const caughtInShort = `(${findsSaid}; ${shortened(`${caught}.Error & ($said = '' ? '' : ': ' & $said)`)})`

/** The same without the error's name. */
export const saidInShort = `(${findsSaid}; ${shortened('$said')})`
