import fc from 'fast-check'
import { tier } from './tier.ts'

/** How deep a hostile value nests: deeper than the stack of a recursion. */
export const levels = 10_000

/** Characters of a large text: 6 MiB, what Lambda takes at most, in the long tier; a small share of it in the short one. */
export const large = (tier === 'long' ? 6 * 1024 : 12) * 1024

/** Texts that parsers stumble over: lone surrogates, NUL, names that every object has, and pieces of syntax. */
export const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    '\u0000',
    '\ud800',
    '\udc00a',
    '\u001b[2J\u009b\u202e',
    '$',
    '$.',
    '{%',
    '$or',
    '',
    '..',
    "['",
    '-1',
    '1e999',
  ),
)

/** Any JSON, of such texts and names, `__proto__` among the own names. */
export const hostile: fc.Arbitrary<unknown> = fc.letrec<{ tree: unknown }>(tie => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    hostileText,
    fc.double(),
    fc.constantFrom(null, true, undefined),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc
      .array(fc.tuple(hostileText, tie('tree')), { maxLength: 3 })
      .map(fields => JSON.parse(JSON.stringify(Object.fromEntries(fields)))),
  ),
})).tree

/**
 * An object with some of its fields hostile, and others as they should be, so that many get far.
 *
 * @param good the fields as they should be.
 */
export function nearly(good: Readonly<Record<string, unknown>>): fc.Arbitrary<Record<string, unknown>> {
  const names = Object.keys(good)
  return fc
    .tuple(
      fc.dictionary(fc.constantFrom(...names, '__proto__', 'constructor'), hostile, { maxKeys: 2 }),
      fc.subarray(names),
    )
    .map(([wrong, kept]) => ({ ...Object.fromEntries(kept.map(name => [name, good[name]])), ...wrong }))
}

/** JSON of {@link levels} levels. */
export const deepTexts = ['[', '{"a":', '{"__proto__":', '{"$or":['].map(open => {
  const close = [...open]
    .reverse()
    .map(one => ({ '[': ']', '{': '}' })[one] ?? '')
    .join('')
  return `${open.repeat(levels)}1${close.repeat(levels)}`
})

/** Values of {@link levels} levels. */
export const deepValues: readonly unknown[] = deepTexts.map(text => JSON.parse(text))

/** Texts of {@link large} characters. */
export const largeTexts = [
  JSON.stringify('a'.repeat(large)),
  JSON.stringify({ __proto__: 1, a: '\ud800\u0000'.repeat(large / 16) }),
  `[${'{},'.repeat(large / 3)}0]`,
  `{${Array.from({ length: large / 12 }, (_, at) => `"k${at}":1`).join()}}`,
  '['.repeat(large),
  '$'.repeat(large),
  `$${'.a'.repeat(large / 2)}`,
  `$${"['a']".repeat(large / 5)}`,
  '1'.repeat(large),
]

/** Acts, and throws only what is no error of one of the classes. A RangeError is an overflow of the stack. */
export function only(
  classes: readonly (abstract new (...given: never[]) => Error)[],
  act: () => unknown,
): void {
  try {
    act()
  } catch (error) {
    if (!classes.some(one => (error as object).constructor === one)) throw error
  }
}

const factor = 16
const maxRatio = 8

/** Time that this thread has computed, in ms: what else the machine does is not in it. Older Node knows the process only. */
function computed(): number {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage()
  return (user + system) / 1_000
}

/**
 * Throws where `act` takes more than linear time: an input of sixteen times the size may need eight times what sixteen
 * inputs of the smaller size need, where a quadratic algorithm needs sixteen times as much. Both are measured in one run,
 * by the time computed, and the best of three counts: no machine is too slow or too busy.
 *
 * @param size of the smaller input, so large that a quadratic algorithm would need some milliseconds for the larger one.
 */
export function mustBeLinear<T>(size: number, make: (size: number) => T, act: (input: T) => unknown): void {
  const [small, big] = [make(size), make(factor * size)]
  const best = (work: () => void) =>
    Math.min(
      ...Array.from({ length: 3 }, () => {
        const start = computed()
        work()
        return computed() - start
      }),
    )
  // Of some measurements one is enough: what else goes on slows some of them down, and speeds none up.
  let ratio = Infinity
  for (let tries = 0; tries < 3 && ratio > maxRatio; tries++) {
    const many = best(() => {
      for (let time = 0; time < factor; time++) act(small)
    })
    ratio = Math.min(ratio, best(() => void act(big)) / Math.max(many, 2))
  }
  if (ratio > maxRatio)
    throw new Error(
      `an input of ${factor} times the size took ${ratio.toFixed(1)} times as long as ${factor} inputs`,
    )
}
