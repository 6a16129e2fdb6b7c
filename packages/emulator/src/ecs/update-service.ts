import type { LocalOperation } from '../aws/operations.ts'
import { shownService } from './describe.ts'
import { reader } from './protocol.ts'
import { reconcile } from './reconcile.ts'
import { begin, mostDeployments } from './rollout.ts'
import { configurationOf, extrasOf, shared } from './service-settings.ts'
import { clusterAt, runnableDefinition, serviceAt, type World } from './state.ts'
import type { Service } from './types.ts'

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
