import type { Clock } from './clock.ts'
import type { CircuitEvent, TransitionEvent } from './events.ts'
import type { ResolvedPolicy } from './policy.ts'
import type { CircuitRecord } from './record.ts'

/** One name for this process: in records and events, unless it is given another, and in its leases. */
export const processName = Math.random().toString(36).slice(2)

type Untold<E> = E extends unknown ? Omit<E, 'circuit' | 'at'> & { readonly at?: number } : never

/** What all parts of one circuit in one environment have in common. */
export interface CircuitScope {
  readonly circuit: string
  readonly environment: string
  readonly policy: ResolvedPolicy
  readonly clock: Clock
  readonly random: () => number
  /** Tells the listeners; adds the circuit's name, and the present where the event names no time. */
  readonly tell: (event: Untold<CircuitEvent>) => void
}

/** Tells of a change from one record to the next. */
export function tellTransition(
  { tell }: CircuitScope,
  from: CircuitRecord,
  to: CircuitRecord,
  how: Pick<TransitionEvent, 'scope' | 'origin' | 'counts'>,
): void {
  const { state, generation, environment, since: at } = to
  tell({
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
