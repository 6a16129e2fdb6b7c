import type { Counts } from './counts.ts'
import type { ResolvedPolicy } from './policy.ts'
import type { CircuitRecord, TripReason } from './record.ts'

/** True while a closed circuit lets traffic grow back after a recovery. */
export function inRecovery(record: CircuitRecord, policy: ResolvedPolicy, now: number): boolean {
  return record.state === 'CLOSED' && record.recovering && now < record.since + policy.recoveryMs
}

/**
 * Whether `bad` of `all` reach a rate, by a margin of so many standard deviations of what chance alone would do at
 * that very rate (binomial distribution). Where all are bad, they do.
 */
export function reaches(rate: number, bad: number, all: number, margin: number): boolean {
  return bad >= Math.min(all, rate * all + margin * Math.sqrt(rate * (1 - rate) * all))
}

/**
 * Why these counts should open the circuit, or undefined if they should not. `inARow`: failures without a success
 * between them. `margin`: see {@link reaches}. While traffic grows back, as few calls as there are probes are enough:
 * the dependency has just been down, and a relapse must not wait for a full window.
 */
export function verdictOn(
  counts: Counts,
  inARow: number,
  policy: ResolvedPolicy,
  recovering: boolean,
  margin = 0,
): TripReason | undefined {
  const enough = (number: number) => (recovering ? Math.min(number, policy.probes) : number)
  let reason: TripReason | undefined
  if (policy.consecutiveFailures > 0) {
    if (inARow >= enough(policy.consecutiveFailures)) reason = 'consecutive-failures'
  } else if (counts.calls >= enough(policy.minimumCalls)) {
    if (reaches(policy.failureRate, counts.failures, counts.calls, margin)) reason = 'failure-rate'
    else if (
      policy.slowCallMs !== Infinity &&
      reaches(policy.slowCallRate, counts.slow, counts.calls, margin)
    )
      reason = 'slow-call-rate'
  }
  return reason !== undefined && recovering ? 'relapse' : reason
}
