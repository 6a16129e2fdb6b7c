import { isMap } from './json-path.ts'

type Method = (self: never, ...args: never[]) => unknown

/** Java's string methods, as far as templates use them. Patterns are Java's, which differ little from ours. */
const string: Record<string, Method> = {
  charAt: (self: string, at: number) => self.charAt(at),
  concat: (self: string, more: unknown) => self + toText(more),
  contains: (self: string, part: unknown) => self.includes(toText(part)),
  endsWith: (self: string, part: string) => self.endsWith(part),
  equals: (self: string, other: unknown) => self === other,
  equalsIgnoreCase: (self: string, other: unknown) => self.toLowerCase() === toText(other).toLowerCase(),
  indexOf: (self: string, part: string) => self.indexOf(part),
  isEmpty: (self: string) => self === '',
  lastIndexOf: (self: string, part: string) => self.lastIndexOf(part),
  length: (self: string) => self.length,
  matches: (self: string, pattern: string) => new RegExp(`^(?:${pattern})$`, 's').test(self),
  replace: (self: string, part: string, by: string) => self.split(part).join(by),
  replaceAll: (self: string, pattern: string, by: string) =>
    self.replace(new RegExp(pattern, 'g'), javaGroups(by)),
  replaceFirst: (self: string, pattern: string, by: string) =>
    self.replace(new RegExp(pattern), javaGroups(by)),
  split: (self: string, pattern: string) => withoutEmptyEnd(self.split(new RegExp(pattern))),
  startsWith: (self: string, part: string) => self.startsWith(part),
  substring: (self: string, from: number, to?: number) => self.substring(from, to),
  toLowerCase: (self: string) => self.toLowerCase(),
  toString: (self: string) => self,
  toUpperCase: (self: string) => self.toUpperCase(),
  trim: (self: string) => self.trim(),
}

const array: Record<string, Method> = {
  add: (self: unknown[], item: unknown) => self.push(item) > 0,
  contains: (self: unknown[], item: unknown) => self.includes(item),
  get: (self: unknown[], at: number) => self[at],
  indexOf: (self: unknown[], item: unknown) => self.indexOf(item),
  isEmpty: (self: unknown[]) => self.length === 0,
  size: (self: unknown[]) => self.length,
  toString: (self: unknown[]) => toText(self),
}

const map: Record<string, Method> = {
  containsKey: (self: object, key: unknown) => Object.hasOwn(self, toText(key)),
  entrySet: (self: object) => Object.entries(self).map(([key, value]) => ({ key, value })),
  get: (self: Record<string, unknown>, key: unknown) => own(self, toText(key)),
  isEmpty: (self: object) => Object.keys(self).length === 0,
  keySet: (self: object) => Object.keys(self),
  put: (self: object, key: unknown, value: unknown) => {
    const before = own(self as Record<string, unknown>, toText(key))
    Object.defineProperty(self, toText(key), { value, enumerable: true, configurable: true, writable: true })
    return before
  },
  size: (self: object) => Object.keys(self).length,
  toString: (self: object) => toText(self),
  values: (self: object) => Object.values(self),
}

const scalar: Record<string, Method> = {
  doubleValue: Number,
  equals: (self: unknown, other: unknown) => self === other,
  intValue: (self: number) => Math.trunc(self),
  longValue: (self: number) => Math.trunc(self),
  toString: (self: unknown) => toText(self),
}

/** Names of all methods of all values, for a check before anything runs. */
export const methodNames: ReadonlySet<string> = new Set([string, array, map, scalar].flatMap(Object.keys))

/** Calls a method of a value of a template. */
export function callMethod(self: unknown, name: string, args: readonly unknown[]): unknown {
  const methods = methodsOf(self)
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined
  if (!method) throw new Error(`no method ${name} on ${Array.isArray(self) ? 'a list' : `a ${typeof self}`}`)
  return method(self as never, ...(args as never[]))
}

function methodsOf(self: unknown): Record<string, Method> {
  if (typeof self === 'string') return string
  if (Array.isArray(self)) return array
  if (!isMap(self)) return scalar
  // An object of ours brings its own, as $input and $util do.
  return self instanceof Callable ? (self as unknown as Record<string, Method>) : map
}

/** The base of objects whose own functions templates may call. */
export class Callable {}

/** A property of a value: a map's entry, or the property that Java derives from a getter. */
export function own(self: unknown, name: string): unknown {
  if (isMap(self) && Object.hasOwn(self, name)) return self[name]
  const isEmpty = methodsOf(self).isEmpty
  return name === 'empty' && isEmpty ? isEmpty(self as never) : undefined
}

/**
 * The text a value is rendered as. Lists out of JSON are JSON, objects are Java's `{a=1, b=[{"c":2}]}`, and a value that is not
 * there is nothing: which is why templates quote, escape and say `$input.json`.
 */
export function toText(value: unknown): string {
  if (value === undefined || value === null || value instanceof Callable) return ''
  if (Array.isArray(value)) return JSON.stringify(value)
  if (!isMap(value)) return String(value)
  const entries = Object.entries(value).map(
    ([name, item]) => `${name}=${item === null ? 'null' : toText(item)}`,
  )
  return `{${entries.join(', ')}}`
}

/** Java's replacement text, where `\` escapes and `$1` is a group, as ours. */
function javaGroups(by: string): string {
  return by.replace(/\\(.)|\$(?!\d)/g, (_, escaped: string | undefined) =>
    escaped === undefined || escaped === '$' ? '$$' : escaped,
  )
}

function withoutEmptyEnd(parts: string[]): string[] {
  while (parts.length > 1 && parts.at(-1) === '') parts.pop()
  return parts
}
