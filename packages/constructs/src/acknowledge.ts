import { Stack, Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/**
 * Acknowledges findings of cdk-nag, each with the reason why it does no harm. In an app without cdk-nag this changes
 * nothing.
 *
 * @param construct the construct of the findings, or one above it.
 * @param reasons the reason by rule, such as `AwsSolutions-IAM5[Resource::*]`.
 * @example
 * acknowledge(role, { 'AwsSolutions-IAM5[Resource::*]': 'X-Ray knows no narrower resource' })
 */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  const list = Object.entries(reasons).map(([id, reason]) => ({ id, reason }))
  Validations.of(construct).acknowledge(...list)
}

/**
 * The name of the finding of a wildcard in a policy, for {@link acknowledge}.
 *
 * @param scope a construct of the stack.
 * @param resource the resource with the wildcard; may hold tokens.
 *
 * @example
 * acknowledge(role, { [wildcardFinding(role, bucket.arnForObjects('*'))]: 'Objects are named at run time' })
 */
export function wildcardFinding(scope: IConstruct, resource: string): string {
  return `AwsSolutions-IAM5[Resource::${findingName(Stack.of(scope).resolve(resource))}]`
}

/**
 * Acknowledges the finding of a wildcard in a policy, where the resource may be in another stack: its name in the
 * finding is known only once the references between stacks are made, which is just before validation.
 *
 * @example
 * acknowledgeWildcard(role, executions, 'Executions are named at run time')
 */
export function acknowledgeWildcard(construct: IConstruct, resource: string, reason: string): void {
  const apply = () => acknowledge(construct, { [wildcardFinding(construct, resource)]: reason })
  apply()
  construct.node.addValidation({
    validate() {
      apply()
      return []
    },
  })
}

/** A resolved value as cdk-nag writes it in the names of its findings. */
function findingName(node: unknown): string {
  if (typeof node === 'string') return node
  const {
    'Fn::Join': join,
    'Fn::GetAtt': attribute,
    'Fn::ImportValue': imported,
    Ref,
  } = node as Record<string, unknown>
  if (join) return (join as [string, unknown[]])[1].map(findingName).join((join as [string, unknown[]])[0])
  if (attribute) return `<${(attribute as unknown[]).map(findingName).join('.')}>`
  if (imported) return findingName(imported)
  return Ref ? `<${Ref}>` : JSON.stringify(node)
}
