/**
 * Which ECS services read a secret, whether each is stale, in what order to recycle them, and what became of it. The
 * classes behind the recycler's own functions are in `@breakwater/recycler/functions`.
 *
 * @module
 */
export type { Sleep } from './concurrency.ts'
export { type DiscoverOptions, discover } from './discover/discover.ts'
export { EcsRates, type EcsRatesOptions } from './discover/ecs-rates.ts'
export { memoryRevisionCache, type RevisionCache, storedRevisionCache } from './discover/revision-cache.ts'
export type {
  DeploymentFacts,
  Discovery,
  LabelChange,
  OtherTasks,
  Reference,
  Revision,
  ServiceFacts,
  ServiceRecord,
  Source,
  SourceKind,
} from './model.ts'
export { describeSource, type SourceClients } from './observe/describe-source.ts'
export {
  type Detection,
  detectLabelChange,
  type LabelChangeEvent,
  type Observation,
} from './observe/label-change.ts'
export { plan } from './plan/plan.ts'
export { renderPlan } from './plan/render.ts'
export { readSettings, type Settings } from './plan/tags.ts'
export type { Plan, PlanInput, PlannedService, PlanOptions, Skipped, SkipReason, Wave } from './plan/types.ts'
export { type Due, dueWave } from './plan/waves.ts'
export { nextOpening, type Window } from './plan/window.ts'
export type { AuditEntry, Stop } from './records/codecs.ts'
export { MemoryRecyclerStore } from './records/memory.ts'
export { Records, type RecordsOptions } from './records/records.ts'
export type { Entry, Key, RecyclerStore, WriteOptions } from './records/store.ts'
