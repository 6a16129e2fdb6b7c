import {
  type DaemonDetail,
  DescribeDaemonCommand,
  DescribeDaemonRevisionsCommand,
  DescribeTasksCommand,
  ListDaemonsCommand,
  ListTasksCommand,
  type Task,
} from '@aws-sdk/client-ecs'
import { chunksOf, inParallel } from '../concurrency.ts'
import type { OtherTasks, ServiceFacts } from '../model.ts'
import type { ClusterFacts } from './clusters.ts'
import { type DiscoveryContext, unlessRefused } from './ecs-calls.ts'
import { lastPart } from './services.ts'

/** As many as DescribeDaemonRevisions takes. */
const revisionsAtOnce = 20

/** The managed daemons of the clusters: one entry for each revision that runs. */
export async function findDaemons(
  context: DiscoveryContext,
  clusters: readonly ClusterFacts[],
): Promise<OtherTasks[]> {
  const listed = await inParallel(clusters, context.concurrency, async cluster => {
    const daemons = await listDaemons(context, cluster)
    return daemons.map(arn => ({ cluster: cluster.arn, arn }))
  })
  const running = await inParallel(listed.flat(), context.concurrency, async ({ cluster, arn }) => {
    const { currentRevisions = [] } = (await describeDaemon(context, arn)) ?? {}
    const revisions = currentRevisions.length > 0 ? currentRevisions : [{}]
    return revisions.map(({ arn: revision, totalRunningCount: count = 0 }) => ({
      cluster,
      arn,
      revision,
      count,
    }))
  })
  const all = running.flat()
  const definitions = await definitionsOf(
    context,
    all.flatMap(({ revision }) => revision ?? []),
  )
  return all.map(({ cluster, arn, revision, count }) => ({
    kind: 'managed-daemon',
    cluster,
    name: arn,
    taskDefinition: definitions.get(`${revision}`),
    count,
  }))
}

async function listDaemons(
  context: DiscoveryContext,
  { arn: clusterArn, name }: ClusterFacts,
): Promise<string[]> {
  const arns = new Set<string>()
  await unlessRefused(context, `Cluster ${name}: its managed daemons could not be listed`, () =>
    context.calls.pages(
      'ListDaemons',
      (ecs, token, options) =>
        ecs.send(new ListDaemonsCommand({ clusterArn, maxResults: 100, ...token }), options),
      ({ daemonSummariesList = [] }) => {
        for (const { daemonArn } of daemonSummariesList) if (daemonArn) arns.add(daemonArn)
      },
    ),
  )
  return [...arns]
}

async function describeDaemon(
  context: DiscoveryContext,
  daemonArn: string,
): Promise<DaemonDetail | undefined> {
  const what = `Managed daemon ${lastPart(daemonArn)}: it could not be described`
  const answer = await unlessRefused(context, what, () =>
    context.calls.make('DescribeDaemon', (ecs, options) =>
      ecs.send(new DescribeDaemonCommand({ daemonArn }), options),
    ),
  )
  return answer?.daemon
}

/** Task definitions by the ARN of the daemon's revision. */
async function definitionsOf(
  context: DiscoveryContext,
  revisions: readonly string[],
): Promise<Map<string, string>> {
  const definitions = new Map<string, string>()
  await inParallel(chunksOf(revisions, revisionsAtOnce), context.concurrency, async part => {
    const what = 'Revisions of managed daemons could not be described'
    const answer = await unlessRefused(context, what, () =>
      context.calls.make('DescribeDaemonRevisions', (ecs, options) =>
        ecs.send(new DescribeDaemonRevisionsCommand({ daemonRevisionArns: part }), options),
      ),
    )
    for (const { arn, reason } of answer?.failures ?? [])
      context.problems.add(`Revision ${arn} of a managed daemon could not be described: ${reason}`)
    for (const { daemonRevisionArn, daemonTaskDefinitionArn } of answer?.daemonRevisions ?? [])
      if (daemonRevisionArn && daemonTaskDefinitionArn)
        definitions.set(daemonRevisionArn, daemonTaskDefinitionArn)
  })
  return definitions
}

/** As many as DescribeTasks takes. */
const tasksAtOnce = 100

/**
 * Tasks that belong to no service, by task definition. Only clusters are asked in which more tasks run than their services
 * and daemons have.
 */
export async function findStandaloneTasks(
  context: DiscoveryContext,
  clusters: readonly ClusterFacts[],
  services: readonly ServiceFacts[],
  daemons: readonly OtherTasks[],
): Promise<OtherTasks[]> {
  const counted = new Map<string, number>()
  const add = (cluster: string, count: number) => counted.set(cluster, (counted.get(cluster) ?? 0) + count)
  for (const { cluster, running } of services) add(cluster, running)
  for (const { cluster, count } of daemons) add(cluster, count)
  const asked = clusters.filter(({ arn, running }) => running > (counted.get(arn) ?? 0))

  const parts = await inParallel(asked, context.concurrency, async cluster => {
    return chunksOf(await listTasks(context, cluster), tasksAtOnce).map(tasks => ({ cluster, tasks }))
  })
  const counts = new Map<string, { cluster: string; taskDefinition: string; count: number }>()
  await inParallel(parts.flat(), context.concurrency, async ({ cluster: { arn: cluster, name }, tasks }) => {
    for (const { taskDefinitionArn: taskDefinition = '' } of await describeTasks(context, {
      cluster,
      name,
      tasks,
    })) {
      const key = `${cluster} ${taskDefinition}`
      const { count = 0 } = counts.get(key) ?? {}
      counts.set(key, { cluster, taskDefinition, count: count + 1 })
    }
  })
  return [...counts.values()].map(({ cluster, taskDefinition, count }) => ({
    kind: 'standalone-task',
    cluster,
    name: familyOf(taskDefinition),
    taskDefinition: taskDefinition || undefined,
    count,
  }))
}

async function listTasks(context: DiscoveryContext, { arn: cluster, name }: ClusterFacts): Promise<string[]> {
  const arns = new Set<string>()
  await unlessRefused(context, `Cluster ${name}: its standalone tasks could not be listed`, () =>
    context.calls.pages(
      'ListTasks',
      (ecs, token, options) =>
        ecs.send(
          new ListTasksCommand({ cluster, desiredStatus: 'RUNNING', maxResults: 100, ...token }),
          options,
        ),
      ({ taskArns = [] }) => {
        for (const arn of taskArns) arns.add(arn)
      },
    ),
  )
  return [...arns]
}

/** Tasks that ended meanwhile are none any more, and no problem. */
async function describeTasks(
  context: DiscoveryContext,
  { cluster, name, tasks }: { cluster: string; name: string; tasks: string[] },
): Promise<Task[]> {
  const what = `Cluster ${name}: its standalone tasks could not be described`
  const answer = await unlessRefused(context, what, () =>
    context.calls.make('DescribeTasks', (ecs, options) =>
      ecs.send(new DescribeTasksCommand({ cluster, tasks }), options),
    ),
  )
  return (answer?.tasks ?? []).filter(({ group = '', taskDefinitionArn = '' }) => {
    return !group.startsWith('service:') && !taskDefinitionArn.includes(':daemon-task-definition/')
  })
}

/** `worker` of `arn:aws:ecs:eu-west-1:123456789012:task-definition/worker:3`. */
function familyOf(taskDefinition: string): string {
  return lastPart(taskDefinition).replace(/:\d+$/, '')
}
