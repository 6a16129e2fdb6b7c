/**
 * A circuit around a whole Lambda handler, as Middy middleware, and around each record of a
 * batch of SQS, Kinesis or a DynamoDB stream.
 *
 * @module
 */

export type { BatchRecord, BatchResponse, DynamoDbRecord, KinesisRecord, SqsRecord } from './batch.ts'
export { circuitBreaker } from './middleware.ts'
export { isRecordNotStartedError, RecordNotStartedError } from './not-started.ts'
export {
  type CircuitBreakerOptions,
  circuitBreakerValidateOptions,
  type GuardingCircuit,
  type LambdaContext,
  type MiddyMiddleware,
  type MiddyRequest,
} from './options.ts'
export { type GuardRecordsOptions, guardRecords, type RecordGuard } from './records.ts'
