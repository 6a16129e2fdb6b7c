import type { Outcome } from './events.ts'
import { inRecovery } from './judge.ts'
import type { ResolvedPolicy } from './policy.ts'
import { type CircuitRecord, initialRecord, type Lease, type OpenRecord, type TripReason } from './record.ts'

/** What can happen to a circuit. `generation` is the one the news was gathered under. */
export type MachineEvent =
  /** The counts crossed a threshold. */
  | {
      readonly type: 'trip'
      readonly generation: number
      readonly reason: TripReason
      readonly retryAfterMs: number
    }
  /** A call asks for a permit to probe. */
  | { readonly type: 'acquire'; readonly lease: string; readonly leaseMs: number }
  /** A probe settled. */
  | {
      readonly type: 'probe'
      readonly generation: number
      readonly lease: string
      readonly outcome: Outcome
      readonly retryAfterMs: number
    }

/** Time, chance and place of a step: all that the machine takes from outside. */
export interface Step {
  /** Epoch ms. */
  readonly now: number
  /** 0 (included) to 1 (excluded); spreads open times. */
  readonly random: number
  /** Who takes the step. */
  readonly environment: string
}

/**
 * The one state machine of Breakwater, used alike for an environment's own gate, for the shared state in any store,
 * for workflows and in the simulator. Pure. Returns the same object when nothing changes.
 *
 * @example
 * const open = transition(closed, { type: 'trip', generation: 0, reason: 'failure-rate', retryAfterMs: 0 }, policy, {
 *   now: Date.now(),
 *   random: Math.random(),
 *   environment: 'env-1',
 * })
 */
export function transition(
  record: CircuitRecord,
  event: MachineEvent,
  policy: ResolvedPolicy,
  step: Step,
): CircuitRecord {
  const { now } = step
  if (event.type !== 'acquire' && event.generation !== record.generation) return record
  if (record.state === 'CLOSED') {
    return event.type === 'trip' ? trip(record, event.reason, event.retryAfterMs, policy, step) : record
  }
  if (event.type === 'acquire') {
    const lease: Lease = { id: event.lease, expiresAt: now + event.leaseMs, ms: event.leaseMs }
    if (record.state === 'HALF_OPEN') {
      // Asked for again, a lease is renewed.
      const live = liveLeases(record.leases, now).filter(({ id }) => id !== lease.id)
      return live.length < policy.probes ? { ...record, leases: [...live, lease] } : record
    }
    if (now < record.retryAt) return record
    return { ...next(record, step), state: 'HALF_OPEN', leases: [lease], successes: 0, reason: record.reason }
  }
  if (record.state === 'OPEN' || event.type !== 'probe') return record
  const live = liveLeases(record.leases, now)
  const leases = live.filter(({ id }) => id !== event.lease)
  // A lease that expired may be another call's by now: its outcome decides nothing.
  if (leases.length === live.length) return record
  if (event.outcome === 'failure') return trip(record, 'probe-failed', event.retryAfterMs, policy, step)
  const successes = record.successes + (event.outcome === 'success' ? 1 : 0)
  if (successes < policy.probes) return { ...record, leases, successes }
  return {
    ...initialRecord,
    ...next(record, step),
    recovering: policy.recoveryMs > 0,
    // All that is let through in the ramp is reported, so that a relapse is seen at once.
    suspectSince: now,
    suspectUntil: now + policy.recoveryMs,
  }
}

/** Opens for a time that doubles with every failed recovery, randomly up to 20 % longer so that circuits do not probe in step, and never above the cap. */
function trip(
  record: CircuitRecord,
  reason: TripReason,
  retryAfterMs: number,
  policy: ResolvedPolicy,
  step: Step,
): OpenRecord {
  // Only a recovery that held for its whole ramp takes the backoff back to its start.
  const failedRecovery = record.state === 'HALF_OPEN' || inRecovery(record, policy, step.now)
  const openings = failedRecovery ? record.openings + 1 : 1
  const backoff = policy.openMs * 2 ** (openings - 1)
  const openMs = Math.min(policy.maxOpenMs, Math.max(backoff, retryAfterMs) * (1 + 0.2 * step.random))
  return { ...next(record, step), state: 'OPEN', openings, retryAt: step.now + Math.round(openMs), reason }
}

/** What every record after a change of state begins with. */
function next({ generation, openings }: CircuitRecord, { now, environment }: Step) {
  return { generation: generation + 1, since: now, openings, environment }
}

/** Leases that have not expired: those of environments that died or froze are free for others. */
export function liveLeases(leases: readonly Lease[], now: number): readonly Lease[] {
  return leases.filter(lease => lease.expiresAt > now)
}
