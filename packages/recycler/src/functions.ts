/**
 * What the functions of a recycler are made of: the trigger, the planner and the executor, where they keep what they
 * know, and what they read from their environment. For functions of your own in place of those that `SecretRotationRecycler` deploys.
 *
 * @module
 */
export type { Sleep } from './concurrency.ts'
export { type RecyclerConfig, type RecyclerOptions, readConfig } from './config.ts'
export { type EcsAction, EcsRates, type EcsRatesOptions } from './discover/ecs-rates.ts'
export { memoryRevisionCache, type RevisionCache, storedRevisionCache } from './discover/revision-cache.ts'
export type { RunRecord } from './model.ts'
export type { EventOptions, Notice } from './observe/event.ts'
export { changeIdOf, type LabelChangeEvent } from './observe/label-change.ts'
export { readEvent } from './observe/read-event.ts'
export type { ExecutionRecord, Situation, Versioned } from './records/codecs.ts'
export { MemoryRecyclerStore } from './records/memory.ts'
export { Records } from './records/records.ts'
export type { Entry, Key, ListOptions, RecyclerStore, Unreadable, WriteOptions } from './records/store.ts'
export { type Executions, stepFunctionsExecutions } from './recycle/executions.ts'
export { Executor } from './recycle/executor.ts'
export type { ExecutorOptions } from './recycle/executor-options.ts'
export { Planner, type PlannerAnswer } from './recycle/planner.ts'
export type { Figures, PlannerDependencies } from './recycle/planner-options.ts'
export type { ReconcileResult } from './recycle/reconcile.ts'
export {
  type SharedBucket,
  type SharedBucketOptions,
  type Slot,
  sharedBucket,
} from './recycle/shared-bucket.ts'
export { Trigger, type TriggerDependencies, type TriggerResult } from './recycle/trigger.ts'
