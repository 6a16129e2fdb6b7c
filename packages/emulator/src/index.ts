/**
 * Runs the templates that the CDK synthesises on this machine.
 *
 * @module
 */
export { PortError } from './aws/listen.ts'
export { type DynaliteServer, fakeCredentials, startDynalite } from './dynamodb/dynalite-server.ts'
export { type Environment, InitError, type Outcome } from './lambda/environment.ts'
export type { InvocationOutcome, Scheduler } from './lambda/scheduler.ts'
export { readAssembly } from './template/assembly.ts'
export type { Executions, LocalMachine, StartedExecution } from './template/executions.ts'
export type { LocalFunction } from './template/functions.ts'
export type { Registry } from './template/registry.ts'
export { resolveStacks } from './template/resolve.ts'
export { startStack } from './template/stack.ts'
export type { Endpoints, LocalStack, StackOptions } from './template/stack-options.ts'
export type { ResolvedResource, ResolvedStacks, ResolveOptions, StackTemplate } from './template/types.ts'
