import type { Circuit, Circuits } from '@breakwater/circuit'
import { type Check, objectWith, required } from '@breakwater/circuit/shared'

/** A guard is given one circuit for all calls, or circuits by key. */
export const circuitOrCircuits: Check = {
  allowed: 'a Circuit or Circuits',
  good: value => hasMethod(value, 'run') || hasMethod(value, 'for'),
  required: true,
}

/** One circuit. */
export const aCircuit: Check = required(objectWith('a Circuit', 'run'))

function hasMethod(value: unknown, name: 'run' | 'for'): boolean {
  return typeof (value as Partial<Circuit & Circuits> | undefined)?.[name] === 'function'
}

/** The circuit of a key; undefined where a call has no key, and so is not guarded. */
export function circuitFor<C extends Partial<Circuit>>(
  circuits: C | Pick<Circuits, 'for'>,
  key: string | undefined,
): C | Circuit | undefined {
  if (key === undefined) return undefined
  return 'for' in circuits ? circuits.for(key) : circuits
}
