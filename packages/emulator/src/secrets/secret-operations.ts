import { type Input, ServiceError } from '../aws/json-service.ts'
import type { SyncOperation } from '../aws/operations.ts'
import { definedOnly, seconds } from '../aws/protocol.ts'
import { invalidRequest, reader, type SecretStore } from './secret-store.ts'
import { addVersion, current, type Secret, type VersionDependencies, valueIn } from './versions.ts'

const dayMs = 86_400_000

/** Operations on secrets as such. */
export function secretOperations(
  store: SecretStore,
  dependencies: VersionDependencies,
): Record<string, SyncOperation> {
  return {
    CreateSecret(input) {
      reader.only(input, ['Name', 'Description', 'KmsKeyId', 'Tags', ...valueNames])
      const name = reader.text(input, 'Name')
      checkFree(store, name)
      const value = valueIn(input)
      const secret = store.add(name)
      describe(secret, input)
      setTags(secret, input)
      const token = reader.optional(input, 'ClientRequestToken')
      const version = value && addVersion(secret, value, [current], token, dependencies)
      return definedOnly({ ARN: secret.arn, Name: name, VersionId: version?.id })
    },
    UpdateSecret(input) {
      reader.only(input, ['SecretId', 'Description', 'KmsKeyId', ...valueNames])
      const secret = store.get(input)
      const value = valueIn(input)
      describe(secret, input)
      secret.changedAt = dependencies.now()
      const token = reader.optional(input, 'ClientRequestToken')
      const version = value && addVersion(secret, value, [current], token, dependencies)
      return definedOnly({ ARN: secret.arn, Name: secret.name, VersionId: version?.id })
    },
    DescribeSecret(input) {
      const secret = store.getAny(input)
      return { ...shownSecret(secret), VersionIdsToStages: labelsOf(secret) }
    },
    DeleteSecret(input) {
      reader.only(input, ['SecretId', 'RecoveryWindowInDays', 'ForceDeleteWithoutRecovery'])
      const secret = store.get(input)
      const days = reader.whole(input, 'RecoveryWindowInDays', 7, 30)
      const forced = reader.flag(input, 'ForceDeleteWithoutRecovery') === true
      if (forced && days !== undefined) {
        throw reader.refuse(
          "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        )
      }
      secret.deletedAt = dependencies.now() + (forced ? 0 : (days ?? 30) * dayMs)
      secret.changedAt = dependencies.now()
      if (forced) store.remove(secret)
      return { ARN: secret.arn, Name: secret.name, DeletionDate: seconds(secret.deletedAt) }
    },
    TagResource(input) {
      const secret = store.get(input)
      setTags(secret, input)
      secret.changedAt = dependencies.now()
    },
  }
}

const valueNames = ['SecretString', 'SecretBinary', 'ClientRequestToken']

function checkFree(store: SecretStore, name: string): void {
  if (!/^[\w/+=.@!-]{1,512}$/.test(name)) {
    throw reader.refuse(
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    )
  }
  const existing = store.all().find(secret => secret.name === name)
  if (!existing) return
  if (existing.deletedAt !== undefined) {
    throw invalidRequest(
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    )
  }
  throw new ServiceError(
    'ResourceExistsException',
    `The operation failed because the secret ${name} already exists.`,
  )
}

function describe(secret: Secret, input: Input): void {
  secret.description = reader.optional(input, 'Description') ?? secret.description
  secret.kmsKeyId = reader.optional(input, 'KmsKeyId') ?? secret.kmsKeyId
}

function setTags({ tags }: Secret, input: Input): void {
  for (const { Key, Value = '' } of reader.objects(input, 'Tags') ?? []) tags.set(String(Key), String(Value))
}

/** A secret as DescribeSecret answers it. */
export function shownSecret(secret: Secret): Record<string, unknown> {
  const { accessedAt, deletedAt } = secret
  return definedOnly({
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    LastChangedDate: seconds(secret.changedAt),
    // The service keeps the day only.
    LastAccessedDate: accessedAt === undefined ? undefined : seconds(dayOf(accessedAt)),
    DeletedDate: deletedAt === undefined ? undefined : seconds(deletedAt),
    CreatedDate: seconds(secret.createdAt),
    Tags: secret.tags.size === 0 ? undefined : shownTags(secret.tags),
  })
}

/** Labels by version, of the versions that have any. */
export function labelsOf({ versions }: Secret): Record<string, readonly string[]> {
  const labelled = [...versions.values()].filter(({ labels }) => labels.size > 0)
  return Object.fromEntries(labelled.map(({ id, labels }) => [id, [...labels]]))
}

function shownTags(tags: ReadonlyMap<string, string>) {
  return [...tags].map(([Key, Value]) => ({ Key, Value }))
}

function dayOf(ms: number): number {
  return Math.floor(ms / dayMs) * dayMs
}
