/**
 * Amazon States Language in virtual time: runs a state machine's definition, for tests of workflows.
 *
 * @module
 */

export { type IntegrationPattern, parseResource, type Resource } from './definition/resource.ts'
export { DefinitionError, TaskError, TaskTokenError } from './errors.ts'
export { type RunOptions, runStateMachine } from './run-state-machine.ts'
export { createStateMachine } from './state-machine.ts'
export type { TaskHandler } from './task-handlers.ts'
export { type AdvancingClock, type Clock, settle, systemClock, VirtualClock } from './time/clock.ts'
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
export type { Json, JsonObject } from './values.ts'
