/**
 * Parts of the emulator for tests: ECS, Secrets Manager and Parameter Store as models with a clock of the test's, and
 * what it takes to serve a stand-in of one's own over HTTP.
 *
 * @module
 */

export { readBody } from './aws/body.ts'
export { type BusEvent, type EventEntry, eventOf } from './aws/event.ts'
export { close, host, listen, PortError } from './aws/http-server.ts'
export { ServiceError } from './aws/json-service.ts'
export { lookupIn } from './aws/lookup.ts'
export type { Counted, LocalOperation } from './aws/operations.ts'
export type { Lookup, Reading } from './aws/reading.ts'
export {
  createEcs,
  type Ecs,
  type EcsOptions,
  type EcsRates,
  type EcsTask,
  type EcsTiming,
  type Rate,
} from './ecs/index.ts'
export {
  createParameters,
  createSecrets,
  type Parameters,
  type ParametersOptions,
  type Secrets,
  type SecretsOptions,
} from './secrets/index.ts'
