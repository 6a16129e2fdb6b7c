import { StoreError } from '@breakwater/circuit'
import type { Entry, Key } from './store.ts'

/** Says of a value whether it is what a field may hold, and answers what is kept of it. */
type Field = (value: unknown) => { readonly kept: unknown } | undefined

/** A field for each property, so that none is forgotten; those that may be absent are `optional`. */
type Fields<T> = { readonly [K in keyof Required<T>]: Field }

/** Takes a record to JSON and back, and trusts neither side. */
export interface Codec<T> {
  /** Picks the known fields. @throws TypeError for a value that could not be read again. */
  encode(value: T): unknown
  /** Picks the known fields. @throws StoreError for what is no such record; the entry is left as it is. */
  decode(entry: Entry): T
}

const keep = (kept: unknown) => ({ kept })
const ofType =
  (is: (value: unknown) => boolean): Field =>
  value =>
    is(value) ? keep(value) : undefined

/** A text that is not empty. */
export const text = ofType(value => typeof value === 'string' && value !== '')
/** Any text. */
export const words = ofType(value => typeof value === 'string')
/** A number. */
export const number = ofType(value => Number.isFinite(value))
/** A whole number from 1 on. */
export const count = ofType(value => Number.isSafeInteger(value) && (value as number) > 0)
/** true or false. */
export const flag = ofType(value => typeof value === 'boolean')

/** One of some words. */
export function oneOf(...allowed: readonly string[]): Field {
  return ofType(value => allowed.includes(value as string))
}

/** A field that may be absent. */
export function optional(field: Field): Field {
  return value => (value === undefined ? keep(undefined) : field(value))
}

/** A list, all of whose items are so. */
export function listOf(field: Field): Field {
  return value => {
    if (!Array.isArray(value)) return undefined
    const kept = value.map(field)
    return kept.some(one => one === undefined) ? undefined : keep(kept.map(one => one!.kept))
  }
}

/** A record within a record. */
export function shape<T>(fields: Fields<T>): Field {
  return value => {
    const kept = pick(fields, value)
    return typeof kept === 'string' ? undefined : keep(kept)
  }
}

/** Makes a codec; `what` names the record in the errors. */
export function codec<T>(what: string, fields: Fields<T>): Codec<T> {
  return {
    encode(value) {
      const kept = pick(fields, value)
      if (typeof kept === 'string') throw new TypeError(`${what}: ${kept}`)
      return kept
    },
    decode(entry) {
      const kept = pick(fields, entry.value)
      if (typeof kept === 'string') throw untouched(entry, kept)
      return kept as T
    },
  }
}

/** The error of an entry that is not of this layout. Names the place, never what stands there. */
export function untouched({ partition, sort }: Key, why: string): StoreError {
  return new StoreError('unknown-schema', `Entry "${sort}" of "${partition}" is left untouched: ${why}`)
}

/** The known fields of a value, or what is wrong with it. */
function pick(fields: Readonly<Record<string, Field>>, value: unknown): object | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is no record'
  const picked: [string, unknown][] = []
  for (const [name, field] of Object.entries(fields)) {
    const found = field(Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined)
    if (!found) return `"${name}" is missing or of another type`
    if (found.kept !== undefined) picked.push([name, found.kept])
  }
  return Object.fromEntries(picked)
}
