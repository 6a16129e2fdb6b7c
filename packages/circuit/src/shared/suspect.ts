import type { Counts, Report } from '../counts.ts'
import { reaches, verdictOn } from '../judge.ts'
import type { ResolvedPolicy } from '../policy.ts'
import type { CircuitRecord } from '../record.ts'

/** Standard deviations that part evidence from chance while few calls are known, and once a whole window is. */
export const youngMargin = 3
export const grownMargin = 1

/** After an acquittal the fleet rests for so long for each report that it took, which bounds what noise can cost. */
const restPerReportMs = 3_000
const longestRestMs = 60_000

/**
 * Marks a closed circuit as suspect: failures were seen, and every environment should report what it sees. Lasts two
 * windows and is renewed only in its second half: one write a window, however many failures. Not a change of state,
 * so the generation stays. Pure; returns the same object when nothing changes.
 */
export function suspect(record: CircuitRecord, policy: ResolvedPolicy, now: number): CircuitRecord {
  if (record.state !== 'CLOSED' || record.suspectUntil - now > policy.windowMs) return record
  const suspectSince = now < record.suspectUntil ? record.suspectSince : now
  return { ...record, suspectSince, suspectUntil: now + 2 * policy.windowMs }
}

/** Ends a suspicion that the fleet's sums have refuted. Otherwise as {@link suspect}. */
export function acquit(record: CircuitRecord, sums: Report, now: number): CircuitRecord {
  if (record.state !== 'CLOSED' || now >= record.suspectUntil) return record
  const restMs = Math.min(longestRestMs, sums.environments * restPerReportMs)
  return { ...record, suspectUntil: now, calmUntil: now + restMs }
}

/**
 * Whether what one environment saw is reason enough to ask the whole fleet. `inARow`: its bad calls (failed or slow)
 * since the last good one; `own`: its own window. A single failure among good calls seldom is (`chance`, 0 to 1,
 * decides): one call in a hundred fails somewhere all the time.
 */
export function isSuspicious(
  record: CircuitRecord,
  inARow: number,
  own: Counts,
  policy: ResolvedPolicy,
  now: number,
  chance: number,
): boolean {
  if (record.state !== 'CLOSED') return false
  if (now < record.calmUntil) return inARow > 2
  return (
    inARow > 1 ||
    chance < 1 / 16 ||
    verdictOn(own, inARow, { ...policy, minimumCalls: 1 }, false) !== undefined
  )
}

/** How sure to be, `ms` after counting began. */
export function marginAfter(ms: number, policy: ResolvedPolicy): number {
  return ms < policy.windowMs ? youngMargin : grownMargin
}

/** Whether these counts show that the dependency works. */
export function refutes(sums: Counts, policy: ResolvedPolicy): boolean {
  const { calls, failures, slow } = sums
  if (calls < policy.minimumCalls) return false
  if (policy.consecutiveFailures > 0) return failures < calls
  const below = (rate: number, bad: number) => !reaches(rate, bad, calls, -youngMargin)
  return below(policy.failureRate, failures) && (slow === 0 || below(policy.slowCallRate, slow))
}
