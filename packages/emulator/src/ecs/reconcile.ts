import { breakerOf, complete, fail, noteFailure, noteSuccess, thresholdOf } from './rollout.ts'
import type { World } from './state.ts'
import { launch, stop } from './task-life.ts'
import type { Deployment, Service, Task } from './types.ts'

/** How many tasks a service is to run. */
export function desiredOf({ instances }: World, { scheduling, desired, status }: Service): number {
  if (status !== 'ACTIVE') return 0
  return scheduling === 'DAEMON' ? instances : desired
}

/**
 * Does what the service scheduler does, as far as it can go now: stops old tasks while enough are healthy, starts new ones
 * while there is room, forgets deployments that have no task left, and completes what is steady. Called after every change.
 */
export function reconcile(world: World, service: Service): void {
  if (service.controller === 'ECS') roll(world, service)
  else scaleSets(world, service)
  if (service.status === 'DRAINING' && service.tasks.size === 0) {
    service.status = 'INACTIVE'
    service.deployments = []
  }
}

function scaleSets(world: World, service: Service): void {
  for (const set of service.deployments) scale(world, service, set, desiredOf(world, service))
}

/** Tasks of a deployment that have not been ordered to stop. */
export function wantedTasks(service: Service, deployment: Deployment): readonly Task[] {
  return [...service.tasks].filter(task => task.deployment === deployment && task.desiredStatus === 'RUNNING')
}

function roll(world: World, service: Service): void {
  const [primary] = service.deployments
  if (!primary) return
  const desired = desiredOf(world, service)
  const { maximumPercent, minimumHealthyPercent } = service.configuration
  const least = Math.ceil((desired * Number(minimumHealthyPercent)) / 100)
  const most = Math.floor((desired * Number(maximumPercent)) / 100)

  // A failed deployment starts nothing, and replaces nothing any more.
  if (primary.state !== 'FAILED' || service.status !== 'ACTIVE') {
    const wanted = [...service.tasks].filter(task => task.desiredStatus === 'RUNNING')
    let spare = wanted.filter(({ lastStatus }) => lastStatus === 'RUNNING').length - least
    for (const task of wanted) {
      if (task.deployment === primary) continue
      if (task.lastStatus === 'RUNNING' && spare-- <= 0) continue
      stopTask(world, service, task)
    }
    scale(world, service, primary, desired, most - service.tasks.size)
  }
  forget(world, service, primary)
  settle(world, service, primary, desired)
}

/** Forgets deployments without tasks; one that never had any is there for as long as it takes to stop one. */
function forget(world: World, service: Service, primary: Deployment): void {
  const used = new Set([...service.tasks].map(({ deployment }) => deployment))
  service.deployments = service.deployments.filter(one => {
    if (one === primary || used.has(one)) return true
    const until = one.replacedAt! + world.timing.stopMs
    if (world.agenda.now() >= until) return false
    comeBack(world, service, one, until)
    return true
  })
}

/** Goes on at a later time. */
function comeBack(world: World, service: Service, deployment: Deployment, at: number): void {
  if (deployment.wake?.at === at) return
  deployment.wake = world.agenda.after(at - world.agenda.now(), () => reconcile(world, service))
}

/** Starts or stops tasks of a deployment until there are as many as wanted, or as there is room for. */
function scale(world: World, service: Service, deployment: Deployment, size: number, room = size): void {
  const own = wantedTasks(service, deployment)
  for (const task of own.slice(size)) stopTask(world, service, task)
  const missing = Math.min(size - own.length, room)
  if (missing <= 0) return
  if (world.agenda.now() < deployment.holdUntil) {
    comeBack(world, service, deployment, deployment.holdUntil)
    return
  }
  const { launchType } = service.extras
  for (let count = 0; count < missing; count++) {
    launch(world, {
      cluster: service.cluster,
      service,
      deployment,
      group: `service:${service.name}`,
      startedBy: deployment.id,
      launchType: String(launchType ?? 'EC2'),
      taskDefinition: deployment.taskDefinition,
      doomed: () => fails(service, deployment),
      changed: task => taskChanged(world, service, task),
    })
  }
}

function fails({ failing }: Service, deployment: Deployment): boolean {
  if (failing.left <= 0 || (deployment.rollback && !failing.rollbacks)) return false
  failing.left--
  return true
}

function stopTask(world: World, service: Service, task: Task): void {
  const reason = `Scaling activity initiated by (deployment ${task.deployment!.id})`
  stop(world, task, 'ServiceSchedulerInitiated', reason, task => taskChanged(world, service, task))
}

/** Counts a start that came off or failed, and goes on. */
export function taskChanged(world: World, service: Service, task: Task): void {
  const deployment = task.deployment!
  if (task.lastStatus === 'RUNNING') noteSuccess(deployment, service)
  else if (task.startedAt === undefined && isFailure(task)) {
    noteFailure(deployment, world.agenda.now(), world.timing.retryMs)
    const threshold = thresholdOf(service, desiredOf(world, service))
    const current = service.deployments[0] === deployment && deployment.state === 'IN_PROGRESS'
    if (current && threshold !== undefined && deployment.failedTasks >= threshold) {
      const back = breakerOf(service.configuration).rollback === true
      fail(world, service, deployment, {
        by: 'ECS deployment circuit breaker',
        why: 'tasks failed to start.',
        back,
      })
    }
  }
  reconcile(world, service)
}

function isFailure({ stopCode }: Task): boolean {
  return stopCode === 'EssentialContainerExited' || stopCode === 'TaskFailedToStart'
}

/** Completes the deployment when it has been steady for long enough. */
function settle(world: World, service: Service, primary: Deployment, desired: number): void {
  const running = wantedTasks(service, primary).filter(({ lastStatus }) => lastStatus === 'RUNNING')
  const steady = running.length === desired && service.tasks.size === desired
  if (!steady || primary.state !== 'IN_PROGRESS' || service.status !== 'ACTIVE') primary.steady = undefined
  else if (!primary.steady) {
    const step = world.agenda.after(world.timing.steadyMs, () => {
      if (primary.steady === step) complete(world, service, primary)
    })
    primary.steady = step
  }
}
