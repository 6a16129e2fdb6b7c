import { invalid } from '@breakwater/circuit/shared'

/** A path that has been read: names and indexes from the root on. */
export type JsonPath = readonly (string | number)[]

const step = /\.([^.[\]()*?@,:'"\s]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y

/**
 * Reads the part of JSONPath that names one place: `$`, `.name`, `['name']` and `[0]`.
 *
 * @throws TypeError for wildcards, filters, slices, `..` and functions.
 * @example
 * parseJsonPath("$.items[0]['unit price']") // ['items', 0, 'unit price']
 */
export function parseJsonPath(path: string): JsonPath {
  const steps: (string | number)[] = []
  step.lastIndex = 1
  let at = 1
  while (path[0] === '$' && at < path.length) {
    const found = step.exec(path)
    if (!found) break
    const [, name, index, single, double] = found
    if (index !== undefined) steps.push(Number(index))
    else steps.push(name ?? (single ?? double ?? '').replace(/\\(.)/g, '$1'))
    at = step.lastIndex
  }
  if (path[0] === '$' && at === path.length) return steps
  throw invalid('JSONPath', path, "$ followed by .name, ['name'] or [0], as often as needed")
}

/** The value at a path; undefined if there is none. */
export function at(value: unknown, path: JsonPath): unknown {
  let found = value
  for (const key of path) {
    const fits = typeof key === 'number' ? Array.isArray(found) : isMap(found)
    if (!fits || !Object.hasOwn(found as object, key)) return undefined
    found = (found as Record<string | number, unknown>)[key]
  }
  return found
}

/** An object as JSON has it, not an array. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
