import { type Cluster, DescribeClustersCommand, ListClustersCommand } from '@aws-sdk/client-ecs'
import { chunksOf, inParallel } from '../concurrency.ts'
import { type DiscoveryContext, isRefused, reasonOf } from './ecs-calls.ts'
import { lastPart } from './services.ts'

/** A cluster to be looked at. */
export interface ClusterFacts {
  readonly arn: string
  readonly name: string
  /** All its running tasks, whatever started them. */
  readonly running: number
}

/** As many as DescribeClusters takes. */
const atOnce = 100

/** The named clusters, or all of the Region, by name; those that were deleted are none. */
export async function findClusters(
  context: DiscoveryContext,
  named: readonly string[] | undefined,
): Promise<readonly ClusterFacts[]> {
  const parts = chunksOf([...new Set(named ?? (await listClusters(context)))], atOnce)
  const answers = await inParallel(parts, context.concurrency, part => describe(context, part))
  const found = new Map<string, ClusterFacts>()
  for (const { clusterArn: arn = '', status, runningTasksCount: running = 0 } of answers.flat()) {
    if (status !== 'INACTIVE') found.set(arn, { arn, name: lastPart(arn), running })
    else if (named) context.problems.add(`Cluster ${lastPart(arn)}: it was deleted (INACTIVE)`)
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function listClusters({ calls }: DiscoveryContext): Promise<string[]> {
  const arns: string[] = []
  await calls.pages(
    'ListClusters',
    (ecs, token, options) => ecs.send(new ListClustersCommand({ maxResults: 100, ...token }), options),
    ({ clusterArns = [] }) => arns.push(...clusterArns),
  )
  return arns
}

async function describe(context: DiscoveryContext, clusters: readonly string[]): Promise<Cluster[]> {
  const { calls, problems } = context
  try {
    const answer = await calls.make('DescribeClusters', (ecs, options) =>
      ecs.send(new DescribeClustersCommand({ clusters: [...clusters] }), options),
    )
    for (const { arn, reason } of answer.failures ?? [])
      problems.add(`Cluster ${lastPart(`${arn}`)}: it could not be described: ${reason}`)
    return answer.clusters ?? []
  } catch (error) {
    if (!isRefused(error)) throw error
    // A call is refused as a whole, so that one cluster that may not be seen would hide all others.
    if (clusters.length > 1)
      return (await inParallel(clusters, context.concurrency, one => describe(context, [one]))).flat()
    problems.add(`Cluster ${lastPart(clusters[0]!)}: it could not be described: ${reasonOf(error)}`)
    return []
  }
}
