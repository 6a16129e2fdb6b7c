import { type Input, ServiceError } from '../aws/json-service.ts'
import { randomId } from '../aws/random-text.ts'
import { type Emit, moveLabel } from './labels.ts'
import { invalidRequest, reader } from './secret-store.ts'
import { current, type Secret, type Value, type Version } from './types.ts'

/** What versions are made with. */
export interface Making {
  readonly random: () => number
  readonly now: () => number
  readonly emit: Emit
}

/** What a request puts; undefined for nothing. */
export function valueIn(input: Input): Value | undefined {
  const SecretString = reader.optional(input, 'SecretString')
  const SecretBinary = reader.optional(input, 'SecretBinary')
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw reader.refuse(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    )
  }
  if (SecretString !== undefined) return { SecretString }
  return SecretBinary === undefined ? undefined : { SecretBinary }
}

/**
 * Adds a version with labels. The same token with the same value is the same request; with another one it is refused.
 *
 * @param token becomes the id. @default a random one
 */
export function addVersion(
  secret: Secret,
  value: Value,
  labels: readonly string[],
  token: string | undefined,
  { random, now, emit }: Making,
): Version {
  const id = token ?? randomId(random)
  const there = secret.versions.get(id)
  if (there) {
    if (JSON.stringify(there.value) === JSON.stringify(value)) return there
    throw new ServiceError(
      'ResourceExistsException',
      `You can't use ClientRequestToken ${id} because that value is already in use for a version of secret ${secret.arn}.`,
    )
  }
  const version: Version = { id, value, createdAt: now(), labels: new Set() }
  secret.versions.set(id, version)
  secret.changedAt = now()
  // A first version is the current one, whatever was asked for.
  const all = secret.versions.size === 1 ? new Set([current, ...labels]) : new Set(labels)
  for (const label of all) moveLabel(secret, label, version, now(), emit)
  return version
}

/** The version that a request is for: by its id, its label, or both. */
export function versionAt(secret: Secret, input: Input): Version | undefined {
  const id = reader.optional(input, 'VersionId')
  const label = reader.optional(input, 'VersionStage')
  const version = findVersion(secret, id, label)
  if (id !== undefined && label !== undefined && version && !version.labels.has(label)) {
    throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.')
  }
  return version
}

/** @param label counts where no id is told. @default AWSCURRENT */
export function findVersion(secret: Secret, id?: string, label = current): Version | undefined {
  if (id !== undefined) return secret.versions.get(id)
  return [...secret.versions.values()].find(({ labels }) => labels.has(label))
}
