import { invalid } from '@breakwater/circuit/shared'
import { identities } from './identities.ts'
import { onlySupported } from './properties.ts'
import { type Part, quietTypes, runTypes } from './run-types.ts'
import type { ResolvedResource } from './types.ts'

/** Types a template may hold. */
export function isKnownType(type: string): boolean {
  return Object.hasOwn(identities, type) && (Object.hasOwn(runTypes, type) || Object.hasOwn(quietTypes, type))
}

/**
 * The resources that each part runs, in order.
 *
 * @throws TypeError naming the first resource or property that is not supported.
 */
export function partsOf(
  resources: readonly ResolvedResource[],
): Readonly<Record<Part, readonly ResolvedResource[]>> {
  const parts: Record<Part, ResolvedResource[]> = {
    tables: [],
    functions: [],
    machines: [],
    apis: [],
    buses: [],
    queues: [],
  }
  for (const resource of resources) {
    const { type, where, properties } = resource
    if (!isKnownType(type)) throw unknownType(where, type)
    const run = runTypes[type]
    if (!run) continue
    if (run.properties) onlySupported(where, properties, run.properties)
    parts[run.part].push(resource)
  }
  return parts
}

/** The error for a type that is neither run nor understood. */
export function unknownType(where: string, type: string): TypeError {
  return invalid(`${where}.Type`, type, `one of ${Object.keys({ ...runTypes, ...quietTypes }).join(', ')}`)
}
