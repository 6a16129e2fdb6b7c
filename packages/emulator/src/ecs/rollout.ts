import { randomId, randomText } from '../aws/identifiers.ts'
import type { EcsModel } from './model.ts'
import type { Deployment, Json, Service, TaskDefinition } from './types.ts'

/** The service's limit. */
export const maxDeployments = 5
/** As many messages of a service are described. */
const maxMessages = 100

/** Starts a new primary deployment; it replaces all earlier ones. */
export function startDeployment(
  model: EcsModel,
  service: Service,
  taskDefinition: TaskDefinition,
  { reason, rollback = false }: { reason?: string; rollback?: boolean } = {},
): Deployment {
  const now = model.timers.now()
  const id = `ecs-svc/${randomText(model.random, 19, '0123456789')}`
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
  emitStateChange(model, service, deployment, 'INFO', 'IN_PROGRESS')
  return deployment
}

/** Completes a deployment: all of its tasks run, and no others. */
export function completeDeployment(model: EcsModel, service: Service, deployment: Deployment): void {
  setDeploymentState(model, deployment, 'COMPLETED', `ECS deployment ${deployment.id} completed.`)
  deployment.failedTasks = 0
  service.completed = deployment
  addServiceEvent(
    model,
    service,
    `(service ${service.name}) (deployment ${deployment.id}) deployment completed.`,
  )
  addServiceEvent(model, service, `(service ${service.name}) has reached a steady state.`)
  emitStateChange(model, service, deployment, 'INFO', 'COMPLETED')
}

/** Fails a deployment and, with `rollback`, starts the last completed one again. */
export function failDeployment(
  model: EcsModel,
  service: Service,
  deployment: Deployment,
  { by, why, back }: { by: string; why: string; back: boolean },
): void {
  setDeploymentState(model, deployment, 'FAILED', `${by}: ${why}`)
  addServiceEvent(
    model,
    service,
    `(service ${service.name}) (deployment ${deployment.id}) deployment failed: ${why}`,
  )
  emitStateChange(model, service, deployment, 'ERROR', 'FAILED')
  const { completed } = service
  // A rollback is not rolled back.
  if (!back || !completed || deployment.rollback) return
  const reason = `${by}: rolling back to deploymentId ${completed.id}.`
  startDeployment(model, service, completed.taskDefinition, { reason, rollback: true })
}

function setDeploymentState(
  model: EcsModel,
  deployment: Deployment,
  state: Deployment['state'],
  reason: string,
): void {
  deployment.state = state
  deployment.reason = reason
  deployment.updatedAt = model.timers.now()
  deployment.steady = undefined
}

function emitStateChange(
  model: EcsModel,
  service: Service,
  deployment: Deployment,
  eventType: string,
  state: string,
): void {
  // Other controllers report their deployments themselves.
  if (service.controller !== 'ECS') return
  const { id, reason, updatedAt } = deployment
  model.emit({
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

function addServiceEvent(model: EcsModel, service: Service, message: string): void {
  service.events.unshift({ id: randomId(model.random), at: model.timers.now(), message })
  service.events.length = Math.min(service.events.length, maxMessages)
}

/** How many failed starts one after the other fail a deployment; undefined where the circuit breaker is off. */
export function failureThreshold({ configuration }: Service, desired: number): number | undefined {
  const { enable, thresholdConfiguration } = circuitBreakerOf(configuration)
  if (enable !== true) return undefined
  const { type = 'BOUNDED_PERCENT', value = 50 } = (thresholdConfiguration ?? {}) as Json
  if (type === 'COUNT') return Number(value)
  const share = Math.ceil((desired * Number(value)) / 100)
  return type === 'UNBOUNDED_PERCENT' ? Math.max(1, share) : Math.min(200, Math.max(3, share))
}

/** Notes that a task did not start, and holds the next start back. */
export function recordFailedStart(deployment: Deployment, now: number, retryMs: number): void {
  deployment.failedTasks++
  deployment.updatedAt = now
  if (now > deployment.failedAt) deployment.failedRounds++
  deployment.failedAt = now
  deployment.holdUntil = now + retryMs * 2 ** Math.min(5, deployment.failedRounds - 1)
}

/** Notes that a task runs. */
export function recordStart(deployment: Deployment, { configuration }: Service): void {
  deployment.failedRounds = 0
  if (deployment.state === 'FAILED') return
  if (circuitBreakerOf(configuration).resetOnHealthyTask !== false) deployment.failedTasks = 0
}

export function circuitBreakerOf(configuration: Json): Json {
  return (configuration.deploymentCircuitBreaker ?? {}) as Json
}

export function alarmsOf(configuration: Json): Json {
  return (configuration.alarms ?? {}) as Json
}
