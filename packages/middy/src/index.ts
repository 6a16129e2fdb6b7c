/**
 * A circuit around a whole Lambda handler, as Middy middleware, and around each record of an SQS batch.
 *
 * @module
 */

export type { BatchResponse, SqsRecord } from './batch.ts'
export { circuitBreaker } from './middleware.ts'
export {
  type CircuitBreakerOptions,
  circuitBreakerValidateOptions,
  type GuardingCircuit,
  type LambdaContext,
  type MiddyMiddleware,
  type MiddyRequest,
} from './options.ts'
export { type GuardRecordsOptions, guardRecords, type RecordGuard } from './records.ts'
