/** A question that IAM answers before a service does what it is asked. */
export interface PermissionCheck {
  /** As policies name it: `dynamodb:UpdateItem`. */
  readonly action: string
  /** An ARN, or `*` for an action that knows no resources. */
  readonly resource: string
  /**
   * Values of the condition keys that the service sends: `dynamodb:LeadingKeys`, `ecs:cluster`, `aws:ResourceTag/…`. A
   * key that has no value in this call is not there.
   */
  readonly conditions: Readonly<Record<string, string | readonly string[]>>
}

/** The role that a call is made by. */
export interface CallerRole {
  readonly arn: string
  /** Name of the stack whose template has the role; undefined for a role that no template has. */
  readonly stack: string | undefined
  /** Logical id of the role in that template. */
  readonly id: string | undefined
}

/**
 * A call of a part of the stacks to an AWS service, as IAM would be asked about it. A call that IAM has to decide for
 * several resources, or by several actions, is one of these for each.
 */
export interface ServiceCall extends PermissionCheck {
  /** What calls: `Stack.LogicalId` of a function, state machine, method, rule or event source mapping. */
  readonly caller: string
  /** The service that the caller belongs to, as a principal: `lambda.amazonaws.com`; for one from outside, its user. */
  readonly service: string
  /** The role of the caller. Undefined where the service calls in its own name: a policy of the resource has to allow it. */
  readonly role: CallerRole | undefined
}

/** A part of the stacks that calls services. */
export interface Caller {
  /** `Stack.LogicalId`. */
  readonly name: string
  /** As a principal: `lambda.amazonaws.com`. */
  readonly service: string
  /** Whether it uses the credentials of a role from outside the stacks: how it came by them is not reported. */
  readonly outside?: boolean
  /** Undefined where the service calls in its own name. */
  readonly roleArn: string | undefined
  /** Values of aws:SourceArn and aws:SourceAccount, where the service sends them with what it does in its own name. */
  readonly source?: Readonly<Record<string, string>>
}

/** Makes a check of an action, a resource and condition keys, of which those without a value are left out. */
export function checkOf(
  action: string,
  resource: string,
  conditions: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): PermissionCheck {
  const given = Object.entries(conditions).filter(([, value]) => value !== undefined && value.length > 0)
  return { action, resource, conditions: Object.fromEntries(given) as PermissionCheck['conditions'] }
}

/** Values of aws:ResourceTag, and of the service's own key for the same where it has one. */
export function tagConditions(
  tags: Iterable<readonly [key: string, value: string]>,
  ...prefixes: readonly string[]
): Record<string, string> {
  return Object.fromEntries(
    [...tags].flatMap(([key, value]) =>
      ['aws:ResourceTag', ...prefixes].map(prefix => [`${prefix}/${key}`, value] as const),
    ),
  )
}
