/**
 * Amazon States Language in virtual time: runs a state machine's definition, for tests of workflows.
 *
 * @module
 */
export { createStateMachine } from './engine.ts'
export { DefinitionError, TaskError, TaskTokenError } from './errors.ts'
export type { TaskHandler } from './handlers.ts'
export type { Json, JsonObject } from './json.ts'
export { type Pattern, parseResource, type Resource } from './resource.ts'
export { type RunOptions, runStateMachine } from './run.ts'
export type {
  Execution,
  ExecutionResult,
  ExecutionStatus,
  HistoryEvent,
  Integration,
  MachineType,
  StartOptions,
  StateMachine,
  StateMachineOptions,
  TaskContext,
} from './types.ts'
export { type Clock, settle, systemClock, VirtualClock } from './virtual-clock.ts'
