import type { Input } from '../aws/json-service.ts'
import type { LocalOperation } from '../aws/operations.ts'
import { shownTask } from './describe.ts'
import { described, listed, namesIn, reader, tagsIn, withTags } from './protocol.ts'
import { taskChanged } from './reconcile.ts'
import { arnIn, clusterAt, runnableDefinition, serviceAt, type World } from './state.ts'
import { launch, stop } from './task-life.ts'
import type { Cluster, Task } from './types.ts'

/** Operations on tasks. */
export function taskOperations(world: World): Record<string, LocalOperation> {
  const clusterOf = (input: Input) => clusterAt(world, reader.optional(input, 'cluster'))

  return {
    RunTask(input) {
      reader.only(input, ran)
      const cluster = clusterOf(input)
      const taskDefinition = runnableDefinition(world, reader.text(input, 'taskDefinition'))
      const count = reader.whole(input, 'count', 1, 10) ?? 1
      const tasks = Array.from({ length: count }, () =>
        launch(world, {
          cluster,
          taskDefinition,
          group: reader.optional(input, 'group') ?? `family:${taskDefinition.family}`,
          startedBy: reader.optional(input, 'startedBy'),
          launchType: reader.optional(input, 'launchType') ?? 'EC2',
          tags: tagsIn(input),
          doomed: () => false,
          changed: () => {},
        }),
      )
      return { tasks: tasks.map(task => shownTask(task, true)), failures: [] }
    },
    ListTasks(input) {
      const tasks = filtered(clusterOf(input), input)
      const arns = tasks.map(({ arn }) => arn)
      return listed('taskArns', arns, input, { usual: 100, most: 100 })
    },
    DescribeTasks(input) {
      const names = namesIn(input, 'tasks', 100, 'tasks')
      if (names.length === 0) throw reader.refuse('Tasks cannot be empty.')
      const cluster = clusterOf(input)
      const tags = withTags(input)
      const { found, failures } = described(
        names,
        name => findTask(cluster, name),
        name => arnIn(world, `task/${cluster.name}/${name}`),
      )
      return { tasks: found.map(task => shownTask(task, tags)), failures }
    },
    StopTask(input) {
      const task = findTask(clusterOf(input), reader.text(input, 'task'))
      if (!task) throw reader.refuse('The referenced task was not found.')
      const reason = reader.optional(input, 'reason') ?? 'Task stopped by user'
      const { service } = task
      stop(world, task, 'UserInitiated', reason, () => {
        if (service) taskChanged(world, service, task)
      })
      return { task: shownTask(task, false) }
    },
  }
}

const ran = [
  'cluster',
  'taskDefinition',
  'count',
  'group',
  'startedBy',
  'launchType',
  'networkConfiguration',
  'clientToken',
  'tags',
]

function findTask(cluster: Cluster, idOrArn: string): Task | undefined {
  const known = cluster.tasks.get(idOrArn) ?? cluster.stopped.get(idOrArn)
  return known ?? allTasks(cluster).find(({ id }) => id === idOrArn)
}

function allTasks({ tasks, stopped }: Cluster): readonly Task[] {
  return [...tasks.values(), ...stopped.values()]
}

function filtered(cluster: Cluster, input: Input): readonly Task[] {
  reader.only(input, [
    'cluster',
    'desiredStatus',
    'family',
    'launchType',
    'maxResults',
    'nextToken',
    'serviceName',
    'startedBy',
  ])
  const serviceName = reader.optional(input, 'serviceName')
  const service = serviceName === undefined ? undefined : serviceAt(cluster, serviceName)
  const wanted = {
    desiredStatus: reader.optional(input, 'desiredStatus') ?? 'RUNNING',
    family: reader.optional(input, 'family'),
    launchType: reader.optional(input, 'launchType'),
    startedBy: reader.optional(input, 'startedBy'),
  }
  return allTasks(cluster).filter(
    task =>
      task.desiredStatus === wanted.desiredStatus &&
      (service === undefined || task.service === service) &&
      (wanted.family === undefined || task.taskDefinition.family === wanted.family) &&
      (wanted.launchType === undefined || task.launchType === wanted.launchType) &&
      (wanted.startedBy === undefined || task.startedBy === wanted.startedBy),
  )
}
