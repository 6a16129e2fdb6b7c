import type { BreakerState } from '@breakwater/simulator'

/** The one key under which every model keeps its circuit. */
export const circuitKey = 'circuit'

/** State of a shared circuit. Every model keeps it in the attribute `state` of its item, in these words. */
export type SharedState = 'CLOSED' | 'OPEN' | 'HALF_OPEN'

/** The letter of a state in results. */
export function letterOf(state: SharedState): BreakerState {
  return state === 'CLOSED' ? 'c' : state === 'OPEN' ? 'o' : 'h'
}
