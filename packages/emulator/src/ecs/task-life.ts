import { randomHex } from '../aws/identifiers.ts'
import type { Reading } from '../aws/lookup.ts'
import { arnIn, type World } from './state.ts'
import type { Cluster, Deployment, Service, Tags, Task, TaskDefinition } from './types.ts'

/** Stopped tasks are told of for an hour, as the service does. */
const stoppedKeptMs = 3_600_000

/** What a task is launched as. */
export interface Launch extends Pick<Task, 'group' | 'launchType' | 'startedBy' | 'taskDefinition'> {
  readonly cluster: Cluster
  readonly service?: Service
  readonly deployment?: Deployment
  readonly tags?: Tags
  /** Asked when it should start: whether it does not. */
  readonly doomed: () => boolean
  /** Told when it runs, and when it has stopped. */
  readonly changed: (task: Task) => void
}

/** Launches a task. What its task definition refers to is read at once: the worst case for a secret that is rotated. */
export function launch(world: World, { doomed, changed, ...launch }: Launch): Task {
  const { agenda, timing } = world
  const id = randomHex(world.random, 32)
  const { readings, missing } = read(world, launch.taskDefinition)
  const task: Task = {
    ...launch,
    id,
    arn: arnIn(world, `task/${launch.cluster.name}/${id}`),
    tags: launch.tags ?? new Map(),
    createdAt: agenda.now(),
    readings,
    lastStatus: 'PENDING',
    desiredStatus: 'RUNNING',
  }
  launch.cluster.tasks.set(task.arn, task)
  task.service?.tasks.add(task)
  agenda.after(timing.startMs, () => {
    if (task.desiredStatus === 'STOPPED') return
    if (missing !== undefined) {
      const why = `ResourceInitializationError: unable to pull secrets or registry auth: ${missing}`
      end(world, task, 'TaskFailedToStart', why)
    } else if (doomed()) end(world, task, 'EssentialContainerExited', 'Essential container in task exited')
    else {
      task.lastStatus = 'RUNNING'
      task.startedAt = agenda.now()
    }
    changed(task)
  })
  return task
}

/** Orders a task to stop. */
export function stop(
  world: World,
  task: Task,
  code: string,
  reason: string,
  changed: (task: Task) => void,
): void {
  if (task.desiredStatus === 'STOPPED') return
  task.desiredStatus = 'STOPPED'
  task.stopCode = code
  task.stoppedReason = reason
  task.stoppingAt = world.agenda.now()
  // It counts with those that run until it has stopped.
  if (task.lastStatus === 'RUNNING') task.lastStatus = 'DEACTIVATING'
  world.agenda.after(world.timing.stopMs, () => {
    end(world, task, code, reason)
    changed(task)
  })
}

function end(world: World, task: Task, code: string, reason: string): void {
  const now = world.agenda.now()
  const { tasks, stopped } = task.cluster
  task.desiredStatus = 'STOPPED'
  task.lastStatus = 'STOPPED'
  task.stopCode = code
  task.stoppedReason = reason
  task.stoppingAt ??= now
  task.stoppedAt = now
  task.service?.tasks.delete(task)
  tasks.delete(task.arn)
  stopped.set(task.arn, task)
  for (const old of stopped.values()) {
    if (now - old.stoppedAt! <= stoppedKeptMs) break
    stopped.delete(old.arn)
  }
}

function read({ lookup }: World, { references }: TaskDefinition) {
  const readings: Reading[] = []
  if (!lookup) return { readings, missing: undefined }
  for (const valueFrom of references) {
    const found = lookup(valueFrom)
    if (!found) return { readings, missing: valueFrom }
    readings.push({ valueFrom, ...found })
  }
  return { readings, missing: undefined }
}
