import {
  type Deployment,
  DescribeServicesCommand,
  type ECSClient,
  ListServicesCommand,
  type Service,
  type TaskSet,
} from '@aws-sdk/client-ecs'
import type { Clock } from '@breakwater/circuit'
import { chunksOf, inParallel, type Sleep } from '../concurrency.ts'
import type { DeploymentFacts, ServiceFacts } from '../model.ts'
import type { Target } from '../workflow/protocol.ts'
import type { ClusterFacts } from './clusters.ts'
import { type DiscoveryContext, EcsCalls, unlessRefused } from './ecs-calls.ts'
import { EcsRates } from './ecs-rates.ts'

/** As many as DescribeServices takes. */
const atOnce = 10

/** The services of the clusters, whatever controls them. */
export async function findServices(
  context: DiscoveryContext,
  clusters: readonly ClusterFacts[],
): Promise<ServiceFacts[]> {
  const parts = await inParallel(clusters, context.concurrency, async cluster => {
    const services = await listServices(context, cluster)
    return chunksOf(services, atOnce).map(services => ({ cluster, services }))
  })
  const found = await inParallel(parts.flat(), context.concurrency, ({ cluster, services }) => {
    return describe(context, cluster, services)
  })
  return found.flat()
}

/** Services by their ARNs, which hold the names of their clusters. */
export async function findNamedServices(
  context: DiscoveryContext,
  arns: readonly string[],
): Promise<ServiceFacts[]> {
  const byCluster = Map.groupBy(new Set(arns), arn => arn.split('/').slice(0, -1).join('/'))
  const parts = [...byCluster].flatMap(([before, services]) => {
    const cluster = { arn: before.replace(':service/', ':cluster/'), name: lastPart(before) }
    return chunksOf(services, atOnce).map(services => ({ cluster, services }))
  })
  const found = await inParallel(parts, context.concurrency, ({ cluster, services }) => {
    return describe(context, cluster, services)
  })
  return found.flat()
}

async function listServices(
  context: DiscoveryContext,
  { arn: cluster, name }: ClusterFacts,
): Promise<string[]> {
  // A page may repeat what the one before had, where services came and went in between.
  const arns = new Set<string>()
  await unlessRefused(context, `Cluster ${name}: its services could not be listed`, () =>
    context.calls.pages(
      'ListServices',
      (ecs, token, options) =>
        ecs.send(new ListServicesCommand({ cluster, maxResults: 100, ...token }), options),
      ({ serviceArns = [] }) => {
        for (const arn of serviceArns) arns.add(arn)
      },
    ),
  )
  return [...arns]
}

async function describe(
  context: DiscoveryContext,
  { arn: cluster, name }: Pick<ClusterFacts, 'arn' | 'name'>,
  services: string[],
): Promise<ServiceFacts[]> {
  const names = services.map(lastPart).join(', ')
  const what = `Cluster ${name}: services could not be described (${names})`
  const answer = await unlessRefused(context, what, () =>
    context.calls.make('DescribeServices', (ecs, options) =>
      ecs.send(new DescribeServicesCommand({ cluster, services, include: ['TAGS'] }), options),
    ),
  )
  for (const { arn, reason } of answer?.failures ?? []) {
    const why = reason === 'MISSING' ? 'it went away while it was looked at (MISSING)' : reason
    context.problems.add(`Service ${name}/${lastPart(`${arn}`)}: it could not be described: ${why}`)
  }
  return (answer?.services ?? []).map(serviceFacts)
}

/**
 * What a recycler has to know of a service. The rest, such as its last hundred events, is let go.
 *
 * A service whose controller keeps task sets (CODE_DEPLOY, EXTERNAL) has no deployments; its task sets stand for them,
 * because they tell as well what runs, and since when.
 *
 * @param service a service of DescribeServices, asked for with its tags.
 * @example
 * const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: arns, include: ['TAGS'] }))
 * const facts = services.map(serviceFacts)
 */
