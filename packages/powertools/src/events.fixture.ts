import type {
  CallEvent,
  CircuitEvent,
  RejectionEvent,
  RejectScope,
  StoreErrorKind,
  TransitionEvent,
} from '@breakwater/circuit'

const circuit = 'payments'

/** The time of all events, epoch ms. */
export const start = 1_800_000_000_000

/** Events as a circuit reports them. */
export const transition = (fields: Partial<TransitionEvent> = {}): TransitionEvent => ({
  type: 'transition',
  circuit,
  scope: 'fleet',
  origin: 'here',
  from: 'CLOSED',
  to: 'OPEN',
  generation: 1,
  environment: 'abc',
  at: start,
  reason: 'failure-rate',
  ...fields,
})
export const call = (fields: Partial<CallEvent> = {}): CallEvent => ({
  type: 'call',
  circuit,
  outcome: 'failure',
  at: start,
  durationMs: 5,
  slow: false,
  probe: false,
  ...fields,
})
export const rejection = (fields: Partial<RejectionEvent> = {}): RejectionEvent => ({
  type: 'rejection',
  circuit,
  reason: 'failure-rate',
  scope: 'fleet',
  retryAfterMs: 100,
  observed: false,
  at: start,
  ...fields,
})
export const retried: CircuitEvent = { type: 'retry', circuit, attempt: 1, waitMs: 80, at: start }
export const fallback = (at = start): CircuitEvent => ({ type: 'fallback', circuit, at })
export const storeFailure = (kind: StoreErrorKind): CircuitEvent => ({
  type: 'store-failure',
  circuit,
  kind,
  message: 'no table "circuits"',
  at: start,
})
export const misconfiguration: CircuitEvent = {
  type: 'misconfiguration',
  circuit,
  message: 'CIRCUIT_OPTIONS: got "{"',
  at: start,
}
export const eviction = (scope: RejectScope): CircuitEvent => ({
  type: 'eviction',
  circuit,
  state: 'OPEN',
  scope,
  at: start,
})
export const unshared: CircuitEvent = { type: 'unshared', circuit, at: start }
export const storeRecovery: CircuitEvent = { type: 'store-recovery', circuit, at: start }
export const control = (on: boolean): CircuitEvent => ({
  type: 'control',
  circuit,
  at: start,
  control: on ? { mode: 'FORCED_OPEN', by: 'ana', reason: 'provider migrates', at: start } : undefined,
})
