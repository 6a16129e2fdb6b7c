import type { LocalOperation } from '../aws/counted.ts'
import { type Input, ServiceError } from '../aws/json-service.ts'
import { shownSet } from './describe.ts'
import { reconcile } from './reconcile.ts'
import { begin, mostDeployments } from './rollout.ts'
import type { Deployment, Service } from './types.ts'
import { given, reader } from './words.ts'
import { clusterAt, runnableDefinition, serviceAt, type World } from './world.ts'

/** Operations by which others than ECS deploy a service. */
export function taskSetOperations(world: World): Record<string, LocalOperation> {
  function serviceOf(input: Input): Service {
    const cluster = clusterAt(world, reader.optional(input, 'cluster'))
    return serviceAt(cluster, reader.text(input, 'service'))
  }

  return {
    CreateTaskSet(input) {
      reader.only(input, ['cluster', 'service', 'taskDefinition', 'scale', 'externalId', 'clientToken'])
      const service = serviceOf(input)
      if (service.controller !== 'EXTERNAL') {
        throw reader.refuse(
          'CreateTaskSet can only be called on services with an EXTERNAL deployment controller.',
        )
      }
      if (service.deployments.length >= mostDeployments) {
        const why = 'Unable to create new TaskSet since this exceeds the maximum limit.'
        throw reader.refuse(`${mostDeployments} deployments exist on the service. ${why}`)
      }
      const definition = runnableDefinition(world, reader.text(input, 'taskDefinition'))
      const { value = 100 } = reader.object(input, 'scale') ?? {}
      const externalId = reader.optional(input, 'externalId')
      const set = { scale: Number(value), ...given({ externalId }) }
      const deployment = begin(world, service, definition, { set })
      deployment.status = 'ACTIVE'
      reconcile(world, service)
      return { taskSet: shownSet(world, service, deployment) }
    },
    UpdateServicePrimaryTaskSet(input) {
      const service = serviceOf(input)
      const primary = setAt(service, reader.text(input, 'primaryTaskSet'))
      for (const set of service.deployments) set.status = set === primary ? 'PRIMARY' : 'ACTIVE'
      service.taskDefinition = primary.taskDefinition
      return { taskSet: shownSet(world, service, primary) }
    },
    DeleteTaskSet(input) {
      const service = serviceOf(input)
      const set = setAt(service, reader.text(input, 'taskSet'))
      if (set.status === 'PRIMARY' && reader.flag(input, 'force') !== true) {
        throw reader.refuse('The primary task set cannot be deleted without force.')
      }
      const shown = shownSet(world, service, set)
      service.deployments = service.deployments.filter(one => one !== set)
      reconcile(world, service)
      return { taskSet: { ...shown, status: 'DRAINING' } }
    },
  }
}

/** Finds a task set by its id, without what stands before it, or by its ARN. */
function setAt({ deployments }: Service, wanted: string): Deployment {
  const found = deployments.find(
    ({ id }) => wanted === id || wanted.endsWith(`/${id}`) || `ecs-svc/${wanted}` === id,
  )
  if (found) return found
  throw new ServiceError('TaskSetNotFoundException', 'The specified task set does not exist.')
}
