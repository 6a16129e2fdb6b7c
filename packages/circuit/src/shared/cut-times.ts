import { maxLeaseMs, type ResolvedPolicy } from '../policy.ts'
import type { CircuitRecord, Control, Lease } from '../record.ts'
import { isRamp, maxRestMs, maxSuspicionMs } from './suspect.ts'

/** When something can have begun at the earliest and at the latest, by the clock of this environment, epoch ms. */
export interface Began {
  readonly from: number
  readonly until: number
}

/**
 * A record of a store, its times as this environment takes them: the clock of the environment that wrote it may be wrong,
 * or its policy another one. A state has begun when `began` says, and lasts as long as its writer meant it to, at most as
 * long as this policy allows; a lease, which lasts as long as one call may, for the time it was given from now on at most. Pure; returns the same object where nothing is cut.
 */
export function cutTimes(
  record: CircuitRecord,
  began: Began,
  policy: ResolvedPolicy,
  now: number,
): CircuitRecord {
  const since = within(record.since, began)
  if (record.state === 'OPEN') {
    const openMs = Math.min(policy.maxOpenMs, Math.max(0, record.retryAt - record.since))
    return changed(record, { since, retryAt: since + openMs })
  }
  if (record.state === 'HALF_OPEN') {
    const endOf = ({ ms = policy.probeLeaseMs }: Lease) => now + Math.min(ms, maxLeaseMs)
    const isLong = record.leases.some(lease => lease.expiresAt > endOf(lease))
    const cut = () =>
      record.leases.map(lease => ({ ...lease, expiresAt: Math.min(lease.expiresAt, endOf(lease)) }))
    return changed(record, { since, leases: isLong ? cut() : record.leases })
  }
  // A ramp begins with its state. The beginning of any other suspicion is what tells it from others, and is left alone.
  const moved = isRamp(record) ? since - record.since : 0
  return changed(record, {
    since,
    suspectSince: record.suspectSince + moved,
    suspectUntil: Math.min(record.suspectUntil + moved, now + maxSuspicionMs(policy)),
    calmUntil: Math.min(record.calmUntil, now + maxRestMs),
  })
}

/** An override, its end as this environment takes it: so long after its beginning as the operator meant. */
export function cutOverride(control: Control, began: Began): Control {
  const { at, until } = control
  return until === undefined ? control : changed(control, { until: within(at, began) + until - at })
}

function within(time: number, { from, until }: Began): number {
  return Math.min(Math.max(time, from), until)
}

function changed<T extends object>(value: T, times: Partial<T>): T {
  const same = Object.entries(times).every(([name, time]) => value[name as keyof T] === time)
  return same ? value : { ...value, ...times }
}
