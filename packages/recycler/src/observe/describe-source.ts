import {
  DescribeSecretCommand,
  type DescribeSecretResponse,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { DescribeParametersCommand, type SSMClient } from '@aws-sdk/client-ssm'
import { type Clock, systemClock } from '@breakwater/circuit'
import { checkValue, invalid, required, textLike } from '@breakwater/circuit/shared'
import type { Source, SourceKind } from '../model.ts'

/** Clients that a source is looked up with. */
export interface SourceClients {
  readonly secrets: Pick<SecretsManagerClient, 'send'>
  readonly ssm: Pick<SSMClient, 'send'>
  /** What stands in for a date that the service leaves out. @default the machine's own time */
  readonly clock?: Pick<Clock, 'now'>
}

/**
 * Looks a secret or parameter up: which version holds which label now. Never its value: the calls are DescribeSecret and
 * DescribeParameters, for which no permission to read a value is needed.
 *
 * @param secretId a secret's ARN or name, or a parameter's ARN, name, or `ssm:` and its name.
 * @param kind what a name without any of this names. @default a secret; where there is none, a parameter
 * @param signal ends the look-up.
 * @returns undefined where there is nothing of that name (any more), or the secret is marked for deletion.
 * @throws TypeError where `secretId` cannot be one, or is of another kind than `kind`.
 * @throws what the SDK throws, or the reason of the signal.
 * @example
 * const source = await describeSource({ secrets, ssm }, 'orders/db')
 * if (source) console.log(source.labels.AWSCURRENT)
 */
export async function describeSource(
  clients: SourceClients,
  secretId: string,
  kind?: SourceKind,
  signal?: AbortSignal,
): Promise<Source | undefined> {
  checkValue('describeSource', 'secretId', secretId, anArnOrName)
  const [, service = 'ssm', name] = /^(?:arn:[^:]*:([^:]*):|ssm:)(.*)$/s.exec(secretId) ?? []
  const named = name === undefined ? kind : kinds.get(service)
  if (name !== undefined && named === undefined) throw refused(secretId, 'the ARN of a secret or a parameter')
  if (kind !== undefined && kind !== named) throw refused(secretId, `the ARN or name of a ${kind}`)

  signal?.throwIfAborted()
  const options = signal ? { abortSignal: signal } : {}
  const found = named === 'parameter' ? undefined : await describeSecret(clients, secretId, options)
  return found || named === 'secret' ? found : describeParameter(clients, secretId, options)
}

const anArnOrName = required(textLike(/^.{1,2048}$/s, 'an ARN or name of 1 to 2048 characters'))

const refused = (secretId: string, allowed: string) => invalid('describeSource: secretId', secretId, allowed)

const kinds: ReadonlyMap<string, SourceKind> = new Map([
  ['secretsmanager', 'secret'],
  ['ssm', 'parameter'],
])

type Options = { readonly abortSignal?: AbortSignal }

async function describeSecret(
  { secrets, clock = systemClock }: SourceClients,
  id: string,
  options: Options,
): Promise<Source | undefined> {
  let secret: DescribeSecretResponse
  try {
    secret = await secrets.send(new DescribeSecretCommand({ SecretId: id }), options)
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return undefined
    throw error
  }
  const { ARN: arn, Name: name, VersionIdsToStages: versions = {}, LastChangedDate, DeletedDate } = secret
  if (DeletedDate) return undefined
  if (!arn || !name) throw new Error('DescribeSecret answered no ARN or no name')
  const labels = Object.entries(versions).flatMap(([version, stages]) => {
    return stages.map(stage => [stage, version] as const)
  })
  const changedAt = LastChangedDate?.getTime() ?? clock.now()
  return { kind: 'secret', arn, name, labels: Object.fromEntries(labels), changedAt }
}

async function describeParameter(
  { ssm, clock = systemClock }: SourceClients,
  id: string,
  options: Options,
): Promise<Source | undefined> {
  const [, path] = /^arn:.*?:parameter\/(.*)$/s.exec(id) ?? []
  if (id.startsWith('arn:') && !path) throw refused(id, 'the ARN of a parameter')
  // The ARN does not say whether the name begins with a slash.
  const names = path ? [path, `/${path}`] : [id.replace(/^ssm:/, '')]
  const filter = { Key: 'Name', Option: 'Equals', Values: names }
  let token: string | undefined
  do {
    const input = { ParameterFilters: [filter], ...(token && { NextToken: token }) }
    const page = await ssm.send(new DescribeParametersCommand(input), options)
    for (const { Name: name = '', ARN: arn = path && id, Version, LastModifiedDate } of page.Parameters ??
      []) {
      if (!names.includes(name) || (path && arn !== id)) continue
      if (!arn || !Version) throw new Error('DescribeParameters answered no ARN or no version')
      const changedAt = LastModifiedDate?.getTime() ?? clock.now()
      return { kind: 'parameter', arn, name, labels: { LATEST: String(Version) }, changedAt }
    }
    // A page may be empty, and another follow all the same.
    token = page.NextToken
  } while (token)
  return undefined
}
