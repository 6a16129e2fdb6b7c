import type { Agenda } from '../aws/agenda.ts'
import type { EventEntry } from '../aws/event.ts'
import { ServiceError } from '../aws/json-service.ts'
import type { Lookup } from '../aws/lookup.ts'
import { clientError } from './protocol.ts'
import type { Cluster, EcsTiming, Service, TaskDefinition } from './types.ts'

/** All there is of an account's ECS, and what it runs by. */
export interface World {
  readonly region: string
  readonly account: string
  readonly agenda: Agenda
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

export function arnIn(world: World, rest: string): string {
  return `arn:aws:ecs:${world.region}:${world.account}:${rest}`
}

/** Finds a cluster by name or ARN; the one called `default` where none is told. */
export function findCluster(world: World, nameOrArn = 'default'): Cluster | undefined {
  const cluster = world.clusters.get(nameOrArn.split('/').at(-1)!)
  return cluster && (nameOrArn === cluster.name || nameOrArn === cluster.arn) ? cluster : undefined
}

export function clusterAt(world: World, nameOrArn: string | undefined): Cluster {
  const cluster = findCluster(world, nameOrArn)
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
export function findDefinition(world: World, wanted: string): TaskDefinition | undefined {
  const [family = '', revision] = wanted.split('/').at(-1)!.split(':')
  const revisions = world.families.get(family) ?? []
  const found =
    revision === undefined
      ? revisions.findLast(({ deregisteredAt }) => deregisteredAt === undefined)
      : revisions[Number(revision) - 1]
  return found && (!wanted.startsWith('arn:') || wanted === found.arn) ? found : undefined
}

/** The task definition that something new is to run. */
export function runnableDefinition(world: World, wanted: string): TaskDefinition {
  const found = findDefinition(world, wanted)
  if (!found) throw clientError('TaskDefinition not found.')
  if (found.deregisteredAt !== undefined) throw clientError('TaskDefinition is inactive')
  return found
}
