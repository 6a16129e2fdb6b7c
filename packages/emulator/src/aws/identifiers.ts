import { randomBytes } from 'node:crypto'

/** Where the resources claim to be; part of every ARN. */
export interface RegionAndAccount {
  /** @default 'eu-west-1' */
  readonly region?: string
  /** @default '123456789012' */
  readonly account?: string
}

/** Fills in the defaults of a {@link RegionAndAccount}. */
export function regionAndAccountOf({
  region = 'eu-west-1',
  account = '123456789012',
}: RegionAndAccount): Required<RegionAndAccount> {
  return { region, account }
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** `length` characters of the alphabet, by a source of numbers from 0 (included) to 1 (excluded). */
export function randomText(random: () => number, length: number, alphabet = letters): string {
  return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
}

export function randomHex(random: () => number, length: number): string {
  return randomText(random, length, '0123456789abcdef')
}

/** In the form of a UUID of version 4. */
export function randomId(random: () => number): string {
  const hex = (length: number) => randomHex(random, length)
  return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`
}

/** A trace id in X-Ray's form. */
export function traceId(now: number = Date.now()): string {
  return `Root=1-${Math.floor(now / 1000).toString(16)}-${randomBytes(12).toString('hex')}`
}
