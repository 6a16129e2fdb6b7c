import { type Arn, isAccount, isRegion, parseArn } from './arn.ts'
import { field } from './foreign.ts'

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
export function instantOf(text: unknown): number | undefined {
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
