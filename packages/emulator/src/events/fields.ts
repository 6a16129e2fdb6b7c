/** One value of an event, with the elements of the arrays it stands in. */
export interface Field {
  readonly value: unknown
  readonly elements: Elements
}

/** Which element of which array; arrays are numbered as they are met. */
export type Elements = ReadonlyMap<number, number>

/**
 * An event as its values by dotted path. An object or array that holds no value leaves no trace: to EventBridge it
 * does not exist.
 */
export function fieldsOf(event: object): ReadonlyMap<string, readonly Field[]> {
  const fields = new Map<string, Field[]>()
  let arrays = 0

  function walk(path: string, value: unknown, elements: Elements): void {
    if (Array.isArray(value)) {
      const array = arrays++
      for (const [index, element] of value.entries()) {
        // Only what has fields of its own has to belong to the same element as others.
        const nested = typeof element === 'object' && element !== null
        walk(path, element, nested ? new Map([...elements, [array, index]]) : elements)
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value))
        walk(path ? `${path}.${name}` : name, inner, elements)
    } else if (value !== undefined) {
      const known = fields.get(path)
      if (known) known.push({ value, elements })
      else fields.set(path, [{ value, elements }])
    }
  }

  walk('', event, new Map())
  return fields
}

/** Both together, or undefined if they are different elements of one array. */
export function together(one: Elements, other: Elements): Elements | undefined {
  for (const [array, index] of other) if ((one.get(array) ?? index) !== index) return undefined
  return other.size === 0 ? one : new Map([...one, ...other])
}
