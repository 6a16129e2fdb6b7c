import type { Lookup } from './reading.ts'

/**
 * Finds what a reference means among parameters and secrets. A bare name is a parameter's if there is one, else a
 * secret's, as registry credentials have it.
 *
 * @example
 * const ecs = createEcs({ lookup: lookupIn(parameters, secrets) })
 */
export function lookupIn(parameters: { lookup: Lookup }, secrets: { lookup: Lookup }): Lookup {
  return valueFrom => parameters.lookup(valueFrom) ?? secrets.lookup(valueFrom)
}
