import type { RejectReason } from './errors.ts'
import { inRecovery } from './judge.ts'
import { liveLeases } from './machine.ts'
import type { ResolvedPolicy } from './policy.ts'
import type { CircuitRecord } from './record.ts'

/**
 * The smallest share of calls that is admitted while traffic grows back after a recovery.
 *
 * @example
 * const admittedShare = Math.max(minAdmittedShare, (now - since) / recoveryMs)
 */
export const minAdmittedShare = 0.1

/** The answer of a record to a call: admitted, admitted with a permit to probe, or rejected. */
export type Answer = 'pass' | 'probe' | 'reject'

/** Decides one call from a record alone. `random` (0 to 1) decides which calls are admitted while traffic grows back. */
export function admissionOf(
  record: CircuitRecord,
  policy: ResolvedPolicy,
  now: number,
  random: () => number,
): Answer {
  if (record.state === 'CLOSED') {
    if (!record.recovering) return 'pass'
    return random() < admittedShare(record, policy, now) ? 'pass' : 'reject'
  }
  if (record.state === 'OPEN') return now >= record.retryAt ? 'probe' : 'reject'
  return liveLeases(record.leases, now).length < policy.probes ? 'probe' : 'reject'
}

/**
 * Share of calls let in: 0 while not closed, then growing in a straight line with the time since closing
 * (Envoy's slow start with aggression 1), computed without any write.
 */
export function admittedShare(record: CircuitRecord, policy: ResolvedPolicy, now: number): number {
  if (record.state !== 'CLOSED') return 0
  if (!inRecovery(record, policy, now)) return 1
  return Math.max(minAdmittedShare, (now - record.since) / policy.recoveryMs)
}

/** Why a record rejects, and after how many ms another call may be admitted: at the next refresh, at the latest. */
export function rejection(
  record: CircuitRecord,
  policy: ResolvedPolicy,
  now: number,
): [RejectReason, waitMs: number] {
  // Overdue, where the permit to probe could not be fetched.
  if (record.state === 'OPEN')
    return [record.reason, now < record.retryAt ? record.retryAt - now : policy.refreshMs]
  return [record.state === 'CLOSED' ? 'recovering' : 'half-open', policy.refreshMs]
}
