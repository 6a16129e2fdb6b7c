/**
 * Recycles services, one by one and each once, and sees how their deployments go.
 *
 * @module
 */
export { type SharedBucket, type SharedBucketOptions, type Slot, sharedBucket } from './bucket.ts'
export { Executor } from './executor.ts'
export type { ExecutorOptions } from './options.ts'
export { type DeploymentOutcome, outcomeOf, underWay } from './outcome.ts'
