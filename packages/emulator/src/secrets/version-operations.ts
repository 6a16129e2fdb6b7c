import type { SyncOperation } from '../aws/operations.ts'
import { seconds } from '../aws/protocol.ts'
import { holderOf, notFound, reader, type SecretStore } from './secret-store.ts'
import {
  addVersion,
  current,
  moveLabel,
  type Secret,
  type Version,
  type VersionDependencies,
  valueIn,
  versionAt,
} from './versions.ts'

/** Operations on the versions of secrets and their labels. */
export function versionOperations(
  store: SecretStore,
  dependencies: VersionDependencies,
): Record<string, SyncOperation> {
  const { now, emit } = dependencies
  return {
    PutSecretValue(input) {
      reader.only(input, ['SecretId', 'ClientRequestToken', 'SecretString', 'SecretBinary', 'VersionStages'])
      const secret = store.get(input)
      const value = valueIn(input)
      if (!value) throw reader.refuse('You must provide either SecretString or SecretBinary.')
      const requested = reader.texts(input, 'VersionStages')
      const labels = requested.length === 0 ? [current] : requested
      const token = reader.optional(input, 'ClientRequestToken')
      const version = addVersion(secret, value, labels, token, dependencies)
      return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: [...version.labels] }
    },
    GetSecretValue(input) {
      const secret = store.get(input)
      const version = versionAt(secret, input)
      if (!version) throw notFound(`Secrets Manager can't find the specified secret value ${wantedIn(input)}`)
      secret.accessedAt = now()
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.id,
        ...version.value,
        VersionStages: [...version.labels],
        CreatedDate: seconds(version.createdAt),
      }
    },
    UpdateSecretVersionStage(input) {
      reader.only(input, ['SecretId', 'VersionStage', 'RemoveFromVersionId', 'MoveToVersionId'])
      const secret = store.get(input)
      const label = reader.text(input, 'VersionStage')
      const from = reader.optional(input, 'RemoveFromVersionId')
      const to = reader.optional(input, 'MoveToVersionId')
      checkHolder(secret, label, from, to)
      const target = to === undefined ? undefined : existing(secret, to)
      if (target) moveLabel(secret, label, target, now(), emit)
      else {
        existing(secret, from ?? '').labels.delete(label)
        secret.changedAt = now()
      }
      return { ARN: secret.arn, Name: secret.name }
    },
  }
}

/** A label is taken only from the version that the caller names. */
function checkHolder(secret: Secret, label: string, from: string | undefined, to: string | undefined): void {
  const holder = holderOf(secret, label)
  if (to === undefined && label === current) {
    throw reader.refuse(
      `You can only move staging label ${current} to a different secret version. It can’t be completely removed.`,
    )
  }
  if (from === undefined && holder && holder.id !== to) {
    throw reader.refuse(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
    )
  }
  if (from !== undefined && holder?.id !== from) {
    throw reader.refuse(`The staging label ${label} isn't attached to version ${from}.`)
  }
}

function existing({ versions }: Secret, id: string): Version {
  const version = versions.get(id)
  if (version) return version
  throw notFound(`Secrets Manager can't find the specified secret version: ${id}.`)
}

function wantedIn({ VersionId, VersionStage = current }: Readonly<Record<string, unknown>>): string {
  return VersionId === undefined ? `for staging label: ${VersionStage}` : `for VersionId: ${VersionId}`
}
