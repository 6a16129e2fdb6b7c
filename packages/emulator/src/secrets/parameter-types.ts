import { Reader } from '../aws/reader.ts'

/** Reads requests, with the code that Parameter Store refuses parameters by. */
export const reader = new Reader('ValidationException')

export const types = ['String', 'StringList', 'SecureString']

/** One version of a parameter. */
export interface ParameterVersion {
  readonly version: number
  readonly value: string
  readonly type: string
  readonly description: string | undefined
  readonly tier: string
  readonly dataType: string
  readonly keyId: string | undefined
  readonly modifiedAt: number
}

export interface Parameter {
  readonly name: string
  readonly arn: string
  /** The oldest first. */
  readonly versions: ParameterVersion[]
}

export function latestOf({ versions }: Parameter): ParameterVersion {
  return versions.at(-1)!
}
