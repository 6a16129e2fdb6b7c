import { type Envelope, ownArn } from './envelope.ts'
import { field } from './foreign.ts'
import { isParameterName, parameterPath } from './names.ts'
import { type AttentionNotice, ignored, malformed, type Notice } from './notice.ts'

const reasons: Readonly<Record<string, string>> = {
  Delete: 'what reads a deleted parameter cannot be helped by a recycle',
  LabelParameterVersion: 'labels of parameters are not followed, only versions',
}

const policies: readonly unknown[] = [
  'Expiration',
  'ExpirationNotification',
  'NoChangeNotification',
] satisfies AttentionNotice['what'][]

/** A parameter was written, deleted or labelled. */
export function readParameterChange(envelope: Envelope): Notice {
  const { detail, at, account } = envelope
  const operation = field(detail, 'operation')
  if (field(detail, 'exception') !== undefined) return ignored('the operation on the parameter failed')
  if (typeof operation !== 'string') return malformed('has no operation')
  if (Object.hasOwn(reasons, operation)) return ignored(reasons[operation]!)
  if (operation !== 'Create' && operation !== 'Update') return malformed('has an unknown operation')
  const parameter = parameterOf(envelope, field(detail, 'name'))
  if (!parameter) return malformed('has no name and ARN of a parameter of its account that belong together')
  const origin = 'parameter-change'
  return { kind: 'changed', sourceKind: 'parameter', ...parameter, label: 'LATEST', at, origin, account }
}

/** A policy of a parameter spoke up. */
export function readParameterPolicy(envelope: Envelope): Notice {
  const { detail, at, account } = envelope
  const what = field(detail, 'policy-type')
  if (!policies.includes(what)) return malformed('has an unknown policy-type')
  const parameter = parameterOf(envelope, field(detail, 'parameter-name'))
  const secretId = parameter && { secretId: parameter.secretId }
  return { kind: 'attention', what: what as AttentionNotice['what'], ...secretId, at, account }
}

function parameterOf(envelope: Envelope, name: unknown): { secretId: string; name: string } | undefined {
  const { resource } = envelope
  const arn = ownArn(resource, 'ssm', envelope)
  if (typeof name !== 'string' || !isParameterName(name)) return undefined
  return arn?.resource === `parameter${parameterPath(name)}`
    ? { secretId: resource as string, name }
    : undefined
}
