/**
 * The gate function: takes permits and records outcomes of circuits for workflows.
 *
 * @module
 */
export type { GateAnswer, Permission, RecordedOutcome } from './gate.ts'
export { handler } from './handler.ts'
export type { AcquireRequest, CallOutcome, GateRequest, RecordRequest } from './request.ts'
