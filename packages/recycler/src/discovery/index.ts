/**
 * What runs in ECS, what it reads, and which version of a secret or parameter is the present one.
 *
 * @module
 */
export { describeSource, type SourceClients } from './describe-source.ts'
export { discover } from './discover.ts'
export { isRefused } from './ecs-calls.ts'
export type { DiscoverOptions } from './options.ts'
export { type EcsAction, EcsRates, type EcsRatesOptions, groupOf, publishedRates } from './rates.ts'
export { memoryRevisionCache, type RevisionCache } from './revision-cache.ts'
export { serviceFacts } from './service-facts.ts'
export { type Sleep, sleepBy } from './sleep.ts'
export { revisionPartition, storedRevisionCache } from './stored-revision-cache.ts'
export { type Rate, TokenBucket } from './token-bucket.ts'
