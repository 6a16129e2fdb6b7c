export { type MainOptions, main, type Streams } from './cli/main.ts'
export {
  duration,
  Progress,
  type ProgressClock,
  type ProgressOptions,
  type ProgressStream,
} from './cli/progress.ts'
export { Engine, type Task } from './engine/engine.ts'
export { Environment } from './engine/environment.ts'
export { Random } from './engine/random.ts'
export type {
  Breaker,
  BreakerContext,
  BreakerFactory,
  BreakerState,
  BreakerTable,
  CallOutcome,
} from './fleet/breaker.ts'
export type { Collapse, DependencyCondition, DependencyOptions } from './fleet/dependency-options.ts'
export { renderReport } from './report/page.ts'
export { type FailedRun, type Figure, type RunGroup, Summary } from './report/summary.ts'
export { summaryTable } from './report/summary-table.ts'
export { type RunAllOptions, runAll } from './run/pool.ts'
export type * from './run/result.ts'
export { simulate } from './run/simulate.ts'
export type { SimulateOptions } from './run/simulation.ts'
export type { Job } from './run/worker.ts'
export { checkScenario, findScenario } from './scenario/check.ts'
export { scenarios } from './scenario/library.ts'
export type * from './scenario/scenario.ts'
