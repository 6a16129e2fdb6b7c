import { createHash } from 'node:crypto'

/**
 * The name of a resource that its template gives none: as CloudFormation makes it, but the same each time.
 *
 * @param maxLength a longer name is cut, and told from others by a digest
 */
export function physicalName(stack: string, id: string, maxLength: number, suffix = ''): string {
  const name = `${stack}-${id}`
  if (name.length + suffix.length <= maxLength) return name + suffix
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return `${name.slice(0, maxLength - suffix.length - 9)}-${digest}${suffix}`
}

/** An id in the form of a UUID, the same each time. */
export function physicalId(stack: string, id: string): string {
  const digest = createHash('sha256').update(`${stack}/${id}`).digest('hex')
  return digest.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
