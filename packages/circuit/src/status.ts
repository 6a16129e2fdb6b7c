import type { Counts } from './counts.ts'
import type { RejectScope } from './errors.ts'
import type { CircuitState, Control, TripReason } from './record.ts'

/** What one environment knows of a circuit at one moment. Times are epoch ms. */
export interface CircuitStatus {
  readonly circuit: string
  /** This environment. */
  readonly environment: string
  /** The state in force: an override's, else the fleet's, else (where nothing is shared) this environment's. */
  readonly state: CircuitState | 'FORCED_OPEN' | 'FORCED_CLOSED'
  /**
   * Who keeps calls out now: `fleet`, or `environment` where this environment's own gate does, though `state` may be
   * CLOSED for all others. Undefined while none does.
   */
  readonly scope: RejectScope | undefined
  readonly generation: number
  readonly since: number
  /** Openings in a row without a completed recovery. */
  readonly openings: number
  /** Why it opened; absent while closed. */
  readonly reason?: TripReason
  /** When the next probe may be made; only while open. */
  readonly retryAt?: number
  /** Share of calls let in, 0 to 1; between the two while traffic grows back. */
  readonly admittedShare: number
  /** True while a suspicion is checked: every environment reports its calls. */
  readonly suspect: boolean
  /** True while this environment sheds calls by its own gate, whatever the fleet says. */
  readonly shedding: boolean
  /** What this environment counted within `windowMs`; successes only where `failureRate`, `retry` or a store asks for them. */
  readonly calls: Counts
  /** The override in force. */
  readonly control: Control | undefined
  /** `none`: nothing is shared. `unread`: not asked yet. `unavailable`: reads, or writes, are not answered. */
  readonly store: 'none' | 'unread' | 'available' | 'unavailable'
}
