import { Stack } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** ARNs of what is in some clusters, for policies and event patterns. */
export interface EcsArns {
  readonly clusters: readonly string[]
  readonly services: readonly string[]
  readonly tasks: readonly string[]
  /** Managed daemons. */
  readonly daemons: readonly string[]
  readonly daemonRevisions: readonly string[]
  /** The condition of actions that know no resource, but a cluster; absent where any cluster will do. */
  readonly condition: { readonly ArnEquals: { readonly 'ecs:cluster': string[] } } | undefined
}

/**
 * The ARNs of clusters in the account and Region of a stack, and of what is in them.
 *
 * @param names of the clusters; absent for all.
 * @example
 * const { services } = ecsArns(this, ['shop'])
 */
export function ecsArns(scope: IConstruct, names: readonly string[] | undefined): EcsArns {
  const stack = Stack.of(scope)
  const all = (resource: string, inside = '') =>
    (names ?? ['*']).map(name =>
      stack.formatArn({ service: 'ecs', resource, resourceName: `${name}${inside}` }),
    )
  const clusters = all('cluster')
  return {
    clusters,
    // ARNs without the cluster's name, of before 2018, belong to services that cannot be tagged.
    services: all('service', '/*'),
    tasks: all('task', '/*'),
    daemons: all('daemon', '/*'),
    daemonRevisions: all('daemon-revision', '/*'),
    condition: names && { ArnEquals: { 'ecs:cluster': clusters } },
  }
}