export function serviceFacts(service: Service): ServiceFacts {
  const { serviceArn = '', clusterArn = '', deploymentConfiguration: configuration } = service
  const {
    deploymentCircuitBreaker: breaker,
    alarms,
    minimumHealthyPercent,
    maximumPercent,
    strategy,
  } = configuration ?? {}
  const scheduling = service.schedulingStrategy ?? 'REPLICA'
  const deployments = service.deployments?.length
    ? service.deployments.map(deploymentFacts)
    : (service.taskSets ?? []).map(taskSetFacts)
  const primary = deployments.find(({ status }) => status === 'PRIMARY')
  return {
    cluster: clusterArn,
    service: serviceArn,
    name: `${lastPart(clusterArn)}/${service.serviceName ?? lastPart(serviceArn)}`,
    status: service.status ?? 'ACTIVE',
    scheduling,
    controller: service.deploymentController?.type ?? 'ECS',
    strategy: strategy ?? 'ROLLING',
    taskDefinition: primary?.taskDefinition || service.taskDefinition || undefined,
    desired: service.desiredCount ?? 0,
    running: service.runningCount ?? 0,
    // What ECS does where nothing is said: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
    minimumHealthy: minimumHealthyPercent ?? (scheduling === 'DAEMON' ? 0 : 100),
    maximum: maximumPercent ?? (scheduling === 'DAEMON' ? 100 : 200),
    circuitBreaker: breaker?.enable ?? false,
    rollback: (breaker?.enable && breaker.rollback) || (alarms?.enable && alarms.rollback) || false,
    alarms: (alarms?.enable && (alarms.alarmNames?.length ?? 0) > 0) || false,
    tags: Object.fromEntries((service.tags ?? []).map(({ key = '', value = '' }) => [key, value])),
    deployments,
  }
}

/** The last part of an ARN or path: the name. */
export function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1)
}

function deploymentFacts(deployment: Deployment): DeploymentFacts {
  const { rolloutState, rolloutStateReason } = deployment
  return {
    id: deployment.id ?? '',
    status: deployment.status ?? '',
    ...(rolloutState && { rolloutState }),
    ...(rolloutStateReason && { reason: rolloutStateReason }),
    taskDefinition: deployment.taskDefinition ?? '',
    createdAt: deployment.createdAt?.getTime() ?? 0,
    desired: deployment.desiredCount ?? 0,
    running: deployment.runningCount ?? 0,
    failed: deployment.failedTasks ?? 0,
  }
}

function taskSetFacts(set: TaskSet): DeploymentFacts {
  return {
    id: set.id ?? '',
    status: set.status ?? '',
    taskDefinition: set.taskDefinition ?? '',
    createdAt: set.createdAt?.getTime() ?? 0,
    desired: set.computedDesiredCount ?? 0,
    running: set.runningCount ?? 0,
    failed: 0,
  }
}

/** Looks a service up. */
export type DescribeService = (target: Target) => Promise<ServiceFacts | undefined>

/**
 * Makes what looks a service up with its tags: undefined where there is none. Asks again where ECS throttles or is in
 * trouble.
 */
export function serviceDescriber(parts: {
  readonly ecs: Pick<ECSClient, 'send'>
  readonly clock: Clock
  readonly sleep: Sleep
  readonly random: () => number
}): DescribeService {
  const { ecs, clock, sleep, random } = parts
  const calls = new EcsCalls({ ecs, rates: new EcsRates({ clock, sleep }), sleep, random })
  return async ({ cluster, service }) => {
    const input = { cluster, services: [service], include: ['TAGS' as const] }
    try {
      const { services = [], failures = [] } = await calls.make('DescribeServices', (client, options) =>
        client.send(new DescribeServicesCommand(input), options),
      )
      const [found] = services
      if (found) return serviceFacts(found)
      const reason = failures[0]?.reason ?? 'nothing at all'
      if (reason !== 'MISSING') throw new Error(`DescribeServices answered ${reason}`)
      return undefined
    } catch (error) {
      if ((error as Partial<Error> | undefined)?.name === 'ClusterNotFoundException') return undefined
      throw error
    }
  }
}
