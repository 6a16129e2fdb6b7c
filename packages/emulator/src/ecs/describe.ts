import { definedOnly, seconds } from '../aws/protocol.ts'
import { arnIn, type EcsModel } from './model.ts'
import { tagList } from './protocol.ts'
import { activeTasks, desiredOf } from './reconcile.ts'
import type { Cluster, Deployment, Service, Task, TaskDefinition } from './types.ts'

/** A cluster in the protocol's shape. */
export function describeCluster({ instances }: EcsModel, cluster: Cluster, tags: boolean) {
  const tasks = [...cluster.tasks.values()]
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: 'ACTIVE',
    registeredContainerInstancesCount: instances,
    runningTasksCount: tasks.filter(isRunning).length,
    pendingTasksCount: tasks.filter(isPending).length,
    activeServicesCount: [...cluster.services.values()].filter(({ status }) => status === 'ACTIVE').length,
    statistics: [],
    settings: cluster.settings,
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
    tags: tags ? tagList(cluster.tags) : [],
  }
}

/** A task definition, without its tags, which stand beside. */
export function describeDefinition(definition: TaskDefinition) {
  const { content, arn, revision, deregisteredAt, registeredAt } = definition
  return definedOnly({
    ...content,
    taskDefinitionArn: arn,
    revision,
    status: deregisteredAt === undefined ? 'ACTIVE' : 'INACTIVE',
    registeredAt: seconds(registeredAt),
    deregisteredAt: deregisteredAt === undefined ? undefined : seconds(deregisteredAt),
  })
}

/** A service, with its tags only where they are asked for. */
export function describeService(model: EcsModel, service: Service, tags: boolean) {
  const tasks = [...service.tasks]
  const shared = definedOnly({
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    loadBalancers: [],
    serviceRegistries: [],
    status: service.status,
    desiredCount: desiredOf(model, service),
    runningCount: tasks.filter(isRunning).length,
    pendingCount: tasks.filter(isPending).length,
    taskDefinition: service.taskDefinition?.arn,
    deploymentConfiguration: service.configuration,
    events: service.events.map(({ id, at, message }) => ({ id, createdAt: seconds(at), message })),
    createdAt: seconds(service.createdAt),
    placementConstraints: [],
    placementStrategy: [],
    schedulingStrategy: service.scheduling,
    deploymentController: { type: service.controller },
    enableECSManagedTags: false,
    propagateTags: 'NONE',
    enableExecuteCommand: false,
    ...service.extras,
    tags: tags ? tagList(service.tags) : undefined,
  })
  if (service.controller === 'ECS') {
    const deployments = service.deployments.map(one => describeDeployment(model, service, one))
    return { ...shared, deployments }
  }
  return {
    ...shared,
    deployments: [],
    taskSets: service.deployments.map(set => describeTaskSet(model, service, set)),
  }
}

function describeDeployment(model: EcsModel, service: Service, deployment: Deployment) {
  const tasks = activeTasks(service, deployment)
  const { id, status, taskDefinition, failedTasks, createdAt, updatedAt, state, reason } = deployment
  return definedOnly({
    id,
    status,
    taskDefinition: taskDefinition.arn,
    desiredCount: status === 'PRIMARY' ? desiredOf(model, service) : tasks.length,
    pendingCount: tasks.filter(isPending).length,
    runningCount: tasks.filter(isRunning).length,
    failedTasks,
    createdAt: seconds(createdAt),
    updatedAt: seconds(updatedAt),
    launchType: service.extras.launchType,
    rolloutState: state,
    rolloutStateReason: reason,
  })
}

/** The task set of a service with another deployment controller. */
function describeTaskSet(model: EcsModel, service: Service, deployment: Deployment) {
  const tasks = activeTasks(service, deployment)
  const computedDesiredCount = desiredOf(model, service)
  const steady = tasks.filter(isRunning).length === computedDesiredCount
  const { id, status, taskDefinition, createdAt, updatedAt } = deployment
  return definedOnly({
    id,
    taskSetArn: arnIn(model, `task-set/${service.cluster.name}/${service.name}/${id}`),
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    status,
    taskDefinition: taskDefinition.arn,
    computedDesiredCount,
    pendingCount: tasks.filter(isPending).length,
    runningCount: tasks.filter(isRunning).length,
    createdAt: seconds(createdAt),
    updatedAt: seconds(updatedAt),
    launchType: service.extras.launchType,
    loadBalancers: [],
    serviceRegistries: [],
    scale: { value: 100, unit: 'PERCENT' },
    stabilityStatus: steady ? 'STEADY_STATE' : 'STABILIZING',
    stabilityStatusAt: seconds(updatedAt),
  })
}

/** A task, with its tags only where they are asked for. */
export function describeTask(task: Task, tags: boolean) {
  const time = (ms: number | undefined) => (ms === undefined ? undefined : seconds(ms))
  return definedOnly({
    taskArn: task.arn,
    clusterArn: task.cluster.arn,
    taskDefinitionArn: task.taskDefinition.arn,
    group: task.group,
    startedBy: task.startedBy,
    launchType: task.launchType,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    attachments: [],
    containers: [],
    overrides: { containerOverrides: [] },
    version: 1,
    createdAt: time(task.createdAt),
    startedAt: time(task.startedAt),
    stoppingAt: time(task.stoppingAt),
    stoppedAt: time(task.stoppedAt),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    tags: tags ? tagList(task.tags) : [],
  })
}

/** A task that is about to stop still runs. */
function isRunning({ lastStatus }: Task): boolean {
  return lastStatus === 'RUNNING' || lastStatus === 'DEACTIVATING'
}

function isPending({ lastStatus }: Task): boolean {
  return lastStatus === 'PENDING'
}
