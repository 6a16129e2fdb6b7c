/**
 * Runs the templates that the CDK synthesises on this machine.
 *
 * @module
 */
export { PortError } from './aws/http-server.ts'
export { type DynaliteServer, fakeCredentials, startDynalite } from './dynamodb/dynalite-server.ts'
export { type Environment, InitError, type Outcome } from './lambda/environment.ts'
export type { InvocationOutcome, Scheduler } from './lambda/scheduler.ts'
export { readAssembly } from './template/assembly.ts'
export type { Registry } from './template/registry.ts'
export { resolveStacks } from './template/resolve/resolve.ts'
export type { Executions, LocalMachine, StartedExecution } from './template/services/executions.ts'
export type { LocalFunction } from './template/services/functions.ts'
export { startStack } from './template/stack.ts'
export type { Endpoints, LocalStack, StackOptions } from './template/stack-options.ts'
export type { ResolvedResource, ResolvedStacks, ResolveOptions, StackTemplate } from './template/types.ts'
