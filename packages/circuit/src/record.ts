/** Why a circuit opened, or re-opened. Part of every OPEN record and of every rejection. */
export type TripReason =
  | 'failure-rate'
  | 'slow-call-rate'
  | 'consecutive-failures'
  | 'probe-failed'
  | 'relapse'

/** A permit to probe, held by one call somewhere in the fleet until `expiresAt` (epoch ms). */
export interface Lease {
  readonly id: string
  readonly expiresAt: number
  /**
   * How long it was given for, in ms: what a reader whose clock differs holds it for at most. Absent in records of
   * before leases had one, which lasted at most `probeLeaseMs`.
   */
  readonly ms?: number
}

/** The fields of the shared record in every state. */
export interface RecordBase {
  /** Grows by one at every change of state; an outcome admitted under another generation is void. */
  readonly generation: number
  /** When this state began, epoch ms. */
  readonly since: number
  /** Openings in a row without a completed recovery; sets the length of the next open time. */
  readonly openings: number
  /** The environment that made the last transition. */
  readonly environment: string
}

/**
 * Calls flow. `recovering` until `since + recoveryMs` has passed after a recovery (slow start).
 * `suspectSince` to `suspectUntil`: failures were seen, and every environment reports what it sees. Until `calmUntil`
 * the fleet has just found that they were noise, and only strong evidence makes it look again.
 */
export interface ClosedRecord extends RecordBase {
  readonly state: 'CLOSED'
  readonly recovering: boolean
  readonly suspectSince: number
  readonly suspectUntil: number
  readonly calmUntil: number
}

/** Calls are rejected until `retryAt` (epoch ms); the first one after it may probe. */
export interface OpenRecord extends RecordBase {
  readonly state: 'OPEN'
  readonly retryAt: number
  readonly reason: TripReason
}

/** A bounded number of leased calls probe the dependency; enough successes close, one failure re-opens. */
export interface HalfOpenRecord extends RecordBase {
  readonly state: 'HALF_OPEN'
  readonly leases: readonly Lease[]
  readonly successes: number
  readonly reason: TripReason
}

/** The whole state of one circuit, shared by the fleet or kept by one environment. */
export type CircuitRecord = ClosedRecord | OpenRecord | HalfOpenRecord

/** The three states of a circuit as they are stored and shown. */
export type CircuitState = CircuitRecord['state']

/** An operator's override. */
export type ControlMode = 'FORCED_OPEN' | 'FORCED_CLOSED' | 'OBSERVE_ONLY'

/** An override in force: who set it, why, since when and until when (epoch ms; absent means until released). */
export interface Control {
  readonly mode: ControlMode
  readonly by: string
  readonly reason: string
  readonly at: number
  readonly until?: number
}

/** One act of an operator, kept for the record. */
export interface Audit {
  readonly act: ControlMode | 'RELEASED'
  readonly by: string
  readonly reason: string
  readonly at: number
  readonly until?: number
}

/**
 * The record of a circuit that nothing has happened to yet.
 *
 * @example
 * const record = stored.record ?? initialRecord
 */
export const initialRecord: ClosedRecord = {
  state: 'CLOSED',
  generation: 0,
  since: 0,
  openings: 0,
  environment: '',
  recovering: false,
  suspectSince: 0,
  suspectUntil: 0,
  calmUntil: 0,
}
