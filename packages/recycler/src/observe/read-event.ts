import {
  type Check,
  type Checks,
  checkOptions,
  listOf,
  required,
  trueOrFalse,
} from '@breakwater/circuit/shared'
import {
  type Attention,
  type Envelope,
  type EventOptions,
  ignored,
  malformed,
  type Notice,
  ownArn,
  readEnvelope,
} from './event.ts'
import {
  endsLikeArn,
  isAccount,
  isLabel,
  isParameterName,
  isSecretName,
  isSecretResource,
  isVersionId,
  parameterPath,
} from './names.ts'
import { clip, dig, field } from './untrusted.ts'

/** By source and detail-type. */
const readers = new Map<string, (envelope: Envelope, options: EventOptions) => Notice>([
  ['aws.secretsmanager Secret Label Updated', readLabelUpdated],
  ['aws.secretsmanager AWS Service Event via CloudTrail', readRotation],
  ['aws.secretsmanager AWS API Call via CloudTrail', readCall],
  ['aws.ssm Parameter Store Change', readParameterChange],
  ['aws.ssm Parameter Store Policy Action', readParameterPolicy],
])

/**
 * Reads what an event of EventBridge says of secrets and parameters. Whatever it is given, it does not throw; what it
 * answers as changed is a well-formed ARN (or name) of the account that the event came from, and of nothing else.
 *
 * @param event the event, or its JSON, such as the body of an SQS record.
 * @param options `account`; `allowedAccounts`, without which only this account is believed; `cloudTrail`, without which
 * RotationSucceeded is ignored.
 * @throws TypeError for bad options only.
 * @example
 * const notice = readEvent(record.body, { account: '123456789012' })
 * if (notice.kind === 'changed') await takeUp(notice)
 */
export function readEvent(event: unknown, options: EventOptions): Notice {
  checkOptions('readEvent', options, checks)
  try {
    return read(event, options)
  } catch {
    return malformed('cannot be read')
  }
}

function read(event: unknown, options: EventOptions): Notice {
  const envelope = readEnvelope(event)
  if (typeof envelope === 'string') return malformed(envelope)
  const { source, detailType, account } = envelope
  if (account !== options.account && !options.allowedAccounts?.includes(account)) {
    return ignored(`account ${account} is not on the allow-list`)
  }
  const reader = readers.get(`${source} ${detailType}`)
  if (reader) return reader(envelope, options)
  return ignored(`“${clip(detailType, 64)}” of ${clip(source, 64)} says nothing of a secret`)
}

const isAccountId: Check = { allowed: 'the 12 digits of an account', good: isAccount }
const checks: Checks<EventOptions> = {
  account: required(isAccountId),
  allowedAccounts: listOf(isAccountId, 'accounts, 12 digits each'),
  cloudTrail: trueOrFalse,
}

/** The native event of Secrets Manager: a label moved. */
function readLabelUpdated(envelope: Envelope): Notice {
  const { resource, detail, at, account } = envelope
  const arn = ownArn(resource, 'secretsmanager', envelope)
  const whole = arn && secretOf(arn.resource)
  if (!whole || !endsLikeArn(whole)) return malformed('has no ARN of a secret of its account in resources[0]')
  const name = field(detail, 'name') ?? whole.slice(0, -7)
  if (name !== whole.slice(0, -7)) return malformed('says a name that is not that of the ARN')
  const label = field(detail, 'labelUpdated')
  const versionId = field(detail, 'versionId')
  if (!isLabel(label)) return malformed('has no labelUpdated')
  if (versionId !== undefined && !isVersionId(versionId)) return malformed('has an impossible versionId')
  if (label === 'AWSPENDING') return ignored('AWSPENDING moves while a rotation is under way')
  return {
    kind: 'changed',
    sourceKind: 'secret',
    secretId: resource as string,
    name: name as string,
    label,
    ...(versionId !== undefined && { versionId }),
    at,
    origin: 'label-updated',
    account,
  }
}

/** The rotation that CloudTrail reports. */
function readRotation(envelope: Envelope, { account: own, cloudTrail }: EventOptions): Notice {
  const { detail, at, account } = envelope
  const eventName = field(detail, 'eventName')
  if (field(detail, 'eventSource') !== 'secretsmanager.amazonaws.com' || typeof eventName !== 'string') {
    return malformed('has no eventName of Secrets Manager')
  }
  const secretId =
    dig(detail, 'additionalEventData', 'SecretId') ?? dig(detail, 'serviceEventDetails', 'secretId')
  const good = isSecretId(secretId, envelope, own)
  if (eventName === 'RotationFailed' || eventName === 'RotationAbandoned') {
    return { kind: 'attention', what: eventName, ...(good && { secretId }), at, account }
  }
  if (eventName !== 'RotationSucceeded') return ignored(`${clip(eventName, 64)} moves no label`)
  if (!cloudTrail) return ignored('RotationSucceeded is not listened to; the native event tells the same')
  if (!good) return malformed('has no SecretId of its account')
  const origin = 'rotation-succeeded'
  return { kind: 'changed', sourceKind: 'secret', secretId, label: 'AWSCURRENT', at, origin, account }
}

/** The call that CloudTrail reports, by which no label need have moved. */
function readCall({ detail }: Envelope): Notice {
  const eventName = field(detail, 'eventName')
  if (typeof eventName !== 'string') return malformed('has no eventName')
  return eventName === 'PutSecretValue'
    ? ignored('PutSecretValue is too early: a rotation puts the value long before it moves the label')
    : ignored(`the call of ${clip(eventName, 64)} moves no label that the native event does not tell of`)
}

/** An ARN, whole or partial; or a name, which can be looked up in this account only. */
function isSecretId(id: unknown, envelope: Envelope, own: string): id is string {
  const arn = ownArn(id, 'secretsmanager', envelope)
  if (arn) return secretOf(arn.resource) !== undefined
  return typeof id === 'string' && envelope.account === own && isSecretName(id)
}

function secretOf(resource: string): string | undefined {
  const name = resource.startsWith('secret:') ? resource.slice('secret:'.length) : ''
  return isSecretResource(name) ? name : undefined
}

const reasons: Readonly<Record<string, string>> = {
  Delete: 'what reads a deleted parameter cannot be helped by a recycle',
  LabelParameterVersion: 'labels of parameters are not followed, only versions',
}

const policies: readonly unknown[] = [
  'Expiration',
  'ExpirationNotification',
  'NoChangeNotification',
] satisfies Attention[]

/** A parameter was written, deleted or labelled. */
function readParameterChange(envelope: Envelope): Notice {
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
function readParameterPolicy(envelope: Envelope): Notice {
  const { detail, at, account } = envelope
  const what = field(detail, 'policy-type')
  if (!policies.includes(what)) return malformed('has an unknown policy-type')
  const parameter = parameterOf(envelope, field(detail, 'parameter-name'))
  const secretId = parameter && { secretId: parameter.secretId }
  return { kind: 'attention', what: what as Attention, ...secretId, at, account }
}

function parameterOf(envelope: Envelope, name: unknown): { secretId: string; name: string } | undefined {
  const { resource } = envelope
  const arn = ownArn(resource, 'ssm', envelope)
  if (typeof name !== 'string' || !isParameterName(name)) return undefined
  return arn?.resource === `parameter${parameterPath(name)}`
    ? { secretId: resource as string, name }
    : undefined
}
