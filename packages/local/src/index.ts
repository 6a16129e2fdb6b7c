export * from './dynalite-server.ts'
export { createEcs, type Ecs, type EcsOptions, type EcsTask } from './ecs/index.ts'
export * from './environment.ts'
export { createEventBus, type EventBus, matches, startEventsEndpoint } from './events/index.ts'
export * from './faults.ts'
export * from './fleet-watch.ts'
export * from './main.ts'
export * from './narrator.ts'
export * from './provider.ts'
export { createEventSource, createQueues, type EventSource, type Queue, type Queues } from './queues/index.ts'
export { createRestApi, type RestApi } from './rest/index.ts'
export * from './rig.ts'
export * from './rotation.ts'
export * from './scheduler.ts'
export {
  createParameters,
  createSecrets,
  type Parameters,
  type ParametersOptions,
  type Secrets,
  type SecretsOptions,
} from './secrets/index.ts'
export * from './summary.ts'
export * from './table.ts'
export * from './tally.ts'
export * from './template/index.ts'
export * from './workflow-door.ts'
export * from './workflow-tally.ts'
