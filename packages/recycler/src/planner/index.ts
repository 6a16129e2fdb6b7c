export type { Figures, PlannerParts } from './parts.ts'
export { Planner, type PlannerAnswer } from './planner.ts'
export type { Reconciled } from './reconcile.ts'
