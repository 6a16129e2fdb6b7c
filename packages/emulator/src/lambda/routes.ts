/** A path that was found among the resources of an API. */
export interface Match {
  readonly resource: string
  readonly pathParameters: Record<string, string> | null
}

/**
 * Finds the resource a path belongs to: the first of `resources` that fits, written as in API Gateway,
 * with `{name}` for one segment and `{name+}` for all the rest.
 *
 * @example
 * matchResource(['/orders/{id}', '/{proxy+}'], '/orders/7') // { resource: '/orders/{id}', pathParameters: { id: '7' } }
 */
export function matchResource(resources: readonly string[], path: string): Match | undefined {
  for (const resource of resources) {
    const found = pattern(resource).exec(path)
    if (!found) continue
    const values = Object.entries(found.groups ?? {}).map(([name, value]) => [name, decode(value)])
    return { resource, pathParameters: values.length > 0 ? Object.fromEntries(values) : null }
  }
  return undefined
}

function pattern(resource: string): RegExp {
  const source = resource
    .replace(/[.*?^$()|[\]\\]/g, '\\$&')
    .replace(/\{(\w+)\+\}/g, '(?<$1>.+)')
    .replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')
  return new RegExp(`^${source}$`)
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
