/**
 * What is done about a move: which services hold an old version, in what order they are recycled, and why others are not.
 *
 * @module
 */
export { type Due, dueWave } from './due.ts'
export { checkPlanOptions } from './options.ts'
export { plan } from './plan.ts'
export { renderPlan } from './render.ts'
export { readSettings, type Settings, settingTags } from './settings.ts'
export { isStale, type Staleness, stalenessOf } from './staleness.ts'
export type {
  Plan,
  PlanInput,
  PlannedService,
  PlanOptions,
  Skipped,
  SkipReason,
  Wave,
} from './types.ts'
export { isOpen, nextOpening, readWindow, type Window } from './window.ts'
