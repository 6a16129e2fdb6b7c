import { type Envelope, ownArn } from './envelope.ts'
import { clip, dig, field } from './foreign.ts'
import { endsLikeArn, isLabel, isSecretName, isSecretResource, isVersionId } from './names.ts'
import { type EventOptions, ignored, malformed, type Notice } from './notice.ts'

/** The native event of Secrets Manager: a label moved. */
export function readLabelUpdated(envelope: Envelope): Notice {
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

/** What CloudTrail tells of a rotation. */
export function readRotation(envelope: Envelope, { account: own, cloudTrail }: EventOptions): Notice {
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

/** What CloudTrail tells of a call, by which no label need have moved. */
export function readCall({ detail }: Envelope): Notice {
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
