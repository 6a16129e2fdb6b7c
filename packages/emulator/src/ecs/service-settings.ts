import type { Input } from '../aws/json-service.ts'
import { given, reader } from './protocol.ts'
import type { Json, Service } from './types.ts'

/** Parameters that are kept, told, and without effect. */
const kept = [
  'availabilityZoneRebalancing',
  'capacityProviderStrategy',
  'enableECSManagedTags',
  'enableExecuteCommand',
  'healthCheckGracePeriodSeconds',
  'launchType',
  'loadBalancers',
  'networkConfiguration',
  'placementConstraints',
  'placementStrategy',
  'platformVersion',
  'propagateTags',
  'serviceRegistries',
]

/** Parameters that CreateService and UpdateService share. */
export const shared = ['cluster', 'taskDefinition', 'desiredCount', 'deploymentConfiguration', ...kept]

export function extrasOf(input: Input): Json {
  return given(Object.fromEntries(kept.map(name => [name, input[name] ?? undefined])))
}

/** Who deploys, as it was asked for. */
export function controllerOf(input: Input): Service['controller'] {
  const { type = 'ECS' } = reader.object(input, 'deploymentController') ?? {}
  if (type === 'ECS' || type === 'CODE_DEPLOY' || type === 'EXTERNAL') return type
  throw reader.refuse('Deployment controller type must be one of [ECS, CODE_DEPLOY, EXTERNAL]')
}

export function schedulingOf(input: Input): Service['scheduling'] {
  const strategy = reader.optional(input, 'schedulingStrategy') ?? 'REPLICA'
  if (strategy === 'REPLICA' || strategy === 'DAEMON') return strategy
  throw reader.refuse('Scheduling strategy must be one of [REPLICA, DAEMON]')
}

/** The deployment configuration, with what was there before, or the defaults. */
export function configurationOf(input: Input, before: Json): Json {
  const changes = reader.object(input, 'deploymentConfiguration') ?? {}
  const configuration = { ...before, ...given(changes) }
  const least = reader.whole(configuration, 'minimumHealthyPercent', 0, 100)!
  const most = reader.whole(configuration, 'maximumPercent', 0, 200)!
  if (most <= least && most < 100) {
    throw reader.refuse('maximumPercent must be greater than minimumHealthyPercent')
  }
  return configuration
}

export function defaultConfiguration(scheduling: Service['scheduling'], controller: string): Json {
  const breaker = { deploymentCircuitBreaker: { enable: false, rollback: false } }
  const percents =
    scheduling === 'DAEMON'
      ? { maximumPercent: 100, minimumHealthyPercent: 0 }
      : { maximumPercent: 200, minimumHealthyPercent: 100 }
  return controller === 'ECS' ? { ...breaker, ...percents, strategy: 'ROLLING' } : percents
}
