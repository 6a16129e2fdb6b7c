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
export {
  createEcs,
  type Ecs,
  type EcsOptions,
  type EcsRates,
  type EcsTask,
  type EcsTiming,
  type Rate,
} from './ecs/index.ts'
export { type BusEvent, type EventEntry, eventOf } from './events/event.ts'
export { ServiceError } from './events/json-service.ts'
export {
  createParameters,
  createSecrets,
  type Parameters,
  type ParametersOptions,
  type Secrets,
  type SecretsOptions,
} from './secrets/index.ts'
export type { Counted, LocalOperation } from './stand-ins/counted.ts'
export { lookupIn } from './stand-ins/lookup.ts'
export type { Lookup, Reading } from './stand-ins/reading.ts'
