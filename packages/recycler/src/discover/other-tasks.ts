import {
  type DaemonDetail,
  DescribeDaemonCommand,
  DescribeDaemonRevisionsCommand,
  DescribeTasksCommand,
  ListDaemonsCommand,
  ListTasksCommand,
  type Task,
} from '@aws-sdk/client-ecs'
import { inParallel, partsOf } from '../concurrency.ts'
import type { OtherTasks, ServiceFacts } from '../model.ts'
import type { ClusterFacts } from './clusters.ts'
import { type Look, unlessRefused } from './ecs-calls.ts'
import { lastPart } from './services.ts'

/** As many as DescribeDaemonRevisions takes. */
const revisionsAtOnce = 20

/** The managed daemons of the clusters: one entry for each revision that runs. */
export async function findDaemons(look: Look, clusters: readonly ClusterFacts[]): Promise<OtherTasks[]> {
  const listed = await inParallel(clusters, look.concurrency, async cluster => {
    const daemons = await listDaemons(look, cluster)
    return daemons.map(arn => ({ cluster: cluster.arn, arn }))
  })
  const running = await inParallel(listed.flat(), look.concurrency, async ({ cluster, arn }) => {
    const { currentRevisions = [] } = (await describeDaemon(look, arn)) ?? {}
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
    look,
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

async function listDaemons(look: Look, { arn: clusterArn, name }: ClusterFacts): Promise<string[]> {
  const arns = new Set<string>()
  await unlessRefused(look, `Cluster ${name}: its managed daemons could not be listed`, () =>
    look.calls.pages(
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

async function describeDaemon(look: Look, daemonArn: string): Promise<DaemonDetail | undefined> {
  const what = `Managed daemon ${lastPart(daemonArn)}: it could not be described`
  const answer = await unlessRefused(look, what, () =>
    look.calls.make('DescribeDaemon', (ecs, options) =>
      ecs.send(new DescribeDaemonCommand({ daemonArn }), options),
    ),
  )
  return answer?.daemon
}

/** Task definitions by the ARN of the daemon's revision. */
async function definitionsOf(look: Look, revisions: readonly string[]): Promise<Map<string, string>> {
  const definitions = new Map<string, string>()
  await inParallel(partsOf(revisions, revisionsAtOnce), look.concurrency, async part => {
    const what = 'Revisions of managed daemons could not be described'
    const answer = await unlessRefused(look, what, () =>
      look.calls.make('DescribeDaemonRevisions', (ecs, options) =>
        ecs.send(new DescribeDaemonRevisionsCommand({ daemonRevisionArns: part }), options),
      ),
    )
    for (const { arn, reason } of answer?.failures ?? [])
      look.problems.add(`Revision ${arn} of a managed daemon could not be described: ${reason}`)
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
  look: Look,
  clusters: readonly ClusterFacts[],
  services: readonly ServiceFacts[],
  daemons: readonly OtherTasks[],
): Promise<OtherTasks[]> {
  const known = new Map<string, number>()
  const add = (cluster: string, count: number) => known.set(cluster, (known.get(cluster) ?? 0) + count)
  for (const { cluster, running } of services) add(cluster, running)
  for (const { cluster, count } of daemons) add(cluster, count)
  const asked = clusters.filter(({ arn, running }) => running > (known.get(arn) ?? 0))

  const parts = await inParallel(asked, look.concurrency, async cluster => {
    return partsOf(await listTasks(look, cluster), tasksAtOnce).map(tasks => ({ cluster, tasks }))
  })
  const counts = new Map<string, { cluster: string; taskDefinition: string; count: number }>()
  await inParallel(parts.flat(), look.concurrency, async ({ cluster: { arn: cluster, name }, tasks }) => {
    for (const { taskDefinitionArn: taskDefinition = '' } of await describeTasks(look, {
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

async function listTasks(look: Look, { arn: cluster, name }: ClusterFacts): Promise<string[]> {
  const arns = new Set<string>()
  await unlessRefused(look, `Cluster ${name}: its standalone tasks could not be listed`, () =>
    look.calls.pages(
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
  look: Look,
  { cluster, name, tasks }: { cluster: string; name: string; tasks: string[] },
): Promise<Task[]> {
  const what = `Cluster ${name}: its standalone tasks could not be described`
  const answer = await unlessRefused(look, what, () =>
    look.calls.make('DescribeTasks', (ecs, options) =>
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
