/** A value of JSON. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject

/** An object of JSON. */
export interface JsonObject {
  readonly [name: string]: Json
}

/** The limit of the input and output of a state, in bytes of UTF-8. */
const maxPayloadBytes = 256 * 1024

/** Whether a text is over the limit of inputs and outputs. */
export function exceedsPayloadLimit(text: string): boolean {
  // A UTF-16 unit takes at most three bytes of UTF-8, so most texts need no exact count.
  return text.length * 3 > maxPayloadBytes && Buffer.byteLength(text) > maxPayloadBytes
}

/** True for an object that is no array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A copy by way of JSON; undefined becomes null, as in the answer of a Lambda function. */
export function toJson(value: unknown): Json {
  return value === undefined ? null : JSON.parse(JSON.stringify(value) ?? 'null')
}

/** What nests deeper overflows the stack of what reads or writes it. */
export const maxLevels = 1_000

/** Whether a value nests deeper than 1,000 levels, as every value does that contains itself. */
export function nestsTooDeep(value: unknown): boolean {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxLevels) return true
    level = level.filter(one => typeof one === 'object' && one !== null).flatMap(one => Object.values(one!))
  }
  return false
}

const timestampShape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/** Epoch ms of an RFC 3339 timestamp; undefined for what is none. */
export function parseTimestamp(value: unknown): number | undefined {
  if (typeof value !== 'string' || !timestampShape.test(value)) return undefined
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? undefined : ms
}

/** A version 4 UUID made of the numbers that `random` gives. */
export function makeUuid(random: () => number): string {
  const bytes = Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Buffer.from(bytes).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
