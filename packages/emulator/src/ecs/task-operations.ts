import type { Input } from '../aws/json-service.ts'
import type { SyncOperation } from '../aws/operations.ts'
import { describeTask } from './describe.ts'
import { arnIn, clusterAt, type EcsModel, runnableDefinition, serviceAt } from './model.ts'
import { describeAll, includesTags, listPage, namesIn, reader, readTags } from './protocol.ts'
import { taskChanged } from './reconcile.ts'
import { launch, stop } from './task-life.ts'
import type { Cluster, Task } from './types.ts'

/** Operations on tasks. */
export function taskOperations(model: EcsModel): Record<string, SyncOperation> {
  const clusterOf = (input: Input) => clusterAt(model, reader.optional(input, 'cluster'))

  return {
    RunTask(input) {
      reader.only(input, runTaskParameters)
      const cluster = clusterOf(input)
      const taskDefinition = runnableDefinition(model, reader.text(input, 'taskDefinition'))
      const count = reader.whole(input, 'count', 1, 10) ?? 1
      const tasks = Array.from({ length: count }, () =>
        launch(model, {
          cluster,
          taskDefinition,
          group: reader.optional(input, 'group') ?? `family:${taskDefinition.family}`,
          startedBy: reader.optional(input, 'startedBy'),
          launchType: reader.optional(input, 'launchType') ?? 'EC2',
          tags: readTags(input),
          failsToStart: () => false,
          onChange: () => {},
        }),
      )
      return { tasks: tasks.map(task => describeTask(task, true)), failures: [] }
    },
    ListTasks(input) {
      const tasks = filtered(clusterOf(input), input)
      const arns = tasks.map(({ arn }) => arn)
      return listPage('taskArns', arns, input, { defaultSize: 100, maxSize: 100 })
    },
    DescribeTasks(input) {
      const names = namesIn(input, 'tasks', 100, 'tasks')
      if (names.length === 0) throw reader.refuse('Tasks cannot be empty.')
      const cluster = clusterOf(input)
      const tags = includesTags(input)
      const { found, failures } = describeAll(
        names,
        name => findTask(cluster, name),
        name => arnIn(model, `task/${cluster.name}/${name}`),
      )
      return { tasks: found.map(task => describeTask(task, tags)), failures }
    },
    StopTask(input) {
      const task = findTask(clusterOf(input), reader.text(input, 'task'))
      if (!task) throw reader.refuse('The referenced task was not found.')
      const reason = reader.optional(input, 'reason') ?? 'Task stopped by user'
      const { service } = task
      stop(model, task, 'UserInitiated', reason, () => {
        if (service) taskChanged(model, service, task)
      })
      return { task: describeTask(task, false) }
    },
  }
}

const runTaskParameters = [
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
  const found = cluster.tasks.get(idOrArn) ?? cluster.stopped.get(idOrArn)
  return found ?? allTasks(cluster).find(({ id }) => id === idOrArn)
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
  const filters = {
    desiredStatus: reader.optional(input, 'desiredStatus') ?? 'RUNNING',
    family: reader.optional(input, 'family'),
    launchType: reader.optional(input, 'launchType'),
    startedBy: reader.optional(input, 'startedBy'),
  }
  return allTasks(cluster).filter(
    task =>
      task.desiredStatus === filters.desiredStatus &&
      (service === undefined || task.service === service) &&
      (filters.family === undefined || task.taskDefinition.family === filters.family) &&
      (filters.launchType === undefined || task.launchType === filters.launchType) &&
      (filters.startedBy === undefined || task.startedBy === filters.startedBy),
  )
}
