import type { Agenda } from '../aws/agenda.ts'
import type { LocalOperation } from '../aws/counted.ts'
import { randomText } from '../aws/random-text.ts'
import { given } from './describe.ts'
import { moveLabel } from './labels.ts'
import { holderOf, invalidRequest, reader, type SecretStore } from './store.ts'
import { current, pending, type Secret, type Version } from './types.ts'
import { addVersion, type Making } from './versions.ts'

/** What rotations are made with. */
export interface Rotating extends Making {
  readonly agenda: Agenda
  /** How long a rotation takes, in ms. */
  readonly rotationMs: number
  /** Tells of rotations as CloudTrail does, too. */
  readonly cloudTrail: boolean
}

/** Rotation without a function: a new random value is labelled AWSPENDING, and after a while AWSCURRENT. */
export function rotationOperations(store: SecretStore, rotating: Rotating): Record<string, LocalOperation> {
  return {
    RotateSecret(input) {
      reader.only(input, [
        'SecretId',
        'ClientRequestToken',
        'RotationLambdaARN',
        'RotationRules',
        'RotateImmediately',
      ])
      const secret = store.at(input)
      const lambdaArn = reader.optional(input, 'RotationLambdaARN') ?? secret.rotation?.lambdaArn
      const rules = reader.object(input, 'RotationRules') ?? secret.rotation?.rules
      if (reader.flag(input, 'RotateImmediately') === false) {
        secret.rotation = { ...secret.rotation, lambdaArn, rules }
        return { ARN: secret.arn, Name: secret.name }
      }
      if (holderOf(secret, pending)) {
        throw invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.")
      }
      secret.rotation = { ...secret.rotation, lambdaArn, rules }
      const value = { SecretString: randomText(rotating.random, 32) }
      const token = reader.optional(input, 'ClientRequestToken')
      const version = addVersion(secret, value, [pending], token, rotating)
      rotating.agenda.after(rotating.rotationMs, () => finish(secret, version, rotating))
      return given({ ARN: secret.arn, Name: secret.name, VersionId: version.id })
    },
  }
}

function finish(secret: Secret, version: Version, { now, emit, cloudTrail }: Rotating): void {
  // Somebody may have ended it by hand, or deleted the secret.
  if (!version.labels.delete(pending) || secret.deletedAt !== undefined) return
  moveLabel(secret, current, version, now(), emit)
  if (secret.rotation) secret.rotation.rotatedAt = now()
  if (!cloudTrail) return
  const [, , , region, account] = secret.arn.split(':')
  emit({
    source: 'aws.secretsmanager',
    detailType: 'AWS Service Event via CloudTrail',
    at: now(),
    detail: {
      eventVersion: '1.08',
      userIdentity: { accountId: account, invokedBy: 'secretsmanager.amazonaws.com' },
      eventTime: new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z'),
      eventSource: 'secretsmanager.amazonaws.com',
      eventName: 'RotationSucceeded',
      awsRegion: region,
      requestParameters: null,
      responseElements: null,
      additionalEventData: { SecretId: secret.arn },
      readOnly: false,
      eventType: 'AwsServiceEvent',
      managementEvent: true,
      eventCategory: 'Management',
    },
  })
}
