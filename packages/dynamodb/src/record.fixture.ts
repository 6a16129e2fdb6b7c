import { type Key, keyOf } from './schema.ts'

/** A record with a value of its own in every field. */
export const openRecord = {
  state: 'OPEN',
  generation: 1,
  since: 2,
  openings: 1,
  environment: 'e',
  retryAt: 3,
  reason: 'relapse',
} as const

/** The key of an item of a circuit, in the partition that such an item has. */
export function keyAt(circuit: string, part: string): Key {
  return keyOf(/^(control|audit)/.test(part) ? 'control' : 'circuit', circuit, part)
}
