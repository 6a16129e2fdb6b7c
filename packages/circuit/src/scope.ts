import type { Clock } from './clock.ts'
import type { CircuitEvent, TransitionEvent } from './events.ts'
import type { ResolvedPolicy } from './policy.ts'
import type { CircuitRecord } from './record.ts'

/** One name for this process: in records and events, unless it is given another, and in its leases. */
export const processName = Math.random().toString(36).slice(2)

/** An event as a part of the circuit emits it: the circuit adds its name, and the present where there is no time. */
export type NewEvent<E> = E extends unknown ? Omit<E, 'circuit' | 'at'> & { readonly at?: number } : never

/** The settings and helpers that all parts of one circuit in one environment share. */
export interface CircuitScope {
  readonly circuit: string
  readonly environment: string
  readonly policy: ResolvedPolicy
  readonly clock: Clock
  readonly random: () => number
  /** Calls the listeners; adds the circuit's name, and the present where the event names no time. */
  readonly emit: (event: NewEvent<CircuitEvent>) => void
}

/** Emits the event of a change from one record to the next. */
export function emitTransition(
  { emit }: CircuitScope,
  from: CircuitRecord,
  to: CircuitRecord,
  how: Pick<TransitionEvent, 'scope' | 'origin' | 'counts'>,
): void {
  const { state, generation, environment, since: at } = to
  emit({
    type: 'transition',
    ...how,
    from: from.state,
    to: state,
    generation,
    environment,
    at,
    reason: state === 'CLOSED' ? 'recovered' : state === 'HALF_OPEN' ? 'probing' : to.reason,
    ...(state === 'OPEN' && { retryAt: to.retryAt }),
  })
}
