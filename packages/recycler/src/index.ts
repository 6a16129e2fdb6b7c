/**
 * Which ECS services read a secret, whether each is stale, in what order to recycle them, and what became of it.
 *
 * @module
 */
export { type RecyclerConfig, type RecyclerOptions, readConfig } from './config.ts'
export { discover } from './discover/discover.ts'
export { isRefused } from './discover/ecs-calls.ts'
export type { DiscoverOptions } from './discover/options.ts'
export { type EcsAction, EcsRates, type EcsRatesOptions, groupOf, publishedRates } from './discover/rates.ts'
export { memoryRevisionCache, type RevisionCache } from './discover/revision-cache.ts'
export { serviceFacts } from './discover/service-facts.ts'
export { type Sleep, sleepBy } from './discover/sleep.ts'
export { revisionPartition, storedRevisionCache } from './discover/stored-revision-cache.ts'
export { type Rate, TokenBucket } from './discover/token-bucket.ts'
export * from './model.ts'
export { type Arn, type Home, isAccount, parseArn } from './observe/arn.ts'
export { changeIdOf } from './observe/change-id.ts'
export { describeSource, type SourceClients } from './observe/describe-source.ts'
export { type Match, matcherOf, matchReference } from './observe/match.ts'
export { type LookSighting, noteLook } from './observe/note-look.ts'
export { isBehind, type MoveEvent, type Noted, noteMove, type Sighting } from './observe/note-move.ts'
export type {
  AttentionNotice,
  ChangedNotice,
  EventOptions,
  IgnoredNotice,
  MalformedNotice,
  Notice,
} from './observe/notice.ts'
export { parseReference, type ReferencePlace } from './observe/parse.ts'
export { readEvent } from './observe/read-event.ts'
export { revisionOf } from './observe/revision.ts'
export { type Due, dueWave } from './plan/due.ts'
export { checkPlanOptions } from './plan/options.ts'
export { plan } from './plan/plan.ts'
export { renderPlan } from './plan/render.ts'
export { readSettings, type Settings, settingTags } from './plan/settings.ts'
export { isStale, type Staleness, stalenessOf } from './plan/staleness.ts'
export type { Plan, PlanInput, PlannedService, PlanOptions, Skipped, SkipReason, Wave } from './plan/types.ts'
export { isOpen, nextOpening, readWindow, type Window } from './plan/window.ts'
export { MemoryRecyclerStore } from './records/memory.ts'
export type { AuditAct, AuditEntry, Situation, Stop, Versioned } from './records/record-types.ts'
export { Records, type RecordsOptions } from './records/records.ts'
export type { Entry, Key, RecyclerStore, WriteOptions } from './records/types.ts'
export { type SharedBucket, type SharedBucketOptions, type Slot, sharedBucket } from './recycle/bucket.ts'
export { type Executions, stepFunctionsExecutions } from './recycle/executions.ts'
export { Executor } from './recycle/executor.ts'
export type { ExecutorOptions } from './recycle/executor-options.ts'
export { type DeploymentOutcome, outcomeOf, underWay } from './recycle/outcome.ts'
export type { Figures, PlannerParts } from './recycle/parts.ts'
export { Planner, type PlannerAnswer } from './recycle/planner.ts'
export type { Reconciled } from './recycle/reconcile.ts'
export { Trigger, type Triggered, type TriggerParts } from './recycle/trigger.ts'
