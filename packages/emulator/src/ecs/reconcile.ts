import type { EcsModel } from './model.ts'
import {
  circuitBreakerOf,
  completeDeployment,
  failDeployment,
  failureThreshold,
  recordFailedStart,
  recordStart,
} from './rollout.ts'
import { launch, stop } from './task-life.ts'
import type { Deployment, Service, Task } from './types.ts'

/** How many tasks a service is to run. */
export function desiredOf({ instances }: EcsModel, { scheduling, desired, status }: Service): number {
  if (status !== 'ACTIVE') return 0
  return scheduling === 'DAEMON' ? instances : desired
}

/**
 * Acts as the service scheduler, as far as it can go now: stops old tasks while enough are healthy, starts new ones
 * while there is room, removes deployments without tasks, and completes a steady deployment. Called after every change.
 */
export function reconcile(model: EcsModel, service: Service): void {
  if (service.controller === 'ECS') rollDeployments(model, service)
  else scaleTaskSets(model, service)
  if (service.status === 'DRAINING' && service.tasks.size === 0) {
    service.status = 'INACTIVE'
    service.deployments = []
  }
}

function scaleTaskSets(model: EcsModel, service: Service): void {
  for (const set of service.deployments) scale(model, service, set, desiredOf(model, service))
}

/** Tasks of a deployment that have not been ordered to stop. */
export function activeTasks(service: Service, deployment: Deployment): readonly Task[] {
  return [...service.tasks].filter(task => task.deployment === deployment && task.desiredStatus === 'RUNNING')
}

function rollDeployments(model: EcsModel, service: Service): void {
  const [primary] = service.deployments
  if (!primary) return
  const desired = desiredOf(model, service)
  const { maximumPercent, minimumHealthyPercent } = service.configuration
  const minHealthy = Math.ceil((desired * Number(minimumHealthyPercent)) / 100)
  const maxTasks = Math.floor((desired * Number(maximumPercent)) / 100)

  // A failed deployment starts nothing, and replaces nothing any more.
  if (primary.state !== 'FAILED' || service.status !== 'ACTIVE') {
    const active = [...service.tasks].filter(task => task.desiredStatus === 'RUNNING')
    let spare = active.filter(({ lastStatus }) => lastStatus === 'RUNNING').length - minHealthy
    for (const task of active) {
      if (task.deployment === primary) continue
      if (task.lastStatus === 'RUNNING' && spare-- <= 0) continue
      stopTask(model, service, task)
    }
    scale(model, service, primary, desired, maxTasks - service.tasks.size)
  }
  removeEmptyDeployments(model, service, primary)
  completeWhenSteady(model, service, primary, desired)
}

/** Removes deployments without tasks; one that never had any stays for as long as a task takes to stop. */
function removeEmptyDeployments(model: EcsModel, service: Service, primary: Deployment): void {
  const used = new Set([...service.tasks].map(({ deployment }) => deployment))
  service.deployments = service.deployments.filter(one => {
    if (one === primary || used.has(one)) return true
    const until = one.replacedAt! + model.timing.stopMs
    if (model.timers.now() >= until) return false
    reconcileLater(model, service, one, until)
    return true
  })
}

/** Goes on at a later time. */
function reconcileLater(model: EcsModel, service: Service, deployment: Deployment, at: number): void {
  if (deployment.wake?.at === at) return
  deployment.wake = model.timers.after(at - model.timers.now(), () => reconcile(model, service))
}

/** Starts or stops tasks of a deployment until there are `size`, or as many as there is room for. */
function scale(model: EcsModel, service: Service, deployment: Deployment, size: number, room = size): void {
  const own = activeTasks(service, deployment)
  for (const task of own.slice(size)) stopTask(model, service, task)
  const missing = Math.min(size - own.length, room)
  if (missing <= 0) return
  if (model.timers.now() < deployment.holdUntil) {
    reconcileLater(model, service, deployment, deployment.holdUntil)
    return
  }
  const { launchType } = service.extras
  for (let count = 0; count < missing; count++) {
    launch(model, {
      cluster: service.cluster,
      service,
      deployment,
      group: `service:${service.name}`,
      startedBy: deployment.id,
      launchType: String(launchType ?? 'EC2'),
      taskDefinition: deployment.taskDefinition,
      failsToStart: () => takeFailure(service, deployment),
      onChange: task => taskChanged(model, service, task),
    })
  }
}

function takeFailure({ failing }: Service, deployment: Deployment): boolean {
  if (failing.left <= 0 || (deployment.rollback && !failing.rollbacks)) return false
  failing.left--
  return true
}

function stopTask(model: EcsModel, service: Service, task: Task): void {
  const reason = `Scaling activity initiated by (deployment ${task.deployment!.id})`
  stop(model, task, 'ServiceSchedulerInitiated', reason, task => taskChanged(model, service, task))
}

/** Counts a start that came off or failed, and goes on. */
export function taskChanged(model: EcsModel, service: Service, task: Task): void {
  const deployment = task.deployment!
  if (task.lastStatus === 'RUNNING') recordStart(deployment, service)
  else if (task.startedAt === undefined && isFailure(task)) {
    recordFailedStart(deployment, model.timers.now(), model.timing.retryMs)
    const threshold = failureThreshold(service, desiredOf(model, service))
    const current = service.deployments[0] === deployment && deployment.state === 'IN_PROGRESS'
    if (current && threshold !== undefined && deployment.failedTasks >= threshold) {
      const back = circuitBreakerOf(service.configuration).rollback === true
      failDeployment(model, service, deployment, {
        by: 'ECS deployment circuit breaker',
        why: 'tasks failed to start.',
        back,
      })
    }
  }
  reconcile(model, service)
}

function isFailure({ stopCode }: Task): boolean {
  return stopCode === 'EssentialContainerExited' || stopCode === 'TaskFailedToStart'
}

/** Completes the deployment when it has been steady for long enough. */
function completeWhenSteady(model: EcsModel, service: Service, primary: Deployment, desired: number): void {
  const running = activeTasks(service, primary).filter(({ lastStatus }) => lastStatus === 'RUNNING')
  const steady = running.length === desired && service.tasks.size === desired
  if (!steady || primary.state !== 'IN_PROGRESS' || service.status !== 'ACTIVE') primary.steady = undefined
  else if (!primary.steady) {
    const step = model.timers.after(model.timing.steadyMs, () => {
      if (primary.steady === step) completeDeployment(model, service, primary)
    })
    primary.steady = step
  }
}
