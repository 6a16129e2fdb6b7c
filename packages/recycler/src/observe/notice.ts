import type { SourceKind } from '../model.ts'

/** A label moved, or the parameter has a new version. Which version holds the label now, only a look-up tells. */
export interface ChangedNotice {
  readonly kind: 'changed'
  readonly sourceKind: SourceKind
  /** ARN of the secret or parameter; or a secret's name, which is then one of this account. */
  readonly secretId: string
  /** Its name, where the event says it. The parameters `foo` and `/foo` have the same ARN, and differ in this. */
  readonly name?: string
  readonly label: string
  readonly versionId?: string
  /** When, in epoch ms; whole seconds. */
  readonly at: number
  readonly origin: 'label-updated' | 'rotation-succeeded' | 'parameter-change'
  readonly account: string
}

/** Nothing to recycle for, but somebody should look. */
export interface AttentionNotice {
  readonly kind: 'attention'
  /** The rotation that went wrong, or the parameter's policy that spoke up. */
  readonly what:
    | 'RotationFailed'
    | 'RotationAbandoned'
    | 'Expiration'
    | 'ExpirationNotification'
    | 'NoChangeNotification'
  readonly secretId?: string
  /** Epoch ms. */
  readonly at: number
  readonly account: string
}

/** A good event that asks for nothing here. */
export interface IgnoredNotice {
  readonly kind: 'ignored'
  readonly why: string
}

/** Not an event, or not one as AWS makes them. */
export interface MalformedNotice {
  readonly kind: 'malformed'
  readonly why: string
}

/** What an event says. */
export type Notice = ChangedNotice | AttentionNotice | IgnoredNotice | MalformedNotice

/** Which events are listened to. */
export interface EventOptions {
  /** This account. */
  readonly account: string
  /** Other accounts whose events are believed. @default none */
  readonly allowedAccounts?: readonly string[]
  /** Whether the CloudTrail event RotationSucceeded counts too. @default false, as the native event tells the same */
  readonly cloudTrail?: boolean
}

/** @internal */
export const ignored = (why: string): IgnoredNotice => ({ kind: 'ignored', why })

/** @internal */
export const malformed = (what: string): MalformedNotice => ({ kind: 'malformed', why: `the event ${what}` })
