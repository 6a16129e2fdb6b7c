import type { Discovery, OtherTasks, ServiceFacts } from '../model.ts'
import { findClusters } from './clusters.ts'
import { type DiscoveryContext, EcsCalls } from './ecs-calls.ts'
import { checkDiscoverOptions, type DiscoverOptions } from './options.ts'
import { findDaemons, findStandaloneTasks } from './other-tasks.ts'
import { findRevisions } from './revisions.ts'
import { findNamedServices, findServices } from './services.ts'

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
    clusters: named,
    services: only,
    cache,
    rates,
    concurrency,
    signal,
    sleep,
    random,
  } = checkDiscoverOptions(options)
  signal?.throwIfAborted()
  const calls = new EcsCalls({ ecs, rates, sleep, random, signal })
  const context: DiscoveryContext = { calls, concurrency, problems: new Set() }
  const { services, others } = only
    ? { services: await findNamedServices(context, only), others: [] }
    : await everything(context, named)
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
