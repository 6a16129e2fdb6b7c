import type { ECSClient } from '@aws-sdk/client-ecs'
import { type Clock, systemClock } from '@breakwater/circuit'
import {
  aFunction,
  type Checks,
  checkOptions,
  count,
  listOf,
  objectWith,
  required,
  textLike,
} from '@breakwater/circuit/shared'
import { type Sleep, sleepBy } from '../concurrency.ts'
import type { Discovery, OtherTasks, ServiceFacts } from '../model.ts'
import { findClusters } from './clusters.ts'
import { type DiscoveryContext, EcsCalls } from './ecs-calls.ts'
import { EcsRates } from './ecs-rates.ts'
import { findDaemons, findStandaloneTasks } from './other-tasks.ts'
import { memoryRevisionCache, type RevisionCache } from './revision-cache.ts'
import { findRevisions } from './revisions.ts'
import { findNamedServices, findServices } from './services.ts'
import { taskTimes } from './task-times.ts'

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

/** Calls under way at a time, unless an option says otherwise. */
const concurrency = 8

const clusterName = textLike(
  /^(arn:[^:]+:ecs:[^:]+:\d{12}:cluster\/)?[\w-]{1,255}$/,
  'the ARN or name (1 to 255 of a-z A-Z 0-9 _ -) of a cluster',
)
const serviceArn = textLike(
  /^arn:[^:]+:ecs:[^:]+:\d{12}:service\/[\w-]{1,255}\/[\w-]{1,255}$/,
  'the ARN of a service, with the name of its cluster',
)
const checks: Checks<DiscoverOptions> = {
  ecs: required(objectWith('an ECSClient', 'send')),
  clusters: listOf(clusterName, 'names or ARNs of clusters', 1),
  services: listOf(serviceArn, 'ARNs of services'),
  cache: objectWith('a RevisionCache', 'get', 'put'),
  rates: objectWith('EcsRates', 'take', 'throttled'),
  concurrency: count,
  signal: objectWith('an AbortSignal', 'throwIfAborted'),
  clock: objectWith('a Clock', 'now', 'setTimeout'),
  sleep: aFunction,
  random: aFunction,
}

/**
 * Finds all that runs in the clusters, and what its task definitions read: services of every controller, managed daemons
 * and standalone tasks. It only looks, within the rates that ECS publishes: for 1,000 services in 20 clusters with 300
 * task definitions 442 calls in some half a minute, and 142 once the cache has the task definitions.
 *
 * What ECS refuses to show (a cluster that is denied, a service that went away meanwhile, a task definition that was
 * deleted) is a sentence in `problems`; the rest is found all the same. The order is always the same.
 *
 * @throws TypeError for a bad option, naming it, its value and what is allowed.
 * @throws what the SDK throws, where clusters may not be listed or task definitions not be described at all, where
 * credentials are bad, and where throttling or trouble of ECS does not end within ten attempts.
 * @throws the reason of the signal, once it is aborted.
 * @example
 * const { services, revisions, problems } = await discover({ ecs: new ECSClient({ maxAttempts: 1 }), clusters: ['orders'] })
 */
export async function discover(options: DiscoverOptions): Promise<Discovery> {
  const {
    ecs,
    clusters,
    services: only,
    cache = memoryRevisionCache(),
  } = checkOptions('discover', options, checks)
  const {
    concurrency: atATime = concurrency,
    signal,
    clock = systemClock,
    sleep = sleepBy(clock),
    random = Math.random,
  } = options
  const { rates = ratesOf(ecs, clock, sleep, options.sleep) } = options
  signal?.throwIfAborted()
  const calls = new EcsCalls({ ecs, rates, sleep, random, signal })
  const context: DiscoveryContext = { calls, concurrency: atATime, problems: new Set() }
  const { services, others } = only
    ? { services: await findNamedServices(context, only), others: [] }
    : await everything(context, clusters)
  const used = [...services, ...others].flatMap(({ taskDefinition }) => taskDefinition ?? [])
  const revisions = await findRevisions(context, used, cache)
  return {
    services: sorted(services, ({ name, service }: ServiceFacts) => [name, service]),
    others: sorted(others, ({ cluster, kind, name, taskDefinition }: OtherTasks) => [
      cluster,
      kind,
      name,
      taskDefinition ?? '',
    ]),
    revisions,
    problems: [...context.problems].sort(),
    calls: calls.counts,
  }
}

/**
 * Adds to services since when their tasks run: two calls for each, and one more for every hundred tasks.
 *
 * @throws what {@link discover} throws.
 */
export async function withTaskTimes(
  discovery: Discovery,
  services: ReadonlySet<string>,
  options: Pick<DiscoverOptions, 'ecs' | 'clock' | 'random'>,
): Promise<Discovery> {
  const { ecs, clock = systemClock, random = Math.random } = options
  const sleep = sleepBy(clock)
  const calls = new EcsCalls({ ecs, rates: ratesOf(ecs, clock, sleep, undefined), sleep, random })
  const problems = new Set(discovery.problems)
  const asked = discovery.services.filter(({ service }) => services.has(service))
  const began = await taskTimes({ calls, concurrency, problems }, asked)
  return {
    ...discovery,
    services: discovery.services.map(one => {
      const tasksBegan = began.get(one.service)
      return tasksBegan === undefined ? one : { ...one, tasksBegan }
    }),
    problems: [...problems].sort(),
  }
}

async function everything(context: DiscoveryContext, named: readonly string[] | undefined) {
  const clusters = await findClusters(context, named)
  const services = await findServices(context, clusters)
  const daemons = await findDaemons(context, clusters)
  const standalone = await findStandaloneTasks(context, clusters, services, daemons)
  return { services, others: [...daemons, ...standalone] }
}

/** By code units: the same wherever it runs. */
function sorted<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): T[] {
  return [...items].sort((a, b) => {
    const [one, other] = [keysOf(a), keysOf(b)]
    const index = one.findIndex((key, at) => key !== other[at])
    return index < 0 ? 0 : one[index]! < other[index]! ? -1 : 1
  })
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
