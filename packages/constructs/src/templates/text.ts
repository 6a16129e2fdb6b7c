/**
 * Parts that several mapping templates share. They are Velocity (VTL), as API Gateway's REST APIs run it, and keep to
 * what is documented: of Java's own methods only `replaceAll` and `contains` of String, and `get` of List.
 *
 * @module
 */

/**
 * An expression for a JSON string's inside. What `escapeJavaScript` makes is valid JSON but for the `\'`.
 *
 * @example
 * `"cause": "${escaped('$cause')}"`
 */
export function escaped(reference: string): string {
  return String.raw`$util.escapeJavaScript(${reference}).replaceAll("\\'", "'")`
}

/**
 * Sets a variable to a text of the payload, or to the empty text where there is none: setting it to nothing would
 * leave it as it was, and printing it would print its name.
 *
 * @example
 * setText('error', '$.error')
 */
export function setText(name: string, path: string): string {
  return `#set($${name} = "$!input.path('${path}')")`
}

/** The answer of every template that has no better one: `{"error","cause"}`. */
export const errorBody = `{"error": "${escaped('$error')}", "cause": "${escaped('$cause')}"}`
