/**
 * Circuits around every kind of call: fetch, gRPC and AWS SDK clients; and what goes with them: retry, client-side throttling,
 * deadlines. Policies of cockatiel are in `@breakwater/guards/cockatiel`.
 *
 * @module
 */
export { guardClient } from './client.ts'
export { classifyAws } from './client-classify.ts'
export type {
  AwsCall,
  AwsClient,
  AwsOutputRule,
  ClientCircuits,
  FailedAwsCall,
  GuardClientOptions,
} from './client-options.ts'
export { awsOutputRules } from './client-outputs.ts'
export {
  currentDeadline,
  type DeadlineOptions,
  type ResponseStream,
  runWithDeadline,
  withDeadline,
} from './deadline.ts'
export { guardFetch } from './fetch.ts'
export { classifyFetch } from './fetch-classify.ts'
export type {
  AnyFetch,
  FetchCall,
  FetchCallOptions,
  FetchCircuit,
  FetchCircuits,
  FetchLimits,
  GuardedFetch,
  GuardFetchOptions,
} from './fetch-options.ts'
export { classifyGrpc } from './grpc-classify.ts'
export { type RetryOptions, retry } from './retry.ts'
export { type ThrottleOptions, throttle } from './throttle.ts'
