import type { Secret } from './types.ts'

const dayMs = 86_400_000

/** Times in the protocol are seconds. */
export function seconds(ms: number): number {
  return ms / 1_000
}

/** What DescribeSecret tells of a secret. */
export function shownSecret(secret: Secret): Record<string, unknown> {
  const { accessedAt, deletedAt } = secret
  return given({
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

/** Labels by version, of those that have any. */
export function labelsOf({ versions }: Secret): Record<string, readonly string[]> {
  const labelled = [...versions.values()].filter(({ labels }) => labels.size > 0)
  return Object.fromEntries(labelled.map(({ id, labels }) => [id, [...labels]]))
}

function shownTags(tags: ReadonlyMap<string, string>) {
  return [...tags].map(([Key, Value]) => ({ Key, Value }))
}

/** Leaves out what is undefined. */
export function given(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

function dayOf(ms: number): number {
  return Math.floor(ms / dayMs) * dayMs
}
