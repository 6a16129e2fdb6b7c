/**
 * Which ECS services read a secret, whether each is stale, in what order to recycle them, and what became of it.
 *
 * @module
 */

export { type Sleep, sleepBy } from './concurrency.ts'
export { type RecyclerConfig, type RecyclerOptions, readConfig } from './config.ts'
export { discover } from './discover/discover.ts'
export { isRefused } from './discover/ecs-calls.ts'
export {
  type EcsAction,
  EcsRates,
  type EcsRatesOptions,
  groupOf,
  publishedRates,
  type Rate,
  TokenBucket,
} from './discover/ecs-rates.ts'
export type { DiscoverOptions } from './discover/options.ts'
export {
  memoryRevisionCache,
  type RevisionCache,
  storedRevisionCache,
} from './discover/revision-cache.ts'
export { serviceFacts } from './discover/services.ts'
export * from './model.ts'
export { describeSource, type SourceClients } from './observe/describe-source.ts'
export type {
  AttentionNotice,
  ChangedNotice,
  EventOptions,
  IgnoredNotice,
  MalformedNotice,
  Notice,
} from './observe/event.ts'
export {
  changeIdOf,
  type Detection,
  detectByLookUp,
  detectLabelChange,
  isBehind,
  type LabelChangeEvent,
  type LookUpObservation,
  type Observation,
} from './observe/label-change.ts'
export { type Arn, isAccount, parseArn, type RegionAndAccount } from './observe/names.ts'
export { readEvent } from './observe/read-event.ts'
export {
  type Match,
  matcherOf,
  matchReference,
  parseReference,
  type ReferencePosition,
} from './observe/reference.ts'
export { revisionOf } from './observe/task-definition.ts'
export { checkPlanOptions } from './plan/options.ts'
export { plan } from './plan/plan.ts'
export { renderPlan } from './plan/render.ts'
export { isStale, type Staleness, stalenessOf } from './plan/staleness.ts'
export { readSettings, type Settings, settingTags } from './plan/tags.ts'
export type { Plan, PlanInput, PlannedService, PlanOptions, Skipped, SkipReason, Wave } from './plan/types.ts'
export { type Due, dueWave } from './plan/waves.ts'
export { isOpen, nextOpening, readWindow, type Window } from './plan/window.ts'
export type { AuditAct, AuditEntry, Situation, Stop, Versioned } from './records/codecs.ts'
export { MemoryRecyclerStore } from './records/memory.ts'
export { Records, type RecordsOptions } from './records/records.ts'
export type { Entry, Key, RecyclerStore, WriteOptions } from './records/store.ts'
export { type DeploymentOutcome, outcomeOf, underWay } from './recycle/deployment.ts'
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
