import type { ResolvedResource } from '../template/types.ts'
import type { ServiceCall } from './service-call.ts'

/** A policy as IAM has it. */
export interface PolicyDocument {
  readonly Version: string
  readonly Statement: readonly Readonly<Record<string, unknown>>[]
}

/** A policy, and the resource of a template that it stands in. */
export interface NamedPolicy {
  /** `Stack.LogicalId`; with the name of the policy behind it, where a resource has several. */
  readonly name: string
  readonly policy: PolicyDocument
}

/** The policies of templates that decide on a call. */
export interface CallPolicies {
  /** Of the caller's role: what it may do. */
  readonly identity: readonly NamedPolicy[]
  /** Of the resource that is called: who may do something with it. The trust policy, where the resource is a role. */
  readonly resource: readonly NamedPolicy[]
  /** ARNs of the policies of the role that no template has, as those that AWS manages: what they allow is not known here. */
  readonly managed: readonly string[]
}

type Json = Readonly<Record<string, unknown>>

/**
 * Finds the policies that decide on a call, for a policy simulator.
 *
 * @param resources of the stack, or of `resolveStacks` for templates that do not run.
 * @param call one that the stack reported.
 * @example
 * const { identity, resource } = policiesFor(stack.resources, call)
 */
export function policiesFor(resources: readonly ResolvedResource[], call: ServiceCall): CallPolicies {
  return {
    ...rolePolicies(resources, call.role?.arn),
    resource: resources.flatMap(one => resourcePolicies(one, call, resources)),
  }
}

/** The policies of a role: what it may do. */
export function rolePolicies(
  resources: readonly ResolvedResource[],
  roleArn: string | undefined,
): Pick<CallPolicies, 'identity' | 'managed'> {
  const role = resources.find(({ type, arn }) => type === 'AWS::IAM::Role' && arn === roleArn)
  const attached = role ? listOf(role.properties.ManagedPolicyArns).map(String) : []
  return {
    identity: role ? resources.flatMap(one => identityPolicies(one, role, attached)) : [],
    managed: attached.filter(arn => !resources.some(({ ref }) => ref === arn)),
  }
}

/** @param attached ARNs of the managed policies that the role names */
function identityPolicies(
  resource: ResolvedResource,
  role: ResolvedResource,
  attached: readonly string[],
): readonly NamedPolicy[] {
  const { type, properties, ref } = resource
  const { PolicyDocument } = properties
  switch (type) {
    case 'AWS::IAM::Policy':
    case 'AWS::IAM::ManagedPolicy':
      return listOf(properties.Roles).includes(role.name) || attached.includes(ref)
        ? named(resource, PolicyDocument)
        : []
    case 'AWS::IAM::Role':
      if (resource !== role) return []
      return (listOf(properties.Policies) as Json[]).flatMap(({ PolicyName, PolicyDocument }) =>
        named(resource, PolicyDocument, String(PolicyName)),
      )
    default:
      return []
  }
}

function resourcePolicies(
  resource: ResolvedResource,
  { resource: called }: ServiceCall,
  all: readonly ResolvedResource[],
): readonly NamedPolicy[] {
  const { type, properties, arn } = resource
  const { PolicyDocument } = properties
  const isCalled = (reference: unknown) =>
    all.some(one => (one.ref === reference || one.arn === reference) && (one.arn ?? one.ref) === called)
  switch (type) {
    case 'AWS::SQS::QueuePolicy':
      return listOf(properties.Queues).some(isCalled) ? named(resource, PolicyDocument) : []
    case 'AWS::SNS::TopicPolicy':
      return listOf(properties.Topics).includes(called) ? named(resource, PolicyDocument) : []
    case 'AWS::Events::EventBusPolicy':
      return called.endsWith(`:event-bus/${properties.EventBusName}`)
        ? named(resource, { Statement: [properties.Statement] })
        : []
    case 'AWS::DynamoDB::Table':
      return arn === called ? named(resource, Object(properties.ResourcePolicy).PolicyDocument) : []
    case 'AWS::Lambda::Permission':
      return isFunction(properties.FunctionName, called) ? [permission(resource, called)] : []
    case 'AWS::IAM::Role':
      return arn === called ? named(resource, properties.AssumeRolePolicyDocument) : []
    default:
      return []
  }
}

function isFunction(nameOrArn: unknown, called: string): boolean {
  return nameOrArn === called || (called.includes(':function:') && called.endsWith(`:function:${nameOrArn}`))
}

/** The statement that Lambda makes of a permission. */
function permission(resource: ResolvedResource, functionArn: string): NamedPolicy {
  const { Action, Principal, SourceArn, SourceAccount, PrincipalOrgID } = resource.properties
  const isService = String(Principal).endsWith('.amazonaws.com')
  const conditions = {
    ...(SourceArn !== undefined && { ArnLike: { 'aws:SourceArn': SourceArn } }),
    ...((SourceAccount !== undefined || PrincipalOrgID !== undefined) && {
      StringEquals: {
        ...(SourceAccount !== undefined && { 'aws:SourceAccount': SourceAccount }),
        ...(PrincipalOrgID !== undefined && { 'aws:PrincipalOrgID': PrincipalOrgID }),
      },
    }),
  }
  const statement = {
    Effect: 'Allow',
    Principal: isService ? { Service: Principal } : Principal === '*' ? '*' : { AWS: Principal },
    Action,
    Resource: functionArn,
    ...(Object.keys(conditions).length > 0 && { Condition: conditions }),
  }
  return { name: nameOf(resource), policy: { Version: '2012-10-17', Statement: [statement] } }
}

function named(resource: ResolvedResource, document: unknown, policyName?: string): readonly NamedPolicy[] {
  if (document === undefined) return []
  const { Version = '2012-10-17', Statement } = Object(document) as Json
  const policy = { Version: String(Version), Statement: listOf(Statement) as PolicyDocument['Statement'] }
  const name = nameOf(resource)
  return [{ name: policyName === undefined ? name : `${name}.${policyName}`, policy }]
}

function nameOf({ stack, id }: ResolvedResource): string {
  return `${stack}.${id}`
}

function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : [value].flat()
}
