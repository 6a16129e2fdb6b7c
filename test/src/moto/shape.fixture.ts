/** The fields of an answer with their types, by path; the first of a list stands for all, and `*` for made-up keys. */
export function shapeOf(
  value: unknown,
  path = '',
  shape: Record<string, string> = {},
): Record<string, string> {
  if (value === undefined) return shape
  if (value instanceof Date) shape[path] = 'date'
  else if (value instanceof Uint8Array) shape[path] = 'bytes'
  else if (Array.isArray(value)) {
    shape[path] = 'list'
    shapeOf(value[0], `${path}[]`, shape)
  } else if (typeof value === 'object' && value !== null) {
    shape[path] = 'object'
    for (const [name, item] of Object.entries(value)) {
      // The client adds this, not the service.
      if (name === '$metadata') continue
      shapeOf(item, `${path}.${/^[\da-f-]{36}$/.test(name) ? '*' : name}`, shape)
    }
  } else shape[path] = value === null ? 'null' : typeof value
  return shape
}
