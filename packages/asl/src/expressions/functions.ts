import { createHash } from 'node:crypto'
import type { Expression, Focus } from 'jsonata'
import { makeUuid } from '../values.ts'

/** The sources of time and random numbers while an expression is evaluated. */
export interface TimeAndRandom {
  /** Epoch ms at which the evaluation began. */
  readonly now: number
  readonly random: () => number
}

/** Name of the variable that holds the sources; with its space, no expression can name it. */
export const sourcesName = ' sources'

const hashes: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
}
const maxRangeLength = 1_000

/** Adds the functions of Step Functions to those of JSONata; time and random numbers come from {@link TimeAndRandom}. */
export function addFunctions(expression: Expression): void {
  expression.registerFunction('partition', partition, '<a?n:a>')
  expression.registerFunction('range', range, '<nnn?:a<n>>')
  expression.registerFunction('hash', hash, '<s?s:s>')
  expression.registerFunction('random', random, '<n?:n>')
  expression.registerFunction('uuid', uuid, '<:s>')
  expression.registerFunction('parse', parse, '<s?:x>')
  expression.registerFunction('millis', millis, '<:n>')
  expression.registerFunction('now', now, '<s?s?:s>')
}

function sourcesOf({ environment }: Focus): TimeAndRandom {
  return environment.lookup(sourcesName)
}

function partition(list: readonly unknown[] | undefined, size: number): unknown[] | undefined {
  if (list === undefined) return undefined
  if (!Number.isInteger(size) || size < 1)
    throw fault('partition', `the size ${size} is no whole number above 0`)
  const parts = []
  for (let at = 0; at < list.length; at += size) parts.push(list.slice(at, at + size))
  return parts
}

function range(first: number, last: number, step = 1): number[] {
  if (step === 0) throw fault('range', 'the step is 0')
  const length = Math.max(0, Math.floor((last - first) / step) + 1)
  if (length > maxRangeLength)
    throw fault('range', `${length} numbers; at most ${maxRangeLength} are allowed`)
  return Array.from({ length }, (_, n) => first + n * step)
}

function hash(text: string | undefined, algorithm: string): string | undefined {
  if (text === undefined) return undefined
  const name = Object.hasOwn(hashes, algorithm) && hashes[algorithm]
  if (!name) throw fault('hash', `the algorithm ${algorithm} is none of ${Object.keys(hashes).join(', ')}`)
  return createHash(name).update(text).digest('hex')
}

function random(this: Focus, seed?: number): number {
  return seed === undefined ? sourcesOf(this).random() : seeded(seed)
}

/** mulberry32: the same number for the same seed. */
function seeded(seed: number): number {
  let mixed = (Math.trunc(seed) + 0x6d2b79f5) | 0
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

function uuid(this: Focus): string {
  return makeUuid(sourcesOf(this).random)
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw fault('parse', error instanceof Error ? error.message : String(error))
  }
}

function millis(this: Focus): number {
  return sourcesOf(this).now
}

function now(this: Focus, picture?: string, timezone?: string): unknown {
  const { implementation } = this.environment.lookup('fromMillis')
  return implementation.call(this, sourcesOf(this).now, picture, timezone)
}

function fault(name: string, message: string): Error {
  return new Error(`$${name}: ${message}`)
}
