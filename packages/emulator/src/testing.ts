/**
 * Parts of the emulator for tests: ECS, Secrets Manager and Parameter Store as models with a clock of the test's, the functions
 * that serve a stand-in of one's own over HTTP, and the calls of a stack with the policies that decide on them.
 *
 * @module
 */

export { type CallLog, createCallLog } from './access/call-log.ts'
export { type CallPolicies, type NamedPolicy, type PolicyDocument, policiesFor } from './access/policies.ts'
export type { CallerRole, PermissionCheck, ServiceCall } from './access/service-call.ts'
export { type BusEvent, type EventEntry, eventOf } from './aws/event.ts'
export { close, host, listen, PortError, readBody } from './aws/http-server.ts'
export type { RegionAndAccount } from './aws/identifiers.ts'
export { type Input, ServiceError } from './aws/json-service.ts'
export { type Lookup, lookupIn, type Reading } from './aws/lookup.ts'
export type { CountedOperations, SyncOperation } from './aws/operations.ts'
export { createEcs, type Ecs, type EcsTask } from './ecs/ecs.ts'
export type { EcsOptions, EcsRates, EcsTiming, Rate } from './ecs/options.ts'
export { createParameters, type Parameters, type ParametersOptions } from './secrets/parameters.ts'
export { createSecrets, type Secrets, type SecretsOptions } from './secrets/secrets.ts'
