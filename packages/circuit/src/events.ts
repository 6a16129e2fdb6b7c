import type { Counts } from './counts.ts'
import type { RejectReason, RejectScope, StoreErrorKind } from './errors.ts'
import type { CircuitState, Control, TripReason } from './record.ts'
import type { CircuitStatus } from './status.ts'

/** The three outcomes of a call, as its circuit counts them. */
export type Outcome = 'success' | 'failure' | 'ignored'

/**
 * A circuit changed its state.
 * `scope`: `fleet` for the state all environments share, `environment` for the gate one environment keeps.
 * `origin`: `here` where this environment made the change (exactly one in the fleet), `elsewhere` where it learned of it.
 */
export interface TransitionEvent {
  readonly type: 'transition'
  readonly circuit: string
  readonly scope: RejectScope
  readonly origin: 'here' | 'elsewhere'
  readonly from: CircuitState
  readonly to: CircuitState
  readonly generation: number
  readonly environment: string
  readonly at: number
  readonly reason: TripReason | 'probing' | 'recovered'
  readonly retryAt?: number
  readonly counts?: Counts
}

/** A call settled. `durationMs` is what the caller waited for the dependency; `at` is epoch ms. */
export interface CallEvent {
  readonly type: 'call'
  readonly circuit: string
  readonly outcome: Outcome
  readonly at: number
  readonly durationMs: number
  readonly slow: boolean
  readonly probe: boolean
}

/** A call was rejected, or would have been (`observed`: the circuit is in observe-only mode and let it pass). */
export interface RejectionEvent {
  readonly type: 'rejection'
  readonly circuit: string
  readonly reason: RejectReason
  readonly scope: RejectScope
  readonly retryAfterMs: number
  readonly observed: boolean
  readonly at: number
}

/** A call failed and is made again, `waitMs` from `at` on. `attempt`: which one failed, from 1 on. */
export interface RetryEvent {
  readonly type: 'retry'
  readonly circuit: string
  readonly attempt: number
  readonly waitMs: number
  readonly at: number
}

/** A fallback answered in place of the dependency. */
export interface FallbackEvent {
  readonly type: 'fallback'
  readonly circuit: string
  readonly at: number
}

/** The store failed; calls go on under the environment's own gate. Sent once for each stretch of failures. */
export interface StoreFailureEvent {
  readonly type: 'store-failure'
  readonly circuit: string
  readonly kind: StoreErrorKind
  readonly message: string
  readonly at: number
}

/** The store answers again after having failed. */
export interface StoreRecoveryEvent {
  readonly type: 'store-recovery'
  readonly circuit: string
  readonly at: number
}

/** Settings of the environment cannot be used; the circuit goes on without them. Sent with its first call. */
export interface MisconfigurationEvent {
  readonly type: 'misconfiguration'
  readonly circuit: string
  readonly message: string
  readonly at: number
}

/** An operator's override came into force, changed or ended (`control` undefined). */
export interface ControlEvent {
  readonly type: 'control'
  readonly circuit: string
  readonly control: Control | undefined
  readonly at: number
}

/**
 * A keyed circuit that keeps calls out, recovers or is forced was dropped from memory: more keys are in use than
 * `maxCircuits` of {@link Circuits}, and none of the others was worth less. Sent once for each circuit that is dropped.
 * `state`: the state it was in. `scope`: `environment` where that is lost, and the key's next call is let in; `fleet`
 * where it is in the store, and the next call reads it.
 */
export interface EvictionEvent {
  readonly type: 'eviction'
  readonly circuit: string
  readonly state: CircuitStatus['state']
  readonly scope: RejectScope
  readonly at: number
}

/**
 * More new keys came than `maxNewPerSecond` of {@link Circuits}: the calls of this one, and of others until there are fewer,
 * are each guarded by a circuit that is neither shared nor kept. Sent once, until no such key has come for about a second.
 */
export interface UnsharedEvent {
  readonly type: 'unshared'
  readonly circuit: string
  readonly at: number
}

/** What every event has beside its own fields. */
export interface GroupedEvent {
  /**
   * What all circuits of the same {@link Circuits} have in common: their prefix, as in `tenant:*`, or `*` without one.
   * Undefined for a circuit by itself. The names of keyed circuits are as many as their keys; this is one for all.
   */
  readonly group?: string | undefined
}

/** An event of a circuit. */
export type CircuitEvent = GroupedEvent &
  (
    | TransitionEvent
    | CallEvent
    | RejectionEvent
    | RetryEvent
    | FallbackEvent
    | StoreFailureEvent
    | StoreRecoveryEvent
    | ControlEvent
    | MisconfigurationEvent
    | EvictionEvent
    | UnsharedEvent
  )

/** Called with events. Whatever it throws, rejects with or delays, the call's result stands. */
export type CircuitListener = (event: CircuitEvent) => unknown
