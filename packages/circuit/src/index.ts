export type * from './attempts.ts'
export { Circuit } from './circuit.ts'
export { Circuits, type CircuitsOptions } from './circuits.ts'
export { classify } from './classify.ts'
export { type Clock, systemClock } from './clock.ts'
export type { Counts, Report } from './counts.ts'
export {
  type BreakwaterError,
  CallTimeoutError,
  CircuitOpenError,
  isCallTimeoutError,
  isCircuitOpenError,
  isRejection,
  isStoreError,
  type RejectReason,
  type RejectScope,
  StoreError,
  type StoreErrorKind,
} from './errors.ts'
export type * from './events.ts'
export { observeAll } from './listeners.ts'
export { type MachineEvent, type Step, transition } from './machine.ts'
export type * from './options.ts'
export type { Permit, PermitToken } from './permit.ts'
export {
  type ConsecutiveRule,
  type Policy,
  type RateRule,
  type ResolvedPolicy,
  resolvePolicy,
} from './policy.ts'
export type { TripReason } from './record.ts'
export {
  type Audit,
  type CircuitRecord,
  type CircuitState,
  type ClosedRecord,
  type Control,
  type ControlMode,
  type HalfOpenRecord,
  initialRecord,
  type Lease,
  type OpenRecord,
  type RecordBase,
} from './record.ts'
export { parseRetryAfter } from './retry-after.ts'
export type { CircuitScope, NewEvent } from './scope.ts'
export type { CircuitStatus } from './status.ts'
export type * from './store.ts'
