import type { Counts } from './counts.ts'
import type { ResolvedPolicy } from './policy.ts'
import type { CircuitRecord, TripReason } from './record.ts'

/** True while a closed circuit lets traffic grow back after a recovery. */
export function inRecovery(record: CircuitRecord, policy: ResolvedPolicy, now: number): boolean {
  return record.state === 'CLOSED' && record.recovering && now < record.since + policy.recoveryMs
}

/** How many bad ones of all calls it takes to reach a rate. */
export type Threshold = (rate: number, calls: number) => number

const plain: Threshold = (rate, calls) => rate * calls

/**
 * Why these counts should open the circuit, or undefined if they should not. `inARow`: failures without a success
 * between them. `threshold`: the rate itself by default. While traffic grows back, as few
 * calls as there are probes are enough: the dependency has just been down, and a relapse must not wait for a window.
 */
export function verdictOn(
  counts: Counts,
  inARow: number,
  policy: ResolvedPolicy,
  recovering: boolean,
  threshold = plain,
): TripReason | undefined {
  const enough = (number: number) => (recovering ? Math.min(number, policy.probes) : number)
  let reason: TripReason | undefined
  if (policy.consecutiveFailures > 0) {
    if (inARow >= enough(policy.consecutiveFailures)) reason = 'consecutive-failures'
  } else if (counts.calls >= enough(policy.minimumCalls)) {
    if (counts.failures >= threshold(policy.failureRate, counts.calls)) reason = 'failure-rate'
    else if (counts.slow >= threshold(policy.slowCallRate, counts.calls)) reason = 'slow-call-rate'
  }
  return reason !== undefined && recovering ? 'relapse' : reason
}
