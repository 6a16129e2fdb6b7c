import { DescribeTasksCommand, ListTasksCommand, type Task } from '@aws-sdk/client-ecs'
import type { OtherTasks, ServiceFacts } from '../model.ts'
import { partsOf } from '../parts-of.ts'
import type { ClusterFacts } from './clusters.ts'
import { inParallel } from './in-parallel.ts'
import { type Look, unlessRefused } from './look.ts'
import { lastPart } from './service-facts.ts'

/** As many as DescribeTasks takes. */
const atOnce = 100

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
    return partsOf(await listTasks(look, cluster), atOnce).map(tasks => ({ cluster, tasks }))
  })
  const counts = new Map<string, { cluster: string; taskDefinition: string; count: number }>()
  await inParallel(parts.flat(), look.concurrency, async ({ cluster: { arn: cluster, name }, tasks }) => {
    for (const { taskDefinitionArn: taskDefinition = '' } of await describe(look, { cluster, name, tasks })) {
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
async function describe(
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
