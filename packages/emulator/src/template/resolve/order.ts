import { invalid } from '@breakwater/circuit/shared'
import type { ResolvedResource } from '../types.ts'

/** A resource, and the places of those it refers to or waits for. */
export interface ResourceWithNeeds {
  readonly resource: ResolvedResource
  readonly needs: ReadonlySet<string>
}

/**
 * Puts resources behind those they need, and otherwise leaves them in their order.
 *
 * @throws TypeError naming the circle, if there is one.
 */
export function inOrder(all: readonly ResourceWithNeeds[]): readonly ResolvedResource[] {
  const byWhere = new Map(all.map(item => [item.resource.where, item]))
  const done = new Set<ResolvedResource>()
  const path: string[] = []

  function add({ resource, needs }: ResourceWithNeeds): void {
    if (done.has(resource)) return
    const { where } = resource
    const from = path.indexOf(where)
    if (from !== -1)
      throw invalid(where, [...path.slice(from), where].map(idOf).join(' → '), 'no circle of references')
    path.push(where)
    for (const need of needs) {
      const needed = byWhere.get(need)
      if (needed) add(needed)
    }
    path.pop()
    done.add(resource)
  }

  for (const item of all) add(item)
  return [...done]
}

function idOf(where: string): string {
  return where.slice(where.lastIndexOf('.') + 1)
}
