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

/**
 * What one environment reports must not open the circuit for others that have not been called yet. One that is alone in
 * reporting is believed after so many calls, and so many reads of the others: had there been any, they would have reported.
 */
const minCallsAlone = 10
const minReadsAlone = 3

/** A row of failures is as old as it may be: a suspicion of one lasts until a success, or until so long after the last failure. */
const rowLastsMs = 3_600_000

/** After a cleared suspicion the fleet rests so long for each report that it took, which bounds the cost of noise. */
const restPerReportMs = 4_000
export const maxRestMs = 60_000

/** How long a suspicion lasts, in ms: two windows where rates decide. */
export function suspicionMs({ consecutiveFailures, windowMs }: ResolvedPolicy): number {
  return consecutiveFailures > 0 ? rowLastsMs : 2 * windowMs
}

/**
 * The longest time for which environments may be asked for reports, in ms: of a suspicion, or of the ramp after a recovery.
 *
 * @example
 * const asked = now < Math.min(record.suspectUntil, readAt + maxSuspicionMs(policy))
 */
export function maxSuspicionMs(policy: ResolvedPolicy): number {
  return Math.max(suspicionMs(policy), policy.recoveryMs)
}

/**
 * Marks a closed circuit as suspect: failures were seen, and every environment should report its calls. Is renewed only
 * in the second half of its time: one write a window, however many failures. A ramp needs no mark: it asks for reports
 * by itself. Not a change of state, so the generation stays. Pure; returns the same object when nothing changes.
 */
export function suspect(record: CircuitRecord, policy: ResolvedPolicy, now: number): CircuitRecord {
  const lastsMs = suspicionMs(policy)
  if (record.state !== 'CLOSED' || record.suspectUntil - now > lastsMs / 2) return record
  const suspected = now < record.suspectUntil
  if (suspected && isRamp(record)) return record
  const suspectSince = suspected ? record.suspectSince : now
  return { ...record, suspectSince, suspectUntil: now + lastsMs }
}

/** Whether the fleet asks for reports. */
export function isSuspect(record: CircuitRecord, now: number): record is ClosedRecord {
  return record.state === 'CLOSED' && now < record.suspectUntil
}

/** Whether reports are asked for because traffic grows back, and not because of a suspicion. */
export function isRamp(record: CircuitRecord): boolean {
  return record.state === 'CLOSED' && record.recovering && record.suspectSince === record.since
}

/** Clears a suspicion that the fleet's sums have refuted. Otherwise as {@link suspect}. */
export function clearSuspicion(
  record: CircuitRecord,
  sums: Report,
  policy: ResolvedPolicy,
  now: number,
): CircuitRecord {
  if (record.state !== 'CLOSED' || now >= record.suspectUntil) return record
  // The first success refutes a row, while as many report as it takes to refute a rate.
  const reports = Math.max(sums.environments, policy.consecutiveFailures > 0 ? policy.minimumCalls : 0)
  const restMs = Math.min(maxRestMs, reports * restPerReportMs)
  // No time, so that it is over by every clock.
  return { ...record, suspectUntil: 0, calmUntil: now + restMs }
}

/**
 * Whether the calls of one environment are reason enough to ask the whole fleet. `inARow`: its bad calls (failed or slow)
 * since the last good one; `own`: its own window. A single failure among many good calls seldom is (`chance`, 0 to 1,
 * decides): one call in a hundred fails somewhere all the time. An environment with few calls cannot wait for a second one.
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
    own.calls < 2 * policy.minimumCalls ||
    chance < 1 / 16 ||
    verdictOn(own, inARow, policy, false) !== undefined
  )
}

/** The probability of so many bad calls in a row at the failure rate of before: constant failures are no news. */
function rowProbability({ calls, failures, slow }: Counts, inARow: number): number {
  const before = Math.max(failures, slow) - inARow
  // Laplace's rule of succession, for few calls.
  return (Math.max(1, before + 1) / Math.max(2, calls - inARow + 2)) ** inARow
}

/**
 * What the fleet's sums say of a suspect circuit: open it, for this reason; nothing is wrong; or nothing yet.
 * `suspectedMs`: how long it has been suspect.
 */
export function judgeFleet(
  record: ClosedRecord,
  sums: Report,
  policy: ResolvedPolicy,
  now: number,
  suspectedMs: number,
): TripReason | 'refuted' | undefined {
  const recovering = inRecovery(record, policy, now)
  const fullWindow = suspectedMs >= policy.windowMs
  const inARow = sums.failures === sums.calls ? sums.failures : 0
  const reason = verdictOn(
    sums,
    inARow,
    policy,
    recovering,
    recovering || fullWindow ? narrowMargin : wideMargin,
  )
  if (reason) return recovering || isShared(sums, policy, suspectedMs) ? reason : undefined
  return !recovering && refutes(sums, policy) ? 'refuted' : undefined
}

/** Whether it is the dependency that fails, and not one environment that cannot reach it. */
function isShared(
  { calls, environments, failing }: Report,
  policy: ResolvedPolicy,
  suspectedMs: number,
): boolean {
  if (failing > 1) return true
  return environments < 2 && calls >= minCallsAlone && suspectedMs >= minReadsAlone * policy.refreshMs
}

/** Whether these counts show that the dependency works. */
function refutes(sums: Counts, policy: ResolvedPolicy): boolean {
  const { calls, failures, slow } = sums
  if (policy.consecutiveFailures > 0) return failures < calls
  if (calls < policy.minimumCalls) return false
  const below = (rate: number, bad: number) => bad < refutingMargin(rate, calls)
  return below(policy.failureRate, failures) && (slow === 0 || below(policy.slowCallRate, slow))
}
