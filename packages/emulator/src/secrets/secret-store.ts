import { randomText } from '../aws/identifiers.ts'
import { type Input, ServiceError } from '../aws/json-service.ts'
import { RequestReader } from '../aws/protocol.ts'
import type { Secret, Version } from './versions.ts'

/** Reads requests, with the code that Secrets Manager refuses parameters by. */
export const reader = new RequestReader('InvalidParameterException')

/** Options of a {@link SecretStore}. */
export interface SecretStoreOptions {
  readonly region: string
  readonly account: string
  readonly random: () => number
  readonly now: () => number
}

/** Secrets by name, of which some may be about to be deleted. */
export class SecretStore {
  readonly #options: SecretStoreOptions
  readonly #secrets = new Map<string, Secret>()

  constructor(options: SecretStoreOptions) {
    this.#options = options
  }

  /** All secrets, those marked for deletion included. */
  all(): readonly Secret[] {
    const now = this.#options.now()
    for (const { name, deletedAt } of this.#secrets.values()) {
      if (deletedAt !== undefined && deletedAt <= now) this.#secrets.delete(name)
    }
    return [...this.#secrets.values()]
  }

  /** Makes an empty secret, with a suffix of six characters to its ARN, as the service does. */
  add(name: string): Secret {
    const { region, account, random, now } = this.#options
    const secret: Secret = {
      name,
      arn: `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${randomText(random, 6)}`,
      createdAt: now(),
      tags: new Map(),
      versions: new Map(),
      description: undefined,
      kmsKeyId: undefined,
      changedAt: now(),
    }
    this.#secrets.set(name, secret)
    return secret
  }

  remove(secret: Secret): void {
    this.#secrets.delete(secret.name)
  }

  /** Finds a secret by its ARN, its ARN without the suffix, or its name. The whole ARN comes first. */
  find(id: string): Secret | undefined {
    const all = this.all()
    return (
      all.find(({ arn }) => arn === id) ?? all.find(({ arn, name }) => name === id || arn.slice(0, -7) === id)
    )
  }

  /** The secret that a request is for, even if it is marked for deletion. */
  getAny(input: Input): Secret {
    const secret = this.find(reader.text(input, 'SecretId'))
    if (secret) return secret
    throw notFound("Secrets Manager can't find the specified secret.")
  }

  /** The secret that a request is for. */
  get(input: Input): Secret {
    const secret = this.getAny(input)
    if (secret.deletedAt === undefined) return secret
    throw invalidRequest("You can't perform this operation on the secret because it was marked for deletion.")
  }
}

/** The version that holds a label. */
export function holderOf({ versions }: Secret, label: string): Version | undefined {
  return [...versions.values()].find(({ labels }) => labels.has(label))
}

export function notFound(message: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', message)
}

export function invalidRequest(message: string): ServiceError {
  return new ServiceError('InvalidRequestException', message)
}
