import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  aFunction,
  anObject,
  type Check,
  checkNumber,
  checkOptions,
  checkText,
  checkValue,
  count,
  epochMs,
  listOf,
  milliseconds,
  numberBetween,
  objectWith,
  oneOf,
  required,
  share,
  text,
  textLike,
  trueOrFalse,
  wholeNumber,
} from './index.ts'

const messageOf = (act: () => unknown): string | undefined => {
  try {
    act()
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as Error).message
  }
}

describe('checkOptions', () => {
  const checks = { attempts: wholeNumber(1, 10), key: aFunction }
  const check = (options: unknown) => checkOptions('guard', options as { attempts?: number }, checks)

  it('returns good options as they are, and takes undefined for one left out', () => {
    for (const options of [{}, { attempts: 1 }, { attempts: undefined, key: () => 'a' }])
      expect(check(options)).toBe(options)
  })

  it.each([
    [{ key: 3 }, 'guard: key: got 3; allowed is a function'],
    [{ attempts: 11 }, 'guard: attempts: got 11; allowed is a whole number from 1 to 10'],
    [{ attempts: null }, 'guard: attempts: got null; allowed is a whole number from 1 to 10'],
    [{ attempt: 1 }, 'guard: option: got "attempt"; allowed is attempts, key; did you mean attempts?'],
    [{ constructor: 1 }, 'guard: option: got "constructor"; allowed is attempts, key'],
    [{ ['__proto__']: 1 }, 'guard: option: got "__proto__"; allowed is attempts, key'],
    [undefined, 'guard: options: got undefined; allowed is an object'],
    [null, 'guard: options: got null; allowed is an object'],
    [[], 'guard: options: got an array; allowed is an object'],
    ['x', 'guard: options: got "x"; allowed is an object'],
  ])('refuses %j', (options, message) => {
    expect(messageOf(() => check(options))).toBe(message)
  })

  it('refuses what is required and left out', () => {
    expect(messageOf(() => checkOptions('guard', {}, { key: required(aFunction) }))).toBe(
      'guard: key: got undefined; allowed is a function',
    )
  })

  it('names the option in which options stand', () => {
    const waves = (given: unknown) => () =>
      checkOptions('recycle', given as { size?: number }, { size: count }, 'waves.')
    expect(messageOf(waves({ size: 0 }))).toMatch(/^recycle: waves\.size: got 0; /)
    expect(messageOf(waves({ sizes: 1 }))).toBe(
      'recycle: waves.option: got "sizes"; allowed is size; did you mean size?',
    )
    expect(messageOf(waves(5))).toBe('recycle: waves: got 5; allowed is an object')
  })

  it('names the first bad item of a list', () => {
    const clusters = listOf(textLike(/^[a-z]+$/, 'a name of a to z'), 'names', 1)
    const list = (given: unknown) => messageOf(() => checkValue('discover', 'clusters', given, clusters))
    expect(list(['a', 'b'])).toBeUndefined()
    expect(list(['a', '7'])).toBe('discover: clusters[1]: got "7"; allowed is a name of a to z')
    expect(list([undefined])).toBe('discover: clusters[0]: got undefined; allowed is a name of a to z')
    const lists = listOf(listOf(text, 'texts'), 'lists of texts')
    expect(messageOf(() => checkValue('f', 'x', [['a'], ['b', 7]], lists))).toMatch(
      /^f: x\[1\]\[1\]: got 7; /,
    )
    expect(list([])).toBe('discover: clusters: got an array; allowed is a list of at least 1 of names')
    expect(list('a')).toMatch(/^discover: clusters: got "a"; allowed is a list/)
  })

  const ready: [name: string, check: Check, good: unknown[], bad: unknown[]][] = [
    ['aFunction', aFunction, [() => 1, class {}], [{}, 'x', null]],
    ['trueOrFalse', trueOrFalse, [true, false], ['false', 0, null]],
    ['anObject', anObject, [{}, new Map()], [null, [], 'x', () => 1]],
    ['text', text, ['a', 'x'.repeat(256)], ['', 'x'.repeat(257), 7, null]],
    ['textLike', textLike(/^\d{3}$/, '3 digits'), ['123'], ['12', 123, ['123']]],
    ['numberBetween', numberBetween(0, 5), [0, 2.5, 5], [-0.1, 5.1, Number.NaN, '3']],
    ['wholeNumber', wholeNumber(0, 5), [0, 5], [-1, 6, 2.5, Number.NaN, Infinity, '3']],
    ['share', share, [0.1, 1], [0, 1.1, Number.NaN, '1']],
    ['milliseconds', milliseconds, [0.5, 2_147_483_647], [0, -1, 2_147_483_648, Infinity, '1']],
    ['count', count, [1, 2_147_483_647], [0, 1.5, 2_147_483_648, '1']],
    ['epochMs', epochMs, [0, -5, 1.5], [Number.NaN, Infinity, '1', null]],
    ['objectWith', objectWith('a client', 'send'), [{ send() {} }, { send: class {} }], [{}, null, 'x', 7]],
    ['listOf', listOf(text, 'texts'), [[], ['a']], [{}, 'a', null]],
    ['oneOf', oneOf('a', 'b'), ['a', 'b'], ['c', '', null, ['a']]],
  ]
  it.each(ready)('%s', (_, ready, good, bad) => {
    for (const value of good) expect(messageOf(() => checkValue('f', 'x', value, ready))).toBeUndefined()
    for (const value of bad)
      expect(messageOf(() => checkValue('f', 'x', value, ready))).toContain(`; allowed is ${ready.allowed}`)
  })

  it('allows the same numbers and texts as the checks of a circuit do, in the same words', () => {
    const values = [
      0,
      -1,
      0.5,
      1,
      1.5,
      2_147_483_647,
      2_147_483_648,
      Infinity,
      Number.NaN,
      '1',
      '',
      'a',
      null,
    ]
    for (const [name, check] of [
      ['aRate', share],
      ['aMs', milliseconds],
      ['a', count],
    ] as const)
      for (const value of values)
        expect(messageOf(() => checkValue('f', name, value, check))).toBe(
          messageOf(() => checkNumber(`f: ${name}`, value)),
        )
    for (const value of [...values, 'x'.repeat(257)])
      expect(messageOf(() => checkValue('f', 'a', value, text))).toBe(
        messageOf(() => checkText('f: a', value)),
      )
  })

  it('either returns the options or names one that is unknown or bad, and quotes no object', () => {
    const secret = 'AKIAIOSFODNN7EXAMPLE'
    const names = ['whole', 'flag', 'call', 'list', 'word'] as const
    const all = {
      whole: wholeNumber(1, 9),
      flag: trueOrFalse,
      call: aFunction,
      list: listOf(text, 'texts'),
      word: oneOf('a', 'b'),
    }
    const value = fc.oneof(
      fc.integer({ min: -1, max: 10 }),
      fc.boolean(),
      fc.constantFrom(undefined, null, 'a', '', () => secret),
      fc.constant({ secretAccessKey: secret }),
      fc.array(fc.constantFrom('a', '', { secretAccessKey: secret })),
    )
    const options = fc.dictionary(fc.constantFrom(...names, 'unknown', 'Flag'), value, {
      noNullPrototype: true,
    })
    fc.assert(
      fc.property(options, given => {
        const message = messageOf(() => checkOptions('Owner', given as object, all as never))
        const unknown = Object.keys(given).filter(name => !(names as readonly string[]).includes(name))
        const bad = names.filter(
          name =>
            given[name] !== undefined && messageOf(() => checkValue('Owner', name, given[name], all[name])),
        )
        expect(message === undefined).toBe(unknown.length + bad.length === 0)
        if (message === undefined) return
        expect(message).not.toContain(secret)
        expect(
          message.startsWith(unknown.length > 0 ? `Owner: option: got "${unknown[0]}"` : `Owner: ${bad[0]}`),
        ).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
