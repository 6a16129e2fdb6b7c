/**
 * Runs the templates that the CDK synthesises on this machine.
 *
 * @module
 */
export { readAssembly } from './assembly.ts'
export type { Executions, LocalMachine, StartedExecution } from './executions.ts'
export type { LocalFunction } from './functions.ts'
export type { Registry } from './registry.ts'
export { resolveStacks } from './resolve.ts'
export { startStack } from './stack.ts'
export type { Endpoints, LocalStack, StackOptions } from './stack-options.ts'
export type { ResolvedResource, ResolvedStacks, ResolveOptions, StackTemplate } from './types.ts'
