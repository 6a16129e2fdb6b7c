import { Stack } from 'aws-cdk-lib'
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { acknowledge, acknowledgeWildcard } from '../acknowledge.ts'
import type { ICircuitTable } from '../circuit-grants.ts'
import { ecsArns } from './ecs-arns.ts'
import type { MachineNames } from './machine-names.ts'
import type { RecyclerSettings } from './settings.ts'

/** What roles are made of. */
export interface RolesContext {
  readonly settings: RecyclerSettings
  readonly table: ICircuitTable
  readonly machine: MachineNames
}

/** The tag by which a service is let in or left out. */
const tag = 'aws:ResourceTag/breakwater:recycle'

/** The role of what only looks and decides: the trigger and the planner. */
export function plannerRole(scope: Construct, { settings, table, machine }: RolesContext): Role {
  const role = makeRole(
    scope,
    'PlannerRole',
    'Looks at ECS services and at the dates of secrets; changes neither',
  )
  const { clusters, services, tasks, daemons, daemonRevisions, condition } = ecsArns(scope, settings.clusters)
  const conditions = condition && { conditions: condition }
  const daemonDefinitions = Stack.of(scope).formatArn({
    service: 'ecs',
    resource: 'daemon-task-definition',
    resourceName: '*',
  })
  const secrets = settings.secrets ?? allSecrets(scope, settings.options.allowedAccounts)
  allow(role, [
    ...(settings.clusters ? [] : [{ actions: ['ecs:ListClusters'], resources: ['*'] }]),
    { actions: ['ecs:DescribeTaskDefinition'], resources: ['*'] },
    { actions: ['ecs:ListServices', 'ecs:ListDaemons', 'ecs:ListTasks'], resources: ['*'], ...conditions },
    { actions: ['ecs:DescribeClusters'], resources: [...clusters] },
    { actions: ['ecs:DescribeServices'], resources: [...services] },
    { actions: ['ecs:DescribeTasks'], resources: [...tasks] },
    { actions: ['ecs:DescribeDaemon'], resources: [...daemons] },
    { actions: ['ecs:DescribeDaemonRevisions'], resources: [...daemons, ...daemonRevisions] },
    { actions: ['ecs:DescribeDaemonTaskDefinition'], resources: [daemonDefinitions] },
    { actions: ['secretsmanager:DescribeSecret'], resources: [...secrets] },
    { actions: ['ssm:DescribeParameters'], resources: ['*'] },
    { actions: ['states:StartExecution'], resources: [machine.arn] },
    { actions: ['states:DescribeExecution'], resources: [machine.executions] },
  ])
  table.grantRecycle(role)
  const looked = [...clusters, ...services, ...tasks, ...daemons, ...daemonRevisions, daemonDefinitions]
  acknowledge(role, {
    'AwsSolutions-IAM5[Resource::*]':
      'X-Ray and the lists of ECS and Systems Manager know no narrower resource',
  })
  wildcards(role, looked, 'What there is in a cluster is known at run time, and is only looked at')
  wildcards(role, secrets, 'Which secrets there are is known at run time; their values stay closed')
  wildcards(role, [machine.executions], 'Executions are named at run time; these are those of one workflow')
  return role
}

/** The role of what changes something: the executor. */
export function executorRole(scope: Construct, { settings, table }: RolesContext): Role {
  const role = makeRole(scope, 'ExecutorRole', 'Recycles ECS services that are tagged for it')
  const { services } = ecsArns(scope, settings.clusters)
  // StringNotEquals also holds where there is no such tag.
  const conditions = settings.options.optIn
    ? { StringEquals: { [tag]: 'true' } }
    : { StringNotEquals: { [tag]: 'false' } }
  allow(role, [
    { actions: ['ecs:DescribeServices'], resources: [...services] },
    { actions: ['ecs:UpdateService'], resources: [...services], conditions },
    ...changesOfServices.map(conditions => ({
      effect: Effect.DENY,
      actions: ['ecs:UpdateService'],
      resources: [...services],
      conditions,
    })),
  ])
  table.grantRecycle(role)
  table.grantGuard(role, ['ecs-update-service'])
  acknowledge(role, { 'AwsSolutions-IAM5[Resource::*]': 'X-Ray knows no narrower resource than all' })
  wildcards(role, services, 'Services come and go; their cluster and tag decide which of them may be changed')
  return role
}

/**
 * What UpdateService could change of a service, as far as IAM has keys for it. A recycle asks for a new deployment of what
 * is there: its requests have neither key.
 */
const changesOfServices = [
  { Null: { 'ecs:task-definition': 'false' } },
  { StringEquals: { 'ecs:enable-execute-command': 'true' } },
]

/** Lambda does not say for which account or function it takes on a role, so that no condition can ask for it. */
function makeRole(scope: Construct, id: string, description: string): Role {
  return new Role(scope, id, { description, assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
}

function allow(role: Role, statements: readonly ConstructorParameters<typeof PolicyStatement>[0][]): void {
  for (const statement of statements) role.addToPolicy(new PolicyStatement(statement))
}

function allSecrets(scope: Construct, others: readonly string[]): readonly string[] {
  const stack = Stack.of(scope)
  return [stack.account, ...others].map(
    account => `arn:${stack.partition}:secretsmanager:${stack.region}:${account}:secret:*`,
  )
}

/** Says of those resources that hold a wildcard why they do. */
function wildcards(role: Role, resources: readonly string[], reason: string): void {
  for (const resource of resources) {
    const text = JSON.stringify(Stack.of(role).resolve(resource))
    if (text.includes('*')) acknowledgeWildcard(role, resource, reason)
  }
}
