/**
 * Parts of the emulator for tests: ECS, Secrets Manager and Parameter Store as models with a clock of the test's, and
 * what it takes to serve a stand-in of one's own over HTTP.
 *
 * @module
 */

export { type BusEvent, type EventEntry, eventOf } from './aws/event.ts'
export { close, host, listen, PortError, readBody } from './aws/http-server.ts'
export { ServiceError } from './aws/json-service.ts'
export type { Lookup, Reading } from './aws/lookup.ts'
export { lookupIn } from './aws/lookup.ts'
export type { Counted, LocalOperation } from './aws/operations.ts'
export { createEcs, type Ecs, type EcsOptions, type EcsTask } from './ecs/ecs.ts'
export type { EcsRates, Rate } from './ecs/throttle.ts'
export type { EcsTiming } from './ecs/types.ts'
export { createParameters, type Parameters, type ParametersOptions } from './secrets/parameters.ts'
export { createSecrets, type Secrets, type SecretsOptions } from './secrets/secrets.ts'
