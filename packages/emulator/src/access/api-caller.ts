import { createHash } from 'node:crypto'
import { fakeCredentials } from '../aws/credentials.ts'
import type { ApiCaller } from '../rest/types.ts'
import type { Caller } from './service-call.ts'

/** The user whose key and secret are `local`: an administrator of the account. */
export function localUser(account: string): ApiCaller {
  const arn = `arn:aws:iam::${account}:user/local`
  return { ...fakeCredentials, arn, id: uniqueId('AIDA', arn) }
}

/** A part of the stacks that signs requests by its role, as an API sees it; undefined for one without a role. */
export function roleSession(
  { name, roleArn }: Caller,
  mayCall: (path: string) => boolean,
): ApiCaller | undefined {
  if (roleArn === undefined) return undefined
  const [, partition, , , account] = roleArn.split(':')
  const session = name.replaceAll(/[^\w+=,.@-]/g, '-').slice(0, 64)
  return {
    ...fakeCredentials,
    arn: `arn:${partition}:sts::${account}:assumed-role/${roleArn.split('/').at(-1)}/${session}`,
    id: `${uniqueId('AROA', roleArn)}:${session}`,
    mayCall,
  }
}

/** Ids of IAM are a prefix and 17 capitals and digits. */
function uniqueId(prefix: string, arn: string): string {
  const digest = createHash('sha256').update(arn).digest('hex')
  return prefix + digest.slice(0, 17).toUpperCase()
}
