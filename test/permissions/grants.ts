import type { ResolvedResource } from '@breakwater/emulator'
import {
  type NamedPolicy,
  type PolicyDocument,
  policiesFor,
  type ServiceCall,
} from '@breakwater/emulator/testing'

type Statement = PolicyDocument['Statement'][number]

/** One action of one Allow statement on one of its resources: what can be taken away by itself. */
export interface Grant {
  /** `Stack.LogicalId` of the policy. */
  readonly policy: string
  /** As the statement has it, wildcards included. */
  readonly action: string
  /** As the statement has it; undefined for a trust policy. */
  readonly resource: string | undefined
  /** The statement with this action and this resource alone. */
  readonly statement: Statement
  /** Whether it is of the resource that is called, and not of the role that calls. */
  readonly ofResource: boolean
}

/** The policies of the stacks: of their roles, and of their resources. */
export function policiesOf(resources: readonly ResolvedResource[]): {
  readonly identity: readonly NamedPolicy[]
  readonly resource: readonly NamedPolicy[]
} {
  const found = resources.map(({ type, stack, id, arn, ref }) => {
    const called = arn ?? ref
    const call: ServiceCall = {
      caller: '',
      service: '',
      action: '',
      resource: called,
      conditions: {},
      role: type === 'AWS::IAM::Role' ? { arn: called, stack, id } : undefined,
    }
    return policiesFor(resources, call)
  })
  return {
    identity: once(found.flatMap(({ identity }) => identity)),
    resource: once(found.flatMap(({ resource }) => resource)),
  }
}

/** Every grant of the stacks. */
export function grantsOf(resources: readonly ResolvedResource[]): readonly Grant[] {
  const { identity, resource } = policiesOf(resources)
  return [...identity.flatMap(one => grantsIn(one, false)), ...resource.flatMap(one => grantsIn(one, true))]
}

export function grantsIn({ name, policy }: NamedPolicy, ofResource: boolean): readonly Grant[] {
  return policy.Statement.filter(({ Effect }) => Effect === 'Allow').flatMap(statement =>
    listOf(statement.Action).flatMap(action =>
      (statement.Resource === undefined ? [undefined] : listOf(statement.Resource)).map(resource => ({
        policy: name,
        action,
        resource,
        ofResource,
        statement: { ...statement, Action: action, ...(resource !== undefined && { Resource: resource }) },
      })),
    ),
  )
}

/** `Stack.Policy: action on resource`. */
export function nameOf({ policy, action, resource }: Grant): string {
  return resource === undefined ? `${policy}: ${action}` : `${policy}: ${action} on ${resource}`
}

/** Whether a pattern of a policy, with `*` and `?`, stands for a text; actions do not tell capitals from small letters. */
export function stands(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'is').test(text)
}

function listOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map(String)
}

function once(policies: readonly NamedPolicy[]): readonly NamedPolicy[] {
  return [...new Map(policies.map(one => [`${one.name} ${JSON.stringify(one.policy)}`, one])).values()]
}
