import { randomId, randomText } from '../aws/identifiers.ts'
import type { World } from './state.ts'
import type { Deployment, Json, Service, TaskDefinition } from './types.ts'

/** The service's limit. */
export const mostDeployments = 5
/** As many messages are told of a service. */
const mostMessages = 100

/** Makes a new primary deployment; those before it are replaced. */
export function begin(
  world: World,
  service: Service,
  taskDefinition: TaskDefinition,
  { reason, rollback = false }: { reason?: string; rollback?: boolean } = {},
): Deployment {
  const now = world.agenda.now()
  const id = `ecs-svc/${randomText(world.random, 19, '0123456789')}`
  const deployment: Deployment = {
    id,
    taskDefinition,
    createdAt: now,
    rollback,
    status: 'PRIMARY',
    updatedAt: now,
    state: 'IN_PROGRESS',
    reason: reason ?? `ECS deployment ${id} in progress.`,
    failedTasks: 0,
    failedRounds: 0,
    failedAt: Number.NEGATIVE_INFINITY,
    holdUntil: now,
    wake: undefined,
    steady: undefined,
  }
  if (service.controller === 'ECS') {
    for (const older of service.deployments) {
      older.status = 'ACTIVE'
      older.replacedAt ??= now
    }
    service.taskDefinition = taskDefinition
  }
  service.deployments.unshift(deployment)
  tell(world, service, deployment, 'INFO', 'IN_PROGRESS')
  return deployment
}

/** All of a deployment's tasks run, and nobody else's. */
export function complete(world: World, service: Service, deployment: Deployment): void {
  change(world, deployment, 'COMPLETED', `ECS deployment ${deployment.id} completed.`)
  deployment.failedTasks = 0
  service.completed = deployment
  say(world, service, `(service ${service.name}) (deployment ${deployment.id}) deployment completed.`)
  say(world, service, `(service ${service.name}) has reached a steady state.`)
  tell(world, service, deployment, 'INFO', 'COMPLETED')
}

/** Gives a deployment up, and goes back to the last one that completed, where that is wanted. */
export function fail(
  world: World,
  service: Service,
  deployment: Deployment,
  { by, why, back }: { by: string; why: string; back: boolean },
): void {
  change(world, deployment, 'FAILED', `${by}: ${why}`)
  say(world, service, `(service ${service.name}) (deployment ${deployment.id}) deployment failed: ${why}`)
  tell(world, service, deployment, 'ERROR', 'FAILED')
  const { completed } = service
  // One that goes back already has nothing to go back to.
  if (!back || !completed || deployment.rollback) return
  const reason = `${by}: rolling back to deploymentId ${completed.id}.`
  begin(world, service, completed.taskDefinition, { reason, rollback: true })
}

function change(world: World, deployment: Deployment, state: Deployment['state'], reason: string): void {
  deployment.state = state
  deployment.reason = reason
  deployment.updatedAt = world.agenda.now()
  deployment.steady = undefined
}

function tell(
  world: World,
  service: Service,
  deployment: Deployment,
  eventType: string,
  state: string,
): void {
  // Others tell of what they deploy.
  if (service.controller !== 'ECS') return
  const { id, reason, updatedAt } = deployment
  world.emit({
    source: 'aws.ecs',
    detailType: 'ECS Deployment State Change',
    resources: [service.arn],
    at: updatedAt,
    detail: {
      eventType,
      eventName: `SERVICE_DEPLOYMENT_${state}`,
      deploymentId: id,
      updatedAt: new Date(updatedAt).toISOString().replace(/\.\d+Z$/, 'Z'),
      reason,
    },
  })
}

function say(world: World, service: Service, message: string): void {
  service.events.unshift({ id: randomId(world.random), at: world.agenda.now(), message })
  service.events.length = Math.min(service.events.length, mostMessages)
}

/** How many failed starts one after the other fail a deployment; undefined where the circuit breaker is off. */
export function thresholdOf({ configuration }: Service, desired: number): number | undefined {
  const { enable, thresholdConfiguration } = breakerOf(configuration)
  if (enable !== true) return undefined
  const { type = 'BOUNDED_PERCENT', value = 50 } = (thresholdConfiguration ?? {}) as Json
  if (type === 'COUNT') return Number(value)
  const share = Math.ceil((desired * Number(value)) / 100)
  return type === 'UNBOUNDED_PERCENT' ? Math.max(1, share) : Math.min(200, Math.max(3, share))
}

/** Notes that a task did not start, and holds the next start back. */
export function noteFailure(deployment: Deployment, now: number, retryMs: number): void {
  deployment.failedTasks++
  deployment.updatedAt = now
  if (now > deployment.failedAt) deployment.failedRounds++
  deployment.failedAt = now
  deployment.holdUntil = now + retryMs * 2 ** Math.min(5, deployment.failedRounds - 1)
}

/** Notes that a task runs. */
export function noteSuccess(deployment: Deployment, { configuration }: Service): void {
  deployment.failedRounds = 0
  if (deployment.state === 'FAILED') return
  if (breakerOf(configuration).resetOnHealthyTask !== false) deployment.failedTasks = 0
}

export function breakerOf(configuration: Json): Json {
  return (configuration.deploymentCircuitBreaker ?? {}) as Json
}

export function alarmsOf(configuration: Json): Json {
  return (configuration.alarms ?? {}) as Json
}
