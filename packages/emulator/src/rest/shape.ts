import { invalid } from '@breakwater/circuit/shared'

/** Reads a value of a template; `where` names it in errors, `ignored` collects the properties left out on purpose. */
export type ValueReader<T> = (value: unknown, where: string, ignored: string[]) => T

/** Text; a number will do, as CloudFormation has it. */
export const text: ValueReader<string> = (value, where) => {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  throw invalid(where, value, 'a text')
}

/** A number, also written as text. */
export const number: ValueReader<number> = (value, where) => {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof read === 'number' && Number.isFinite(read) && read >= 0) return read
  throw invalid(where, value, 'a number of at least 0')
}

/** True or false, also written as text. */
export const flag: ValueReader<boolean> = (value, where) => {
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw invalid(where, value, 'true or false')
}

/** Any value. */
export const anything: ValueReader<unknown> = value => value

export function oneOf<const T extends string>(...allowed: readonly T[]): ValueReader<T> {
  return (value, where) => {
    if (allowed.includes(value as T)) return value as T
    throw invalid(where, value, `${allowed.join(', ')} (nothing else runs locally)`)
  }
}

export function optional<T>(read: ValueReader<T>): ValueReader<T | undefined>
export function optional<T>(read: ValueReader<T>, otherwise: T): ValueReader<T>
export function optional<T>(read: ValueReader<T>, otherwise?: T): ValueReader<T | undefined> {
  return (value, where, ignored) =>
    value === undefined || value === null ? otherwise : read(value, where, ignored)
}

export function list<T>(read: ValueReader<T>): ValueReader<readonly T[]> {
  return (value, where, ignored) => {
    if (value === undefined || value === null) return []
    if (!Array.isArray(value)) throw invalid(where, value, 'a list')
    return value.map((item, index) => read(item, `${where}[${index}]`, ignored))
  }
}

export function record<T>(read: ValueReader<T>): ValueReader<ReadonlyMap<string, T>> {
  return (value, where, ignored) => {
    const entries = Object.entries(value === undefined || value === null ? {} : fieldsOf(value, where))
    return new Map(entries.map(([name, item]) => [name, read(item, `${where}.${name}`, ignored)]))
  }
}

/** An object of exactly these fields; `harmless` ones change no answer, and are added to `ignored`. */
export function object<F extends Record<string, ValueReader<unknown>>>(
  fields: F,
  harmless: readonly string[] = [],
): ValueReader<{ readonly [K in keyof F]: ReturnType<F[K]> }> {
  return (value, where, ignored) => {
    const own = fieldsOf(value, where)
    for (const [name, item] of Object.entries(own)) {
      if (harmless.includes(name)) ignored.push(`${where}.${name}`)
      else if (!Object.hasOwn(fields, name)) throw unsupported(`${where}.${name}`, item, Object.keys(fields))
    }
    const read = Object.entries(fields).map(([name, reader]) => [
      name,
      reader(own[name], `${where}.${name}`, ignored),
    ])
    return Object.fromEntries(read)
  }
}

function fieldsOf(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw invalid(where, value, 'an object')
}

function unsupported(where: string, value: unknown, supported: readonly string[]): TypeError {
  return invalid(where, value, `nothing: it is not supported locally (${supported.join(', ')} are)`)
}
