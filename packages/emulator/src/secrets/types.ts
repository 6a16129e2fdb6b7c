/** The labels that Secrets Manager moves by itself. */
export const current = 'AWSCURRENT'
export const previous = 'AWSPREVIOUS'
export const pending = 'AWSPENDING'

/** What a version holds, as it was sent. */
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
