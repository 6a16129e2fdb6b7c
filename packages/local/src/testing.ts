export { createStateMachine } from './asl/engine.ts'
export { DefinitionError, TaskError, TaskTokenError } from './asl/errors.ts'
export type { TaskHandler } from './asl/handlers.ts'
export type { Json, JsonObject } from './asl/json.ts'
export type { Pattern, Resource } from './asl/resource.ts'
export { type RunOptions, runStateMachine } from './asl/run.ts'
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
} from './asl/types.ts'
