import { type Input, ServiceError } from '../aws/json-service.ts'
import type { SyncOperation } from '../aws/operations.ts'
import { describeService } from './describe.ts'
import { arnIn, clusterAt, type EcsModel, findService, runnableDefinition, serviceAt } from './model.ts'
import { describeAll, includesTags, listPage, namesIn, reader, readTags } from './protocol.ts'
import { desiredOf, reconcile } from './reconcile.ts'
import { maxDeployments, startDeployment } from './rollout.ts'
import {
  configurationOf,
  controllerOf,
  defaultConfiguration,
  extrasOf,
  schedulingOf,
  serviceParameters,
} from './service-settings.ts'
import type { Cluster, Service } from './types.ts'

/** Operations on services, but for UpdateService. */
export function serviceOperations(model: EcsModel): Record<string, SyncOperation> {
  const clusterOf = (input: Input) => clusterAt(model, reader.optional(input, 'cluster'))
  const serviceOf = (input: Input, name: string) => {
    const cluster = clusterOf(input)
    return { cluster, service: findService(cluster, reader.text(input, name)) }
  }

  return {
    CreateService(input) {
      reader.only(input, [...serviceParameters, ...creationParameters])
      const cluster = clusterOf(input)
      const service = create(model, cluster, input)
      cluster.services.set(service.name, service)
      // A service of the controller EXTERNAL begins empty, and has no task sets here.
      if (service.taskDefinition) startDeployment(model, service, service.taskDefinition)
      reconcile(model, service)
      return { service: describeService(model, service, true) }
    },
    DeleteService(input) {
      const { service } = serviceOf(input, 'service')
      if (!service || service.status === 'INACTIVE') throw notFound()
      if (reader.flag(input, 'force') !== true && desiredOf(model, service) > 0) {
        throw reader.refuse('The service cannot be stopped while it is scaled above 0.')
      }
      service.status = 'DRAINING'
      const answer = describeService(model, service, true)
      reconcile(model, service)
      return { service: answer }
    },
    DescribeServices(input) {
      const names = namesIn(input, 'services', 10, 'service names')
      if (names.length === 0) throw reader.refuse('Services cannot be empty.')
      const cluster = clusterOf(input)
      const tags = includesTags(input)
      const { found, failures } = describeAll(
        names,
        name => findService(cluster, name),
        name => arnIn(model, `service/${cluster.name}/${name}`),
      )
      return { services: found.map(service => describeService(model, service, tags)), failures }
    },
    ListServices(input) {
      const launchType = reader.optional(input, 'launchType')
      const scheduling = reader.optional(input, 'schedulingStrategy')
      const services = [...clusterOf(input).services.values()].filter(
        service =>
          service.status !== 'INACTIVE' &&
          (launchType === undefined || (service.extras.launchType ?? 'EC2') === launchType) &&
          (scheduling === undefined || service.scheduling === scheduling),
      )
      const arns = services.map(({ arn }) => arn)
      return listPage('serviceArns', arns, input, { defaultSize: 10, maxSize: 100 })
    },
  }
}

const creationParameters = [
  'serviceName',
  'deploymentController',
  'schedulingStrategy',
  'clientToken',
  'role',
  'tags',
]

function create(model: EcsModel, cluster: Cluster, input: Input): Service {
  const name = reader.text(input, 'serviceName')
  if (!/^[\w-]{1,255}$/.test(name)) throw reader.refuse('Service name contains invalid characters.')
  const existing = cluster.services.get(name)
  if (existing?.status === 'ACTIVE') throw reader.refuse('Creation of service was not idempotent.')
  if (existing?.status === 'DRAINING')
    throw reader.refuse('Unable to Start a service that is still Draining.')
  const controller = controllerOf(input)
  const scheduling = schedulingOf(input)
  const reference = reader.optional(input, 'taskDefinition')
  if (reference === undefined && controller !== 'EXTERNAL')
    throw reader.refuse('TaskDefinition can not be blank.')
  if (scheduling === 'DAEMON' && controller !== 'ECS') {
    throw reader.refuse('The daemon scheduling strategy only supports the ECS deployment controller')
  }
  const desired = reader.whole(input, 'desiredCount', 0, 5_000)
  if (scheduling === 'DAEMON' && desired !== undefined) {
    throw reader.refuse('The daemon scheduling strategy does not support a desired count')
  }
  return {
    arn: arnIn(model, `service/${cluster.name}/${name}`),
    name,
    cluster,
    controller,
    scheduling,
    createdAt: model.timers.now(),
    extras: { launchType: 'EC2', ...extrasOf(input) },
    tags: readTags(input),
    tasks: new Set(),
    deployments: [],
    status: 'ACTIVE',
    desired: desired ?? 0,
    taskDefinition: reference === undefined ? undefined : runnableDefinition(model, reference),
    configuration: configurationOf(input, defaultConfiguration(scheduling, controller)),
    events: [],
    failing: { left: 0, rollbacks: false },
  }
}

function notFound() {
  return new ServiceError('ServiceNotFoundException', 'Service not found.')
}

/** The operation that recycles a service. */
export function updateOperations(model: EcsModel): Record<string, SyncOperation> {
  return {
    UpdateService(input) {
      reader.only(input, [...serviceParameters, 'service', 'forceNewDeployment'])
      const cluster = clusterAt(model, reader.optional(input, 'cluster'))
      const service = serviceAt(cluster, reader.text(input, 'service'))
      const forced = reader.flag(input, 'forceNewDeployment') === true
      const reference = reader.optional(input, 'taskDefinition')
      const extras = extrasOf(input)
      if (service.controller !== 'ECS') refuseDeployment(service, forced, reference !== undefined, extras)

      const definition =
        reference === undefined ? service.taskDefinition : runnableDefinition(model, reference)
      const desired = reader.whole(input, 'desiredCount', 0, 5_000)
      const configuration = configurationOf(input, service.configuration)
      const replaced = forced || definition !== service.taskDefinition || changes(service, extras)
      if (replaced && service.deployments.length >= maxDeployments) {
        throw reader.refuse(`${maxDeployments} active deployments exist, unable to create new deployment.`)
      }
      if (desired !== undefined) service.desired = desired
      service.configuration = configuration
      service.extras = { ...service.extras, ...extras }
      if (replaced) startDeployment(model, service, definition!)
      reconcile(model, service)
      return { service: describeService(model, service, true) }
    },
  }
}

/** UpdateService deploys no service of another deployment controller. */
function refuseDeployment(service: Service, forced: boolean, defined: boolean, extras: object): void {
  const on = `on services with a ${service.controller} deployment controller.`
  const instead =
    service.controller === 'CODE_DEPLOY' ? ' Use AWS CodeDeploy to trigger a new deployment.' : ''
  if (defined) throw reader.refuse(`Unable to update task definition ${on}${instead}`)
  if (forced) throw reader.refuse(`Cannot force a new deployment ${on}${instead}`)
  if ('networkConfiguration' in extras || 'platformVersion' in extras) {
    throw reader.refuse(`Unable to update network parameters ${on}${instead}`)
  }
}

/** Whether a change of these parameters is a deployment of its own. */
function changes({ extras }: Service, updates: Readonly<Record<string, unknown>>): boolean {
  const deployed = ['capacityProviderStrategy', 'loadBalancers', 'networkConfiguration', 'platformVersion']
  return deployed.some(
    name => name in updates && JSON.stringify(updates[name]) !== JSON.stringify(extras[name]),
  )
}
