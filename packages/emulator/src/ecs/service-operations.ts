import { type Input, ServiceError } from '../aws/json-service.ts'
import type { LocalOperation } from '../aws/operations.ts'
import { shownService } from './describe.ts'
import { described, listed, namesIn, reader, tagsIn, withTags } from './protocol.ts'
import { desiredOf, reconcile } from './reconcile.ts'
import { begin, mostDeployments } from './rollout.ts'
import {
  configurationOf,
  controllerOf,
  defaultConfiguration,
  extrasOf,
  schedulingOf,
  shared,
} from './service-settings.ts'
import { arnIn, clusterAt, findService, runnableDefinition, serviceAt, type World } from './state.ts'
import type { Cluster, Service } from './types.ts'

/** Operations on services, but for UpdateService. */
export function serviceOperations(world: World): Record<string, LocalOperation> {
  const clusterOf = (input: Input) => clusterAt(world, reader.optional(input, 'cluster'))
  const serviceOf = (input: Input, name: string) => {
    const cluster = clusterOf(input)
    return { cluster, service: findService(cluster, reader.text(input, name)) }
  }

  return {
    CreateService(input) {
      reader.only(input, [...shared, ...created])
      const cluster = clusterOf(input)
      const service = create(world, cluster, input)
      cluster.services.set(service.name, service)
      // EXTERNAL ones begin empty: their task sets say what runs.
      if (service.taskDefinition) begin(world, service, service.taskDefinition)
      reconcile(world, service)
      return { service: shownService(world, service, true) }
    },
    DeleteService(input) {
      const { service } = serviceOf(input, 'service')
      if (!service || service.status === 'INACTIVE') throw notFound()
      if (reader.flag(input, 'force') !== true && desiredOf(world, service) > 0) {
        throw reader.refuse('The service cannot be stopped while it is scaled above 0.')
      }
      service.status = 'DRAINING'
      const shown = shownService(world, service, true)
      reconcile(world, service)
      return { service: shown }
    },
    DescribeServices(input) {
      const names = namesIn(input, 'services', 10, 'service names')
      if (names.length === 0) throw reader.refuse('Services cannot be empty.')
      const cluster = clusterOf(input)
      const tags = withTags(input)
      const { found, failures } = described(
        names,
        name => findService(cluster, name),
        name => arnIn(world, `service/${cluster.name}/${name}`),
      )
      return { services: found.map(service => shownService(world, service, tags)), failures }
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
      return listed('serviceArns', arns, input, { usual: 10, most: 100 })
    },
  }
}

const created = ['serviceName', 'deploymentController', 'schedulingStrategy', 'clientToken', 'role', 'tags']

function create(world: World, cluster: Cluster, input: Input): Service {
  const name = reader.text(input, 'serviceName')
  if (!/^[\w-]{1,255}$/.test(name)) throw reader.refuse('Service name contains invalid characters.')
  const there = cluster.services.get(name)
  if (there?.status === 'ACTIVE') throw reader.refuse('Creation of service was not idempotent.')
  if (there?.status === 'DRAINING') throw reader.refuse('Unable to Start a service that is still Draining.')
  const controller = controllerOf(input)
  const scheduling = schedulingOf(input)
  const wanted = reader.optional(input, 'taskDefinition')
  if (wanted === undefined && controller !== 'EXTERNAL')
    throw reader.refuse('TaskDefinition can not be blank.')
  if (scheduling === 'DAEMON' && controller !== 'ECS') {
    throw reader.refuse('The daemon scheduling strategy only supports the ECS deployment controller')
  }
  const desired = reader.whole(input, 'desiredCount', 0, 5_000)
  if (scheduling === 'DAEMON' && desired !== undefined) {
    throw reader.refuse('The daemon scheduling strategy does not support a desired count')
  }
  return {
    arn: arnIn(world, `service/${cluster.name}/${name}`),
    name,
    cluster,
    controller,
    scheduling,
    createdAt: world.agenda.now(),
    extras: { launchType: 'EC2', ...extrasOf(input) },
    tags: tagsIn(input),
    tasks: new Set(),
    deployments: [],
    status: 'ACTIVE',
    desired: desired ?? 0,
    taskDefinition: wanted === undefined ? undefined : runnableDefinition(world, wanted),
    configuration: configurationOf(input, defaultConfiguration(scheduling, controller)),
    events: [],
    failing: { left: 0, rollbacks: false },
  }
}

function notFound() {
  return new ServiceError('ServiceNotFoundException', 'Service not found.')
}

/** The operation that recycles a service. */
export function updateOperations(world: World): Record<string, LocalOperation> {
  return {
    UpdateService(input) {
      reader.only(input, [...shared, 'service', 'forceNewDeployment'])
      const cluster = clusterAt(world, reader.optional(input, 'cluster'))
      const service = serviceAt(cluster, reader.text(input, 'service'))
      const forced = reader.flag(input, 'forceNewDeployment') === true
      const wanted = reader.optional(input, 'taskDefinition')
      const extras = extrasOf(input)
      if (service.controller !== 'ECS') refuseDeployment(service, forced, wanted !== undefined, extras)

      const definition = wanted === undefined ? service.taskDefinition : runnableDefinition(world, wanted)
      const desired = reader.whole(input, 'desiredCount', 0, 5_000)
      const configuration = configurationOf(input, service.configuration)
      const replaced = forced || definition !== service.taskDefinition || changes(service, extras)
      if (replaced && service.deployments.length >= mostDeployments) {
        throw reader.refuse(`${mostDeployments} active deployments exist, unable to create new deployment.`)
      }
      if (desired !== undefined) service.desired = desired
      service.configuration = configuration
      service.extras = { ...service.extras, ...extras }
      if (replaced) begin(world, service, definition!)
      reconcile(world, service)
      return { service: shownService(world, service, true) }
    },
  }
}

/** Services that others deploy take no deployment from here. */
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
function changes({ extras }: Service, wanted: Readonly<Record<string, unknown>>): boolean {
  const deployed = ['capacityProviderStrategy', 'loadBalancers', 'networkConfiguration', 'platformVersion']
  return deployed.some(
    name => name in wanted && JSON.stringify(wanted[name]) !== JSON.stringify(extras[name]),
  )
}
