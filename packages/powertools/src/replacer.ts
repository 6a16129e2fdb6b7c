import { escapeControls } from '@breakwater/circuit/shared'

const plainPrototypes: readonly unknown[] = [Object.prototype, null]

/** The copies of objects whose names were escaped: one an object, so that a logger recognises a cycle. */
const copies = new WeakMap<object, object>()

/**
 * A replacer for `JSON.stringify`, and so the `jsonReplacerFn` of a Powertools `Logger`: escapes control characters,
 * those of 8 bits and of the direction of writing too, in all texts and names of fields. JSON leaves some of them as they
 * are, and a viewer that decodes the line would send all of them to a terminal. A `stack` keeps its lines.
 *
 * @example
 * const logger = new Logger({ jsonReplacerFn: escapingReplacer })
 */
export function escapingReplacer(key: string, value: unknown): unknown {
  if (typeof value === 'string') {
    return key === 'stack' ? value.split('\n').map(escapeControls).join('\n') : escapeControls(value)
  }
  if (typeof value !== 'object' || value === null) return value
  return plainPrototypes.includes(Object.getPrototypeOf(value)) ? withEscapedNames(value) : value
}

function withEscapedNames(value: object): object {
  if (Object.keys(value).every(name => name === escapeControls(name))) return value
  const known = copies.get(value)
  if (known !== undefined) return known
  const copy = Object.fromEntries(
    Object.entries(value).map(([name, field]) => [escapeControls(name), field as unknown]),
  )
  copies.set(value, copy)
  return copy
}
