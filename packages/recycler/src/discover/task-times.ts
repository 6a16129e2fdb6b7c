import { DescribeTasksCommand, ListTasksCommand } from '@aws-sdk/client-ecs'
import { chunksOf, inParallel } from '../concurrency.ts'
import type { ServiceFacts } from '../model.ts'
import { type DiscoveryContext, unlessRefused } from './ecs-calls.ts'

/** As many as DescribeTasks takes. */
const tasksAtOnce = 100

/**
 * When each running task of the services was created, by the ARN of the service. Of a service whose tasks were not all shown
 * nothing is said.
 */
export async function taskTimes(
  context: DiscoveryContext,
  services: readonly ServiceFacts[],
): Promise<Map<string, readonly number[]>> {
  const began = new Map<string, readonly number[]>()
  await inParallel(services, context.concurrency, async ({ cluster, service, name, running }) => {
    const what = `Service ${name}: it could not be looked up since when its tasks run`
    await unlessRefused(context, what, async () => {
      const arns = new Set<string>()
      await context.calls.pages(
        'ListTasks',
        (ecs, token, options) => {
          const input = { cluster, serviceName: service, desiredStatus: 'RUNNING' as const, maxResults: 100 }
          return ecs.send(new ListTasksCommand({ ...input, ...token }), options)
        },
        ({ taskArns = [] }) => {
          for (const arn of taskArns) arns.add(arn)
        },
      )
      const times: number[] = []
      for (const tasks of chunksOf([...arns], tasksAtOnce)) {
        const answer = await context.calls.make('DescribeTasks', (ecs, options) =>
          ecs.send(new DescribeTasksCommand({ cluster, tasks }), options),
        )
        for (const { createdAt } of answer.tasks ?? []) if (createdAt) times.push(createdAt.getTime())
      }
      if (times.length >= Math.max(running, arns.size)) began.set(service, times)
    })
  })
  return began
}
