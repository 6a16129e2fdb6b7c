import { invalid } from '@breakwater/circuit/shared'
import type { ApiResource, ApiResources } from './resources.ts'

/** A method and the path it answers at. */
export interface Route {
  /** In API Gateway's notation: `/orders/{id}`. */
  readonly resource: string
  readonly method: ApiResource<'Method'>
}

/** Finds the method that a request is for. */
export type FindRoute<R extends Route> = (method: string, path: string) => R | undefined

const part = /^(?:[\w.:@~-]+|\{[A-Za-z_]\w*\+?\})$/

/** The methods of an API with the paths of their resources. */
export function readRoutes(resources: ApiResources, restApi: ApiResource<'RestApi'>): readonly Route[] {
  const roots = restApi.names.map(name => `${name}.RootResourceId`)

  function pathOf(id: string, where: string, seen: readonly string[] = []): string {
    if (roots.includes(id)) return ''
    const { id: known, properties } = resources.find('Resource', id, where, `, or ${roots[0]}`)
    if (seen.includes(known)) throw invalid(where, id, 'a resource that is not its own parent')
    if (!part.test(properties.PathPart))
      throw invalid(`${known}.PathPart`, properties.PathPart, 'letters, digits and ._:@~-, {name} or {name+}')
    const parent = pathOf(properties.ParentId, `${known}.ParentId`, [...seen, known])
    if (parent.endsWith('+}')) throw invalid(`${known}.ParentId`, parent, 'a resource that is not greedy')
    return `${parent}/${properties.PathPart}`
  }

  for (const { id } of resources.all('Resource')) pathOf(id, id)
  const routes = new Map<string, Route>()
  for (const method of resources.all('Method')) {
    const resource = pathOf(method.properties.ResourceId, `${method.id}.ResourceId`) || '/'
    const name = `${method.properties.HttpMethod} ${resource}`
    if (routes.has(name)) throw invalid(`${method.id}.HttpMethod`, name, 'one method of a kind on a resource')
    routes.set(name, { resource, method })
  }
  return [...routes.values()]
}

/**
 * Prepares routing: a fixed part of a path goes before a parameter, and that before a greedy one; a method's own name
 * before ANY.
 */
export function router<R extends Route>(routes: readonly R[]): FindRoute<R> {
  const byMethod = new Map<
    string,
    { readonly resources: readonly string[]; readonly routes: Map<string, R> }
  >()
  return (method, path) => {
    let candidates = byMethod.get(method)
    if (!candidates) {
      const own = new Map<string, R>()
      for (const name of ['ANY', method]) {
        for (const route of routes) {
          if (route.method.properties.HttpMethod === name) own.set(route.resource, route)
        }
      }
      candidates = { resources: [...own.keys()].sort(bySpecificity), routes: own }
      byMethod.set(method, candidates)
    }
    const match: Match | undefined = matchResource(candidates.resources, path)
    return match && candidates.routes.get(match.resource)
  }
}

function bySpecificity(some: string, other: string): number {
  const [left, right] = [some.split('/'), other.split('/')]
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = vagueness(left[index]) - vagueness(right[index])
    if (difference !== 0) return difference
  }
  return 0
}

function vagueness(part: string | undefined): number {
  if (part === undefined || !part.startsWith('{')) return 0
  return part.endsWith('+}') ? 2 : 1
}

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
