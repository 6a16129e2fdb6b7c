import { checkOf, type PermissionCheck, tagConditions } from '../access/service-call.ts'
import type { Input } from '../aws/json-service.ts'
import { arnIn, type EcsModel, findCluster, findDefinition, findService } from './model.ts'
import type { Tags } from './types.ts'

/** What IAM is asked about a call of ECS, by the Service Authorization Reference. */
export function ecsChecks(model: EcsModel, action: string, input: Input): readonly PermissionCheck[] {
  const iamAction = `ecs:${action}`
  // ListDaemons has a name of its own for it.
  const clusterName = nameIn(input.cluster ?? input.clusterArn ?? 'default')
  const cluster = findCluster(model, clusterName)
  const clusterArn = arnIn(model, `cluster/${clusterName}`)
  const check = (resource: string, tags: Tags | undefined, conditions: Conditions = {}) =>
    checkOf(iamAction, resource, { ...tagConditions(tags ?? [], 'ecs:ResourceTag'), ...conditions })
  const inCluster = (kind: string, id: unknown, tags: Tags | undefined, conditions: Conditions = {}) =>
    check(arnIn(model, `${kind}/${clusterName}/${nameIn(id)}`), tags, {
      'ecs:cluster': clusterArn,
      ...conditions,
    })

  switch (action) {
    case 'ListServices':
    case 'ListDaemons':
      return [check('*', undefined, { 'ecs:cluster': clusterArn })]
    case 'ListTasks':
      // Tasks are listed by the container instances of their cluster.
      return [inCluster('container-instance', input.containerInstance ?? '*', undefined)]
    case 'CreateCluster':
    case 'DescribeClusters': {
      const names = action === 'CreateCluster' ? [input.clusterName ?? 'default'] : listOf(input.clusters)
      return (names.length > 0 ? names : ['default']).map(name =>
        check(arnIn(model, `cluster/${nameIn(name)}`), findCluster(model, nameIn(name))?.tags),
      )
    }
    case 'DescribeServices':
      return listOf(input.services).map(name =>
        inCluster('service', name, cluster && findService(cluster, String(name))?.tags),
      )
    case 'CreateService':
    case 'DeleteService':
    case 'UpdateService': {
      const name = input.service ?? input.serviceName
      const tags = cluster && findService(cluster, String(name))?.tags
      return [inCluster('service', name, tags, changesOf(model, input))]
    }
    case 'DescribeTasks':
    case 'StopTask':
      return listOf(input.tasks ?? input.task).map(id => {
        const arn = arnIn(model, `task/${clusterName}/${nameIn(id)}`)
        const task = cluster?.tasks.get(arn) ?? cluster?.stopped.get(arn)
        return inCluster('task', id, task?.tags)
      })
    case 'RunTask':
      return [
        check(
          definitionArn(model, input.taskDefinition),
          findDefinition(model, String(input.taskDefinition))?.tags,
          {
            'ecs:cluster': clusterArn,
          },
        ),
      ]
    case 'RegisterTaskDefinition':
      return [check(arnIn(model, `task-definition/${input.family}:*`), undefined)]
    default:
      // ListClusters and DescribeTaskDefinition, say, know no resources.
      return [check('*', undefined)]
  }
}

type Conditions = Readonly<Record<string, string | readonly string[] | undefined>>

/** The parts of a service that a call sets, as condition keys. What it leaves out has none. */
function changesOf(model: EcsModel, input: Input): Conditions {
  const text = (name: string) => (input[name] === undefined ? undefined : String(input[name]))
  return {
    'ecs:task-definition':
      input.taskDefinition === undefined ? undefined : definitionArn(model, input.taskDefinition),
    'ecs:enable-execute-command': text('enableExecuteCommand'),
    'ecs:enable-ecs-managed-tags': text('enableECSManagedTags'),
    'ecs:propagate-tags': text('propagateTags'),
  }
}

function definitionArn(model: EcsModel, reference: unknown): string {
  return findDefinition(model, String(reference))?.arn ?? arnIn(model, `task-definition/${nameIn(reference)}`)
}

/** The last part of an ARN, or the name itself. */
function nameIn(nameOrArn: unknown): string {
  return String(nameOrArn).split('/').at(-1)!
}

function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : [value].flat()
}
