import type { CircuitRecord, Control } from './record.ts'

/** A record that lasts as long as before by a clock that was moved by `ms`. A suspicion is known by its beginning, which stays. */
export function moved(record: CircuitRecord, ms: number): CircuitRecord {
  const since = record.since + ms
  if (record.state === 'OPEN') return { ...record, since, retryAt: record.retryAt + ms }
  if (record.state === 'HALF_OPEN') {
    const leases = record.leases.map(lease => ({ ...lease, expiresAt: lease.expiresAt + ms }))
    return { ...record, since, leases }
  }
  const { recovering, suspectSince, suspectUntil, calmUntil } = record
  const ends = { suspectUntil: Math.max(0, suspectUntil + ms), calmUntil: Math.max(0, calmUntil + ms) }
  if (!recovering) return { ...record, ...ends }
  return { ...record, ...ends, since, suspectSince: suspectSince === record.since ? since : suspectSince }
}

/** The same of an override. */
export function movedControl(control: Control | undefined, ms: number): Control | undefined {
  return control?.until === undefined ? control : { ...control, until: control.until + ms }
}
