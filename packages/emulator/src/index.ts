/**
 * Runs the templates that the CDK synthesises on this machine.
 *
 * @module
 */
export type { CallerRole, PermissionCheck, ServiceCall } from './access/service-call.ts'
export { fakeCredentials } from './aws/credentials.ts'
export { PortError } from './aws/http-server.ts'
export { type DynaliteServer, startDynalite } from './dynamodb/dynalite-server.ts'
export type { Ecs } from './ecs/ecs.ts'
export type { EventBus } from './events/bus.ts'
export { type Environment, InitError, type Outcome } from './lambda/environment.ts'
export type { InvocationError } from './lambda/messages.ts'
export type { InvocationOutcome, Scheduler, SchedulerOptions } from './lambda/scheduler.ts'
export type { EventSource, EventSourceUpdate } from './queues/event-source.ts'
export type {
  MessageAttribute,
  MessageAttributes,
  OutgoingMessage,
  ReceivedMessage,
  SentMessage,
} from './queues/message.ts'
export type { Queue, QueueDependencies, ReceiveRequest } from './queues/queue.ts'
export type { QueueSettings } from './queues/settings.ts'
export type { QueueCounts } from './queues/stored-messages.ts'
export type { Credentials, SignedFetch, SignRequest, UnsignedRequest } from './rest/signature.ts'
export type { RestApi } from './rest/types.ts'
export type { Parameters } from './secrets/parameters.ts'
export type { Secrets } from './secrets/secrets.ts'
export { readAssembly } from './template/assembly.ts'
export type { Registry, ResourceNames } from './template/registry.ts'
export { resolveStacks } from './template/resolve/resolve.ts'
export type { Executions, LocalMachine, StartedExecution } from './template/services/executions.ts'
export type { LocalFunction } from './template/services/functions.ts'
export { startStack } from './template/stack.ts'
export type { Endpoints, LocalRole, LocalStack, StackOptions } from './template/stack-options.ts'
export type { ResolvedResource, ResolvedStacks, ResolveOptions, StackTemplate } from './template/types.ts'
