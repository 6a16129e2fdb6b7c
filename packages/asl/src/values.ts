/** What JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject

/** An object of JSON. */
export interface JsonObject {
  readonly [name: string]: Json
}

/** The most that the input or output of a state may be, in bytes of UTF-8. */
export const maxPayloadBytes = 256 * 1024

/** True where the text is longer than a payload may be. */
export function isTooLong(text: string): boolean {
  // No character takes more than three bytes of UTF-8 a unit, so that most texts need no count.
  return text.length * 3 > maxPayloadBytes && Buffer.byteLength(text) > maxPayloadBytes
}

/** True for an object that is no array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A copy as JSON would bring it; undefined becomes null, as it does for what a Lambda function answers. */
export function copied(value: unknown): Json {
  return value === undefined ? null : JSON.parse(JSON.stringify(value) ?? 'null')
}
