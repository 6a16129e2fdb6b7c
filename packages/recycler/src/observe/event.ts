import type { SourceKind } from '../model.ts'
import { type Arn, isAccount, isRegion, parseArn } from './names.ts'
import { field } from './untrusted.ts'

/** What an event says. */
export type Notice =
  /** A label moved, or the parameter has a new version. Which version holds the label now, only a look-up tells. */
  | {
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
  /** Nothing to recycle for, but a person should look. */
  | {
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
  | {
      readonly kind: 'ignored'
      readonly why: string
    }
  /** Not an event, or not one as AWS makes them. */
  | {
      readonly kind: 'malformed'
      readonly why: string
    }

/** What went wrong, or spoke up, where a person should look. */
export type Attention = Extract<Notice, { readonly kind: 'attention' }>['what']

/** Which events are listened to. */
export interface EventOptions {
  /** This account. */
  readonly account: string
  /** Other accounts whose events are believed. @default none */
  readonly allowedAccounts?: readonly string[]
  /** Whether the CloudTrail event RotationSucceeded counts too. @default false, as the native event tells the same */
  readonly cloudTrail?: boolean
}

export const ignored = (why: string): Notice => ({ kind: 'ignored', why })

export const malformed = (what: string): Notice => ({ kind: 'malformed', why: `the event ${what}` })

/** What all events of EventBridge have. */
export interface Envelope {
  readonly source: string
  readonly detailType: string
  readonly account: string
  readonly region: string
  /** Epoch ms. */
  readonly at: number
  readonly resource: unknown
  readonly detail: unknown
}

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/

/** The epoch ms of a date as AWS writes it; undefined for all else, and for the 30th of February. */
function instantOf(text: unknown): number | undefined {
  if (typeof text !== 'string' || !instant.test(text)) return undefined
  const ms = Date.parse(text)
  return ms >= 0 && new Date(ms).toISOString().slice(0, 19) === text.slice(0, 19) ? ms : undefined
}

/** Reads what all events have, from the event or its JSON; a text says what is wrong with it. */
export function readEnvelope(event: unknown): Envelope | string {
  const read = typeof event === 'string' ? parse(event) : event
  const source = field(read, 'source')
  const detailType = field(read, 'detail-type')
  const account = field(read, 'account')
  const region = field(read, 'region')
  const at = instantOf(field(read, 'time'))
  if (typeof source !== 'string' || typeof detailType !== 'string') return 'has no source or no detail-type'
  if (!isAccount(account) || !isRegion(region)) return 'has no account or no region'
  if (at === undefined) return 'has no time'
  const resources = field(read, 'resources')
  const resource = Array.isArray(resources) ? resources[0] : undefined
  return { source, detailType, account, region, at, resource, detail: field(read, 'detail') }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The ARN of something that an event may speak of: in the region and account where it happened. */
export function ownArn(text: unknown, service: string, { region, account }: Envelope): Arn | undefined {
  const arn = parseArn(text)
  return arn?.service === service && arn.region === region && arn.account === account ? arn : undefined
}
