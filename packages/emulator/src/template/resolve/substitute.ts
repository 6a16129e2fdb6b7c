/** A variable, or, with an exclamation mark, a text that only looks like one. */
const variable = /\$\{(!?)([^{}]*)\}/g

/** Replaces `${name}` in a text; `${!name}` becomes `${name}`. */
export function substitute(text: string, meaningOf: (name: string) => string): string {
  return text.replace(variable, (_, literal: string, name: string) =>
    literal ? `\${${name}}` : meaningOf(name.trim()),
  )
}
