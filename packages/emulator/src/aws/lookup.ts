/**
 * Looks a reference up among parameters and secrets. A bare name is a parameter's if there is one, else a
 * secret's, as registry credentials have it.
 *
 * @example
 * const ecs = createEcs({ lookup: lookupIn(parameters, secrets) })
 */
export function lookupIn(parameters: { lookup: Lookup }, secrets: { lookup: Lookup }): Lookup {
  return valueFrom => parameters.lookup(valueFrom) ?? secrets.lookup(valueFrom)
}

/** The version that a container got for one reference of its task definition, without the secret's value. */
export interface Reading {
  /** As the task definition has it. */
  readonly valueFrom: string
  /** ARN of the secret or parameter. */
  readonly source: string
  /** Version id of a secret; version number of a parameter, as text. */
  readonly versionId: string
}

/** Finds the version that a reference stands for now. Undefined if there is none: the task does not start. */
export type Lookup = (valueFrom: string) => Omit<Reading, 'valueFrom'> | undefined
