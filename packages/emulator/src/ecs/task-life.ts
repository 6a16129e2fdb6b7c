import { randomHex } from '../aws/identifiers.ts'
import type { Reading } from '../aws/lookup.ts'
import { arnIn, type EcsModel } from './model.ts'
import type { Cluster, Deployment, Service, Tags, Task, TaskDefinition } from './types.ts'

/** Stopped tasks are described for an hour, as in the service. */
const stoppedKeptMs = 3_600_000

/** Options of {@link launch}. */
export interface LaunchOptions extends Pick<Task, 'group' | 'launchType' | 'startedBy' | 'taskDefinition'> {
  readonly cluster: Cluster
  readonly service?: Service
  readonly deployment?: Deployment
  readonly tags?: Tags
  /** Asked when it should start. True if it fails to. */
  readonly failsToStart: () => boolean
  /** Called when it runs, and when it has stopped. */
  readonly onChange: (task: Task) => void
}

/** Launches a task. Its references are looked up at once: the worst case for a secret that is rotated. */
export function launch(model: EcsModel, { failsToStart, onChange, ...launch }: LaunchOptions): Task {
  const { timers, timing } = model
  const id = randomHex(model.random, 32)
  const { readings, missing } = resolveReferences(model, launch.taskDefinition)
  const task: Task = {
    ...launch,
    id,
    arn: arnIn(model, `task/${launch.cluster.name}/${id}`),
    tags: launch.tags ?? new Map(),
    createdAt: timers.now(),
    readings,
    lastStatus: 'PENDING',
    desiredStatus: 'RUNNING',
  }
  launch.cluster.tasks.set(task.arn, task)
  task.service?.tasks.add(task)
  timers.after(timing.startMs, () => {
    if (task.desiredStatus === 'STOPPED') return
    if (missing !== undefined) {
      const why = `ResourceInitializationError: unable to pull secrets or registry auth: ${missing}`
      markStopped(model, task, 'TaskFailedToStart', why)
    } else if (failsToStart())
      markStopped(model, task, 'EssentialContainerExited', 'Essential container in task exited')
    else {
      task.lastStatus = 'RUNNING'
      task.startedAt = timers.now()
    }
    onChange(task)
  })
  return task
}

/** Orders a task to stop. */
export function stop(
  model: EcsModel,
  task: Task,
  code: string,
  reason: string,
  changed: (task: Task) => void,
): void {
  if (task.desiredStatus === 'STOPPED') return
  task.desiredStatus = 'STOPPED'
  task.stopCode = code
  task.stoppedReason = reason
  task.stoppingAt = model.timers.now()
  // It counts as running until it has stopped.
  if (task.lastStatus === 'RUNNING') task.lastStatus = 'DEACTIVATING'
  model.timers.after(model.timing.stopMs, () => {
    markStopped(model, task, code, reason)
    changed(task)
  })
}

function markStopped(model: EcsModel, task: Task, code: string, reason: string): void {
  const now = model.timers.now()
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

function resolveReferences({ lookup }: EcsModel, { references }: TaskDefinition) {
  const readings: Reading[] = []
  if (!lookup) return { readings, missing: undefined }
  for (const valueFrom of references) {
    const found = lookup(valueFrom)
    if (!found) return { readings, missing: valueFrom }
    readings.push({ valueFrom, ...found })
  }
  return { readings, missing: undefined }
}
