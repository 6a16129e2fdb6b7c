/**
 * Which ECS services read a secret, whether each is stale, in what order to recycle them, and what became of it.
 *
 * @module
 */
export { type RecyclerConfig, type RecyclerOptions, readConfig } from './config.ts'
export * from './discovery/index.ts'
export * from './events/index.ts'
export * from './execute/index.ts'
export { type Executions, stepFunctionsExecutions } from './executions.ts'
export * from './model.ts'
export * from './moves/index.ts'
export * from './plan/index.ts'
export * from './planner/index.ts'
export * from './references/index.ts'
export * from './store/index.ts'
export * from './trigger/index.ts'
