import type { Deployment, Json, Service } from './types.ts'

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
