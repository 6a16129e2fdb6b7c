import type { Counts, Report } from '../counts.ts'
import { inRecovery, type Threshold, verdictOn } from '../judge.ts'
import type { ResolvedPolicy } from '../policy.ts'
import type { CircuitRecord, ClosedRecord, TripReason } from '../record.ts'

/**
 * Reached by a margin of so many standard deviations of random variation at that very rate (binomial
 * distribution). Where all calls are bad, it is.
 */
const byMargin =
  (deviations: number): Threshold =>
  (rate, calls) =>
    Math.min(calls, rate * calls + deviations * Math.sqrt(rate * (1 - rate) * calls))

/**
 * How far above its rate a count must be to open the circuit: by a wide margin while few calls are counted, by a narrow
 * one once a whole window is. Below the refuting margin the suspicion is cleared.
 */
export const wideMargin = byMargin(3)
const narrowMargin = byMargin(1)
const refutingMargin = byMargin(-3)

/** After a cleared suspicion the fleet rests so long for each report that it took, which bounds the cost of noise. */
const restPerReportMs = 4_000
const maxRestMs = 60_000

/**
 * Marks a closed circuit as suspect: failures were seen, and every environment should report its calls. Lasts two
 * windows and is renewed only in its second half: one write a window, however many failures. A ramp needs no mark:
 * it asks for reports by itself. Not a change of state, so the generation stays. Pure; returns the same object when
 * nothing changes.
 */
export function suspect(record: CircuitRecord, policy: ResolvedPolicy, now: number): CircuitRecord {
  if (record.state !== 'CLOSED' || record.suspectUntil - now > policy.windowMs) return record
  const suspected = now < record.suspectUntil
  if (suspected && isRamp(record)) return record
  const suspectSince = suspected ? record.suspectSince : now
  return { ...record, suspectSince, suspectUntil: now + 2 * policy.windowMs }
}

/** Whether reports are asked for because traffic grows back, and not because of a suspicion. */
export function isRamp(record: CircuitRecord): boolean {
  return record.state === 'CLOSED' && record.recovering && record.suspectSince === record.since
}

/** Clears a suspicion that the fleet's sums have refuted. Otherwise as {@link suspect}. */
export function clearSuspicion(record: CircuitRecord, sums: Report, now: number): CircuitRecord {
  if (record.state !== 'CLOSED' || now >= record.suspectUntil) return record
  const restMs = Math.min(maxRestMs, sums.environments * restPerReportMs)
  return { ...record, suspectUntil: now, calmUntil: now + restMs }
}

/**
 * Whether the calls of one environment are reason enough to ask the whole fleet. `inARow`: its bad calls (failed or slow)
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
  if (now < record.calmUntil) return inARow > 2 && rowProbability(own, inARow) < 1 / 1_000
  return (
    inARow > 1 ||
    chance < 1 / 16 ||
    verdictOn(own, inARow, { ...policy, minimumCalls: 1 }, false) !== undefined
  )
}

/** The probability of so many bad calls in a row at the failure rate of before: constant failures are no news. */
function rowProbability({ calls, failures, slow }: Counts, inARow: number): number {
  const before = Math.max(failures, slow) - inARow
  // Laplace's rule of succession, for few calls.
  return (Math.max(1, before + 1) / Math.max(2, calls - inARow + 2)) ** inARow
}

/** What the fleet's sums say of a suspect circuit: open it, for this reason; nothing is wrong; or nothing yet. */
export function judgeFleet(
  record: ClosedRecord,
  sums: Counts,
  policy: ResolvedPolicy,
  now: number,
): TripReason | 'refuted' | undefined {
  const recovering = inRecovery(record, policy, now)
  const fullWindow = now - record.suspectSince >= policy.windowMs
  const inARow = sums.failures === sums.calls ? sums.failures : 0
  const reason = verdictOn(
    sums,
    inARow,
    policy,
    recovering,
    recovering || fullWindow ? narrowMargin : wideMargin,
  )
  return reason ?? (!recovering && refutes(sums, policy) ? 'refuted' : undefined)
}

/** Whether these counts show that the dependency works. */
function refutes(sums: Counts, policy: ResolvedPolicy): boolean {
  const { calls, failures, slow } = sums
  if (calls < policy.minimumCalls) return false
  if (policy.consecutiveFailures > 0) return failures < calls
  const below = (rate: number, bad: number) => bad < refutingMargin(rate, calls)
  return below(policy.failureRate, failures) && (slow === 0 || below(policy.slowCallRate, slow))
}
