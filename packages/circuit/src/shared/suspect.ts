import type { ResolvedPolicy } from '../policy.ts'
import type { CircuitRecord } from '../record.ts'

/**
 * Marks a closed circuit as suspect: a failure was seen, and every environment should report what it sees. Lasts two
 * windows and is renewed only in its second half: one write a window, however many failures. Not a change of state,
 * so the generation stays. Pure; returns the same object when nothing changes.
 */
export function suspect(record: CircuitRecord, policy: ResolvedPolicy, now: number): CircuitRecord {
  if (record.state !== 'CLOSED' || record.suspectUntil - now > policy.windowMs) return record
  const suspectSince = now < record.suspectUntil ? record.suspectSince : now
  return { ...record, suspectSince, suspectUntil: now + 2 * policy.windowMs }
}
