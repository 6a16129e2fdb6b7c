import type { Input } from '../aws/json-service.ts'
import { definedOnly } from '../aws/protocol.ts'
import { reader } from './protocol.ts'
import type { Json, Service } from './types.ts'

/** Parameters that are stored and described, and have no effect. */
const storedParameters = [
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
export const serviceParameters = [
  'cluster',
  'taskDefinition',
  'desiredCount',
  'deploymentConfiguration',
  ...storedParameters,
]

export function extrasOf(input: Input): Json {
  return definedOnly(Object.fromEntries(storedParameters.map(name => [name, input[name] ?? undefined])))
}

/** The deployment controller of a request. */
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

/** The deployment configuration of a request, on top of the one before, or of the defaults. */
export function configurationOf(input: Input, before: Json): Json {
  const changes = reader.object(input, 'deploymentConfiguration') ?? {}
  const configuration = { ...before, ...definedOnly(changes) }
  const min = reader.whole(configuration, 'minimumHealthyPercent', 0, 100)!
  const max = reader.whole(configuration, 'maximumPercent', 0, 200)!
  if (max <= min && max < 100) {
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
