import type { Deployment, Service, TaskSet } from '@aws-sdk/client-ecs'
import type { DeploymentFacts, ServiceFacts } from '../model.ts'

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
  const { deploymentCircuitBreaker: breaker, alarms, minimumHealthyPercent, strategy } = configuration ?? {}
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
