/**
 * Which ECS services read a secret, whether each is stale, and in what order to recycle them; and the kill switch. What the
 * recycler's own functions are made of, records, caches and rates included, is in `@breakwater/recycler/functions`.
 *
 * @module
 */
export { type DiscoverOptions, discover } from './discover/discover.ts'
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
export { type Detection, detectLabelChange, type Observation } from './observe/label-change.ts'
export { plan } from './plan/plan.ts'
export { renderPlan } from './plan/render.ts'
export { readSettings, type Settings } from './plan/tags.ts'
export type { Plan, PlanInput, PlannedService, PlanOptions, Skipped, SkipReason, Wave } from './plan/types.ts'
export { nextOpening, type Window } from './plan/window.ts'
export type { AuditEntry, Stop } from './records/codecs.ts'
export { KillSwitch } from './records/kill-switch.ts'
