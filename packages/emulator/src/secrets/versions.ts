import type { EventEntry } from '../aws/event.ts'
import { randomId } from '../aws/identifiers.ts'
import { type Input, ServiceError } from '../aws/json-service.ts'
import { holderOf, invalidRequest, reader } from './secret-store.ts'

/** Dependencies of the functions that make versions. */
export interface VersionDependencies {
  readonly random: () => number
  readonly now: () => number
  readonly emit: Emit
}

/** The value that a request puts; undefined for none. */
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
  { random, now, emit }: VersionDependencies,
): Version {
  const id = token ?? randomId(random)
  const existing = secret.versions.get(id)
  if (existing) {
    if (JSON.stringify(existing.value) === JSON.stringify(value)) return existing
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

/** @param label counts without an id. @default AWSCURRENT */
export function findVersion(secret: Secret, id?: string, label = current): Version | undefined {
  if (id !== undefined) return secret.versions.get(id)
  return [...secret.versions.values()].find(({ labels }) => labels.has(label))
}

/** The labels that Secrets Manager moves by itself. */
export const current = 'AWSCURRENT'
export const previous = 'AWSPREVIOUS'
export const pending = 'AWSPENDING'

/** The value of a version, as it was sent. */
export interface Value {
  readonly SecretString?: string
  readonly SecretBinary?: string
}

export interface Version {
  readonly id: string
  readonly value: Value
  readonly createdAt: number
  readonly labels: Set<string>
}

export interface Secret {
  readonly name: string
  readonly arn: string
  readonly createdAt: number
  readonly tags: Map<string, string>
  /** By id, the oldest first. */
  readonly versions: Map<string, Version>
  description: string | undefined
  kmsKeyId: string | undefined
  changedAt: number
  accessedAt?: number
  /** When it will be gone, epoch ms. */
  deletedAt?: number
}

/** Called with the event of a label change. */
export type Emit = (event: EventEntry) => void

/**
 * Moves a label to a version. AWSPREVIOUS follows where AWSCURRENT was. The event names a label that moved, but for
 * AWSPENDING and AWSPREVIOUS, which the service does not report.
 */
export function moveLabel(secret: Secret, label: string, to: Version, now: number, emit: Emit): void {
  const from = holderOf(secret, label)
  if (from === to) return
  from?.labels.delete(label)
  to.labels.add(label)
  secret.changedAt = now
  if (label === current && from) {
    holderOf(secret, previous)?.labels.delete(previous)
    from.labels.add(previous)
  }
  if (label === pending || label === previous) return
  emit({
    source: 'aws.secretsmanager',
    detailType: 'Secret Label Updated',
    resources: [secret.arn],
    at: now,
    detail: { name: secret.name, labelUpdated: label, versionId: to.id },
  })
}
