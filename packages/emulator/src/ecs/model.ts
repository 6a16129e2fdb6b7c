import type { EventEntry } from '../aws/event.ts'
import { ServiceError } from '../aws/json-service.ts'
import type { Lookup } from '../aws/lookup.ts'
import type { TimerQueue } from '../aws/timer-queue.ts'
import type { EcsTiming } from './options.ts'
import { clientError } from './protocol.ts'
import type { Cluster, Service, TaskDefinition } from './types.ts'

/** The state of an account's ECS, and its options. */
export interface EcsModel {
  readonly region: string
  readonly account: string
  readonly timers: TimerQueue
  readonly random: () => number
  readonly timing: EcsTiming
  readonly emit: (event: EventEntry) => void
  readonly lookup: Lookup | undefined
  /** Container instances of every cluster, each of which a daemon runs on. */
  readonly instances: number
  /** By name. */
  readonly clusters: Map<string, Cluster>
  /** Revisions by family, the first at 0. */
  readonly families: Map<string, TaskDefinition[]>
}

export function arnIn(model: EcsModel, rest: string): string {
  return `arn:aws:ecs:${model.region}:${model.account}:${rest}`
}

/** Finds a cluster by name or ARN; `default` if no name is given. */
export function findCluster(model: EcsModel, nameOrArn = 'default'): Cluster | undefined {
  const cluster = model.clusters.get(nameOrArn.split('/').at(-1)!)
  return cluster && (nameOrArn === cluster.name || nameOrArn === cluster.arn) ? cluster : undefined
}

export function clusterAt(model: EcsModel, nameOrArn: string | undefined): Cluster {
  const cluster = findCluster(model, nameOrArn)
  if (cluster) return cluster
  throw new ServiceError('ClusterNotFoundException', 'Cluster not found.')
}

/** Finds a service of a cluster by name or ARN. */
export function findService(cluster: Cluster, nameOrArn: string): Service | undefined {
  const service = cluster.services.get(nameOrArn.split('/').at(-1)!)
  return service && (nameOrArn === service.name || nameOrArn === service.arn) ? service : undefined
}

export function serviceAt(cluster: Cluster, nameOrArn: string): Service {
  const service = findService(cluster, nameOrArn)
  if (!service) throw new ServiceError('ServiceNotFoundException', 'Service not found.')
  if (service.status === 'ACTIVE') return service
  throw new ServiceError('ServiceNotActiveException', 'Service was not ACTIVE.')
}

/** Finds a task definition by ARN, `family:revision`, or `family`, which means its newest active revision. */
export function findDefinition(model: EcsModel, reference: string): TaskDefinition | undefined {
  const [family = '', revision] = reference.split('/').at(-1)!.split(':')
  const revisions = model.families.get(family) ?? []
  const found =
    revision === undefined
      ? revisions.findLast(({ deregisteredAt }) => deregisteredAt === undefined)
      : revisions[Number(revision) - 1]
  return found && (!reference.startsWith('arn:') || reference === found.arn) ? found : undefined
}

/** The task definition that something new is to run. */
export function runnableDefinition(model: EcsModel, reference: string): TaskDefinition {
  const found = findDefinition(model, reference)
  if (!found) throw clientError('TaskDefinition not found.')
  if (found.deregisteredAt !== undefined) throw clientError('TaskDefinition is inactive')
  return found
}
