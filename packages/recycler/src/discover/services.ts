import { DescribeServicesCommand, ListServicesCommand } from '@aws-sdk/client-ecs'
import type { ServiceFacts } from '../model.ts'
import { partsOf } from '../parts-of.ts'
import type { ClusterFacts } from './clusters.ts'
import { inParallel } from './in-parallel.ts'
import { type Look, unlessRefused } from './look.ts'
import { lastPart, serviceFacts } from './service-facts.ts'

/** As many as DescribeServices takes. */
const atOnce = 10

/** The services of the clusters, whatever controls them. */
export async function findServices(look: Look, clusters: readonly ClusterFacts[]): Promise<ServiceFacts[]> {
  const parts = await inParallel(clusters, look.concurrency, async cluster => {
    const services = await listServices(look, cluster)
    return partsOf(services, atOnce).map(services => ({ cluster, services }))
  })
  const found = await inParallel(parts.flat(), look.concurrency, ({ cluster, services }) => {
    return describe(look, cluster, services)
  })
  return found.flat()
}

/** Services by their ARNs, which hold the names of their clusters. */
export async function findNamedServices(look: Look, arns: readonly string[]): Promise<ServiceFacts[]> {
  const byCluster = Map.groupBy(new Set(arns), arn => arn.split('/').slice(0, -1).join('/'))
  const parts = [...byCluster].flatMap(([before, services]) => {
    const cluster = { arn: before.replace(':service/', ':cluster/'), name: lastPart(before) }
    return partsOf(services, atOnce).map(services => ({ cluster, services }))
  })
  const found = await inParallel(parts, look.concurrency, ({ cluster, services }) => {
    return describe(look, cluster, services)
  })
  return found.flat()
}

async function listServices(look: Look, { arn: cluster, name }: ClusterFacts): Promise<string[]> {
  // A page may repeat what the one before had, where services came and went in between.
  const arns = new Set<string>()
  await unlessRefused(look, `Cluster ${name}: its services could not be listed`, () =>
    look.calls.pages(
      'ListServices',
      (ecs, token, options) =>
        ecs.send(new ListServicesCommand({ cluster, maxResults: 100, ...token }), options),
      ({ serviceArns = [] }) => {
        for (const arn of serviceArns) arns.add(arn)
      },
    ),
  )
  return [...arns]
}

async function describe(
  look: Look,
  { arn: cluster, name }: Pick<ClusterFacts, 'arn' | 'name'>,
  services: string[],
): Promise<ServiceFacts[]> {
  const names = services.map(lastPart).join(', ')
  const what = `Cluster ${name}: services could not be described (${names})`
  const answer = await unlessRefused(look, what, () =>
    look.calls.make('DescribeServices', (ecs, options) =>
      ecs.send(new DescribeServicesCommand({ cluster, services, include: ['TAGS'] }), options),
    ),
  )
  for (const { arn, reason } of answer?.failures ?? []) {
    const why = reason === 'MISSING' ? 'it went away while it was looked at (MISSING)' : reason
    look.problems.add(`Service ${name}/${lastPart(`${arn}`)}: it could not be described: ${why}`)
  }
  return (answer?.services ?? []).map(serviceFacts)
}
