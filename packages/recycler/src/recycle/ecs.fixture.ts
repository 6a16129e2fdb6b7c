import type { Clock } from '@breakwater/circuit'
import { ServiceFault } from '../sdk.fixture.ts'

export const cluster = 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop'
export const arnOf = (name: string) => `arn:aws:ecs:eu-west-1:123456789012:service/shop/${name}`
export const targetOf = (name: string) => ({ cluster, service: arnOf(name), name: `shop/${name}` })

/** A deployment as ECS's protocol has it. */
export interface RawDeployment {
  id: string
  status: string
  rolloutState?: string
  rolloutStateReason?: string
  taskDefinition: string
  createdAt: number
  desiredCount: number
  runningCount: number
  failedTasks: number
}

/** A service as ECS's protocol has it. */
export interface RawService {
  serviceArn: string
  serviceName: string
  clusterArn: string
  status: string
  desiredCount: number
  runningCount: number
  deploymentController: { type: string }
  tags: { key: string; value: string }[]
  deployments: RawDeployment[]
}

/** As much of ECS as one who recycles services sees. Times by the clock; deployments end when a test says so. */
export function fakeEcs(clock: Pick<Clock, 'now'>) {
  const services = new Map<string, RawService>()
  const updates: { service: string; at: number; input: object }[] = []
  let deployments = 0

  /** A deployment of anybody's. */
  const deploy = (service: RawService): RawDeployment => {
    for (const one of service.deployments) if (one.status === 'PRIMARY') one.status = 'ACTIVE'
    const { desiredCount } = service
    const made: RawDeployment = {
      id: `ecs-svc/${++deployments}`,
      status: 'PRIMARY',
      rolloutState: 'IN_PROGRESS',
      taskDefinition: 'arn:aws:ecs:eu-west-1:123456789012:task-definition/app:1',
      createdAt: clock.now() / 1_000,
      desiredCount,
      runningCount: 0,
      failedTasks: 0,
    }
    service.deployments.unshift(made)
    return made
  }

  /** Ends the deployment under way. */
  const complete = (name: string) => {
    const service = services.get(arnOf(name))!
    service.deployments = service.deployments.filter(({ status }) => status === 'PRIMARY')
    Object.assign(service.deployments[0]!, { rolloutState: 'COMPLETED', runningCount: service.desiredCount })
  }

  return {
    services,
    /** The UpdateServices that were carried out. */
    updates,
    /** Adds a service whose deployment was over long ago. */
    add(name: string, more: Partial<RawService> = {}) {
      const service: RawService = {
        serviceArn: arnOf(name),
        serviceName: name,
        clusterArn: cluster,
        status: 'ACTIVE',
        desiredCount: 2,
        runningCount: 2,
        deploymentController: { type: 'ECS' },
        tags: [{ key: 'breakwater:recycle', value: 'true' }],
        deployments: [],
        ...more,
      }
      services.set(service.serviceArn, service)
      deploy(service).createdAt -= 86_400
      complete(name)
      return service
    },
    deploy: (name: string) => deploy(services.get(arnOf(name))!),
    complete,
    /** Fails the deployment under way; the one before takes its place again where it is rolled back. */
    fail(name: string, rolledBack = false) {
      const service = services.get(arnOf(name))!
      const [failing, before] = service.deployments as [RawDeployment, RawDeployment]
      Object.assign(failing, { rolloutState: 'FAILED', rolloutStateReason: 'tasks failed to start' })
      if (!rolledBack) return
      before.status = 'PRIMARY'
      before.rolloutStateReason = `rolling back to deployment ${before.id}`
      service.deployments = [before]
    },
    operations: {
      DescribeServices({ services: wanted }: { services: string[] }) {
        const found = wanted.flatMap(arn => services.get(arn) ?? [])
        const failures = wanted.filter(arn => !services.has(arn)).map(arn => ({ arn, reason: 'MISSING' }))
        return { services: found, failures }
      },
      UpdateService(input: { service: string }) {
        const service = services.get(input.service)
        if (!service) throw new ServiceFault('ServiceNotFoundException', 'no such service')
        updates.push({ service: input.service, at: clock.now(), input })
        deploy(service)
        return { service }
      },
    },
  }
}
