import type { Clock } from './clock.ts'
import type { CircuitEvent, TransitionEvent } from './events.ts'
import type { ResolvedPolicy } from './policy.ts'
import type { CircuitRecord } from './record.ts'

/** What all parts of one circuit in one environment have in common. */
export interface CircuitScope {
  readonly circuit: string
  readonly environment: string
  readonly policy: ResolvedPolicy
  readonly clock: Clock
  readonly random: () => number
  readonly tell: (event: CircuitEvent) => void
}

/** Tells of a change from one record to the next. */
export function tellTransition(
  { circuit, tell }: CircuitScope,
  from: CircuitRecord,
  to: CircuitRecord,
  scope: TransitionEvent['scope'],
  origin: TransitionEvent['origin'],
  counts?: TransitionEvent['counts'],
): void {
  const { state, generation, environment, since: at } = to
  tell({
    type: 'transition',
    circuit,
    scope,
    origin,
    from: from.state,
    to: state,
    generation,
    environment,
    at,
    reason: state === 'CLOSED' ? 'recovered' : state === 'HALF_OPEN' ? 'probing' : to.reason,
    ...(state === 'OPEN' && { retryAt: to.retryAt }),
    ...(counts && { counts }),
  })
}
