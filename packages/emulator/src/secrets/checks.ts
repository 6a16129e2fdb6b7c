import { checkOf, type PermissionCheck, tagConditions } from '../access/service-call.ts'
import type { Input } from '../aws/json-service.ts'
import type { Secret } from './versions.ts'

interface Place {
  readonly region: string
  readonly account: string
}

/** What IAM is asked about a call of Secrets Manager. */
export function secretChecks(
  { region, account }: Place,
  find: (id: string) => Secret | undefined,
  action: string,
  { SecretId, Name, VersionId, VersionStage }: Input,
): readonly PermissionCheck[] {
  const id = SecretId ?? Name
  if (id === undefined) return [checkOf(`secretsmanager:${action}`, '*')]
  const name = String(id)
  const secret = find(name)
  const unknown = name.startsWith('arn:')
    ? name
    : `arn:aws:secretsmanager:${region}:${account}:secret:${name}`
  const reads = action === 'GetSecretValue'
  return [
    checkOf(`secretsmanager:${action}`, secret?.arn ?? unknown, {
      ...tagConditions(secret?.tags ?? [], 'secretsmanager:ResourceTag'),
      'secretsmanager:SecretId': SecretId === undefined ? undefined : name,
      'secretsmanager:VersionId': reads && VersionId !== undefined ? String(VersionId) : undefined,
      'secretsmanager:VersionStage': reads && VersionStage !== undefined ? String(VersionStage) : undefined,
    }),
  ]
}

/** What IAM is asked about a call of Parameter Store. */
export function parameterChecks(
  arnOf: (name: string) => string,
  action: string,
  { Name, Names }: Input,
): readonly PermissionCheck[] {
  const names = Array.isArray(Names) ? Names : Name === undefined ? [] : [Name]
  if (names.length === 0) return [checkOf(`ssm:${action}`, '*')]
  return names.map(name => {
    const text = String(name)
    const bare = text.startsWith('arn:') ? text.replace(/^.*:parameter/, '') : text
    return checkOf(`ssm:${action}`, arnOf(bare.split(':')[0]!))
  })
}
