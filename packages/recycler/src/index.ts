/**
 * Which ECS services read a secret, whether each is stale, in what order to recycle them, and what became of it.
 *
 * @module
 */
export { type RecyclerConfig, type RecyclerOptions, readConfig } from './config.ts'
export { describeSource, type SourceClients } from './discovery/describe-source.ts'
export { discover } from './discovery/discover.ts'
export { isRefused } from './discovery/ecs-calls.ts'
export type { DiscoverOptions } from './discovery/options.ts'
export { type EcsAction, EcsRates, type EcsRatesOptions, groupOf, publishedRates } from './discovery/rates.ts'
export { memoryRevisionCache, type RevisionCache } from './discovery/revision-cache.ts'
export { serviceFacts } from './discovery/service-facts.ts'
export { type Sleep, sleepBy } from './discovery/sleep.ts'
export { revisionPartition, storedRevisionCache } from './discovery/stored-revision-cache.ts'
export { type Rate, TokenBucket } from './discovery/token-bucket.ts'
export type {
  AttentionNotice,
  ChangedNotice,
  EventOptions,
  IgnoredNotice,
  MalformedNotice,
  Notice,
} from './events/notice.ts'
export { readEvent } from './events/read-event.ts'
export { type SharedBucket, type SharedBucketOptions, type Slot, sharedBucket } from './execute/bucket.ts'
export { Executor } from './execute/executor.ts'
export type { ExecutorOptions } from './execute/options.ts'
export { type DeploymentOutcome, outcomeOf, underWay } from './execute/outcome.ts'
export { type Executions, stepFunctionsExecutions } from './executions.ts'
export * from './model.ts'
export { changeIdOf } from './moves/change-id.ts'
export { type LookSighting, noteLook } from './moves/note-look.ts'
export { isBehind, type MoveEvent, type Noted, noteMove, type Sighting } from './moves/note-move.ts'
export { type Due, dueWave } from './plan/due.ts'
export { checkPlanOptions } from './plan/options.ts'
export { plan } from './plan/plan.ts'
export { renderPlan } from './plan/render.ts'
export { readSettings, type Settings, settingTags } from './plan/settings.ts'
export { isStale, type Staleness, stalenessOf } from './plan/staleness.ts'
export type { Plan, PlanInput, PlannedService, PlanOptions, Skipped, SkipReason, Wave } from './plan/types.ts'
export { isOpen, nextOpening, readWindow, type Window } from './plan/window.ts'
export type { Figures, PlannerParts } from './planner/parts.ts'
export { Planner, type PlannerAnswer } from './planner/planner.ts'
export type { Reconciled } from './planner/reconcile.ts'
export { type Arn, type Home, isAccount, parseArn } from './references/arn.ts'
export { type Match, matcherOf, matchReference } from './references/match.ts'
export { parseReference, type ReferencePlace } from './references/parse.ts'
export { revisionOf } from './references/revision.ts'
export { MemoryRecyclerStore } from './store/memory.ts'
export type { AuditAct, AuditEntry, Situation, Stop, Versioned } from './store/record-types.ts'
export { Records, type RecordsOptions } from './store/records.ts'
export type { Entry, Key, RecyclerStore, WriteOptions } from './store/types.ts'
export { Trigger, type Triggered, type TriggerParts } from './trigger/trigger.ts'
