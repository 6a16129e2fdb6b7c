import type { MachineEvent } from './machine.ts'
import type { CircuitRecord, Control } from './record.ts'
import type { CircuitScope } from './scope.ts'

/** What a view of the fleet needs to know. */
export interface FleetConfig extends CircuitScope {
  /** Called when the shared record has changed its state: what was counted before is out of date. */
  readonly changed: () => void
}

/** One environment's view of the state that all environments share, as its circuit uses it. */
export interface FleetView {
  readonly record: CircuitRecord
  control: Control | undefined
  /** Whether the store answers; `unread` before it was first asked. */
  readonly health: 'unread' | 'available' | 'unavailable'
  /** Starts a read if one is due; a promise only where the call must wait for it, at most `storeWaitMs`. */
  freshen(now: number): Promise<unknown> | undefined
  /** Reads now, strongly consistent. Never rejects. */
  refresh(): Promise<void>
  /** Brings an event to the shared record; while the store is away, to this environment's copy of it. Never rejects. */
  commit(event: MachineEvent): Promise<unknown>
  /** Takes a permit to probe for `leaseMs`; false if there is none. Never rejects. */
  acquire(lease: string, leaseMs: number): Promise<boolean>
  /** Takes note of a settled call; a promise where the fleet must hear of it now. */
  count(
    startedAt: number,
    failed: boolean,
    slow: boolean,
    retryAfterMs: number,
    now: number,
  ): Promise<unknown> | undefined
  /** True when an environment that sheds by its own gate should say so with `report`. */
  voteIsDue(now: number): boolean
  report(now: number, shedding: boolean): Promise<void>
}
