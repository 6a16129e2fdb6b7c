import type { ECSClient } from '@aws-sdk/client-ecs'
import { type Clock, systemClock } from '@breakwater/circuit'
import { checkNumber, invalid } from '@breakwater/circuit/shared'
import { type Sleep, sleepBy } from '../concurrency.ts'
import { EcsRates } from './ecs-rates.ts'
import { memoryRevisionCache, type RevisionCache } from './revision-cache.ts'

/** Options of {@link discover}. */
export interface DiscoverOptions {
  /** Give it `maxAttempts: 1`: requests that the SDK repeats by itself count against no rate here. */
  readonly ecs: Pick<ECSClient, 'send'>
  /** Clusters by name or ARN. @default all of the Region */
  readonly clusters?: readonly string[] | undefined
  /** Only these services, by their ARNs (those with the cluster's name), and nothing else. @default all of the clusters */
  readonly services?: readonly string[] | undefined
  /** Where revisions of task definitions are kept from one discovery to the next. @default nowhere */
  readonly cache?: RevisionCache
  /** Rates that calls keep to. @default half of what is published, for all discoveries by this client together */
  readonly rates?: EcsRates
  /** Most calls under way at a time. @default 8 */
  readonly concurrency?: number
  /** Ends the discovery; it then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
  readonly clock?: Clock
  /** @default by the timers of the clock */
  readonly sleep?: Sleep
  /** Returns 0 (included) to 1 (excluded). @default Math.random */
  readonly random?: () => number
}

const names = [
  'ecs',
  'clusters',
  'services',
  'cache',
  'rates',
  'concurrency',
  'signal',
  'clock',
  'sleep',
  'random',
]
const service = /^arn:[^:]+:ecs:[^:]+:\d{12}:service\/[\w-]{1,255}\/[\w-]{1,255}$/
const cluster = /^(arn:[^:]+:ecs:[^:]+:\d{12}:cluster\/)?[\w-]{1,255}$/

/** Refuses what cannot work, and fills in what is left out. */
export function checkDiscoverOptions(options: DiscoverOptions) {
  for (const name of Object.keys(options ?? {}))
    if (!names.includes(name)) throw invalid('option', name, names.join(', '))
  const { ecs, clusters, services, cache = memoryRevisionCache(), concurrency = 8, signal } = options ?? {}
  const { clock = systemClock, sleep = sleepBy(clock), random = Math.random } = options ?? {}
  if (typeof ecs?.send !== 'function') throw invalid('ecs', ecs, 'an ECSClient')
  if (clusters !== undefined && !(Array.isArray(clusters) && clusters.length > 0))
    throw invalid('clusters', clusters, 'at least one name or ARN of a cluster; leave it out for all')
  for (const one of clusters ?? [])
    if (!(typeof one === 'string' && cluster.test(one)))
      throw invalid('clusters', one, 'the ARN or name (1 to 255 of a-z A-Z 0-9 _ -) of a cluster')
  for (const one of services ?? [])
    if (!(typeof one === 'string' && service.test(one)))
      throw invalid('services', one, 'ARNs of services, with the names of their clusters')
  checkNumber('concurrency', concurrency)
  for (const [name, value] of Object.entries({ sleep, random, get: cache?.get, put: cache?.put }))
    if (typeof value !== 'function') throw invalid(name, value, 'a function')
  const rates = options.rates ?? ratesOf(ecs, clock, sleep, options.sleep)
  return { ecs, clusters, services, cache, rates, concurrency, signal, clock, sleep, random }
}

const remembered = new WeakMap<object, { readonly rates: EcsRates; readonly by: readonly unknown[] }>()

/** Discoveries that follow each other soon must not have a burst each. */
function ratesOf(ecs: object, clock: Clock, sleep: Sleep, given: Sleep | undefined): EcsRates {
  const known = remembered.get(ecs)
  if (known?.by[0] === clock && known.by[1] === given) return known.rates
  const rates = new EcsRates({ clock, sleep })
  remembered.set(ecs, { rates, by: [clock, given] })
  return rates
}
