import { given, seconds, shownTags } from './protocol.ts'
import { desiredOf, wantedTasks } from './reconcile.ts'
import { arnIn, type World } from './state.ts'
import type { Cluster, Deployment, Service, Task, TaskDefinition } from './types.ts'

/** A cluster, as the protocol tells of it. */
export function shownCluster({ instances }: World, cluster: Cluster, tags: boolean) {
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
    tags: tags ? shownTags(cluster.tags) : [],
  }
}

/** A task definition, without its tags, which stand beside. */
export function shownDefinition(definition: TaskDefinition) {
  const { content, arn, revision, deregisteredAt, registeredAt } = definition
  return given({
    ...content,
    taskDefinitionArn: arn,
    revision,
    status: deregisteredAt === undefined ? 'ACTIVE' : 'INACTIVE',
    registeredAt: seconds(registeredAt),
    deregisteredAt: deregisteredAt === undefined ? undefined : seconds(deregisteredAt),
  })
}

/** A service, with its tags only where they are asked for. */
export function shownService(world: World, service: Service, tags: boolean) {
  const tasks = [...service.tasks]
  const shared = given({
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    loadBalancers: [],
    serviceRegistries: [],
    status: service.status,
    desiredCount: desiredOf(world, service),
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
    tags: tags ? shownTags(service.tags) : undefined,
  })
  if (service.controller === 'ECS') {
    const deployments = service.deployments.map(one => shownDeployment(world, service, one))
    return { ...shared, deployments }
  }
  return {
    ...shared,
    deployments: [],
    taskSets: service.deployments.map(set => shownSet(world, service, set)),
  }
}

function shownDeployment(world: World, service: Service, deployment: Deployment) {
  const tasks = wantedTasks(service, deployment)
  const { id, status, taskDefinition, failedTasks, createdAt, updatedAt, state, reason } = deployment
  return given({
    id,
    status,
    taskDefinition: taskDefinition.arn,
    desiredCount: status === 'PRIMARY' ? desiredOf(world, service) : tasks.length,
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

/** The task set of a service that others deploy. */
function shownSet(world: World, service: Service, deployment: Deployment) {
  const tasks = wantedTasks(service, deployment)
  const computedDesiredCount = desiredOf(world, service)
  const steady = tasks.filter(isRunning).length === computedDesiredCount
  const { id, status, taskDefinition, createdAt, updatedAt } = deployment
  return given({
    id,
    taskSetArn: arnIn(world, `task-set/${service.cluster.name}/${service.name}/${id}`),
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
export function shownTask(task: Task, tags: boolean) {
  const time = (ms: number | undefined) => (ms === undefined ? undefined : seconds(ms))
  return given({
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
    tags: tags ? shownTags(task.tags) : [],
  })
}

/** One that is about to stop still runs. */
function isRunning({ lastStatus }: Task): boolean {
  return lastStatus === 'RUNNING' || lastStatus === 'DEACTIVATING'
}

function isPending({ lastStatus }: Task): boolean {
  return lastStatus === 'PENDING'
}
