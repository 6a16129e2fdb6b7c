import type { Circuit, Circuits } from '@breakwater/circuit'
import { type Check, objectWith, required } from '@breakwater/circuit/shared'

/** The check for the circuits of a guard: one Circuit for all calls, or Circuits by key. */
export const circuitOrCircuits: Check = {
  allowed: 'a Circuit or Circuits',
  good: value => hasMethod(value, 'run') || hasMethod(value, 'for'),
  required: true,
}

/** The check for a single circuit. */
export const aCircuit: Check = required(objectWith('a Circuit', 'run'))

function hasMethod(value: unknown, name: 'run' | 'for'): boolean {
  return typeof (value as Partial<Circuit & Circuits> | undefined)?.[name] === 'function'
}

/** The circuit of a key; undefined for a call without a key, which is not guarded. */
export function circuitFor<C extends Partial<Circuit>>(
  circuits: C | { for(key: string): C },
  key: string | undefined,
): C | undefined {
  if (key === undefined) return undefined
  return 'for' in circuits ? circuits.for(key) : circuits
}
