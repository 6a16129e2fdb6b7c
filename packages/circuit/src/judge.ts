import type { Counts } from './counts.ts'
import type { ResolvedPolicy } from './policy.ts'
import type { CircuitRecord, TripReason } from './record.ts'

/** True while a closed circuit lets traffic grow back after a recovery. */
export function inRecovery(record: CircuitRecord, policy: ResolvedPolicy, now: number): boolean {
  return record.state === 'CLOSED' && record.recovering && now < record.since + policy.recoveryMs
}

/**
 * Why these counts should open the circuit, or undefined if they should not. `inARow`: failures without a success
 * between them. While traffic grows back, as few calls as there are probes are enough: the dependency has just
 * been down, and a relapse must not wait for a full window.
 */
export function verdictOn(
  counts: Counts,
  inARow: number,
  policy: ResolvedPolicy,
  recovering: boolean,
): TripReason | undefined {
  const enough = (number: number) => (recovering ? Math.min(number, policy.probes) : number)
  let reason: TripReason | undefined
  if (policy.consecutiveFailures > 0) {
    if (inARow >= enough(policy.consecutiveFailures)) reason = 'consecutive-failures'
  } else if (counts.calls >= enough(policy.minimumCalls)) {
    if (counts.failures >= policy.failureRate * counts.calls) reason = 'failure-rate'
    else if (policy.slowCallMs !== Infinity && counts.slow >= policy.slowCallRate * counts.calls) {
      reason = 'slow-call-rate'
    }
  }
  return reason !== undefined && recovering ? 'relapse' : reason
}
