import { randomUUID } from 'node:crypto'

/** An event as rules match it and targets get it. */
export interface BusEvent {
  readonly version: '0'
  readonly id: string
  readonly 'detail-type': string
  readonly source: string
  readonly account: string
  /** ISO 8601, without milliseconds. */
  readonly time: string
  readonly region: string
  readonly resources: readonly string[]
  readonly detail: Readonly<Record<string, unknown>>
}

/** An event as its producer gives it; the bus adds the rest. */
export interface EventEntry {
  readonly source: string
  readonly detailType: string
  readonly detail: Readonly<Record<string, unknown>>
  /** @default none */
  readonly resources?: readonly string[]
  /** When it happened, epoch ms. @default now */
  readonly at?: number
}

/**
 * Makes the whole event of an entry: id, time, Region and account are put in.
 *
 * @param now epoch ms; the time of an entry that has none.
 * @example
 * const event = eventOf({ source: 'shop', detailType: 'Order Placed', detail: {} }, Date.now(), { region: 'eu-west-1', account: '123456789012' })
 */
export function eventOf(
  entry: EventEntry,
  now: number,
  { region, account }: { region: string; account: string },
): BusEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': entry.detailType,
    source: entry.source,
    account,
    time: new Date(entry.at ?? now).toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: entry.resources ?? [],
    detail: entry.detail,
  }
}
