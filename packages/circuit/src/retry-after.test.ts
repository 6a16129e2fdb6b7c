import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepTexts, deepValues, large, largeTexts, mustBeLinear } from '../../../test/hostile.ts'
import { runs } from '../../../test/tier.ts'
import { parseRetryAfter } from './index.ts'
import { retryAfterIn } from './retry-after.ts'

const now = () => Date.UTC(2026, 10, 20, 12)
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (value: number) => String(value).padStart(2, '0')

/** A time in the three forms of RFC 9110, 5.6.7, after its grammar. */
function written(ms: number) {
  const date = new Date(ms)
  const day = days[date.getUTCDay()]!
  const month = months[date.getUTCMonth()]
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  const [dayOfMonth, year] = [date.getUTCDate(), date.getUTCFullYear()]
  return {
    imf: `${day.slice(0, 3)}, ${two(dayOfMonth)} ${month} ${year} ${time} GMT`,
    rfc850: `${day}, ${two(dayOfMonth)}-${month}-${two(year % 100)} ${time} GMT`,
    asctime: `${day.slice(0, 3)} ${month} ${String(dayOfMonth).padStart(2)} ${time} ${year}`,
  }
}

describe('Retry-After', () => {
  it('is whole seconds or an HTTP date', () => {
    expect(parseRetryAfter('120', now)).toBe(120_000)
    expect(parseRetryAfter(' 0 ', now)).toBe(0)
    expect(parseRetryAfter('2027', now)).toBe(2_027_000)
    expect(parseRetryAfter('Fri, 20 Nov 2026 12:00:30 GMT', now)).toBe(30_000)
    expect(parseRetryAfter('Friday, 20-Nov-26 12:00:30 GMT', now)).toBe(30_000)
    expect(parseRetryAfter('Fri Nov 20 12:00:30 2026', now)).toBe(30_000)
    expect(parseRetryAfter('Fri, 20 Nov 2026 11:00:00 GMT', now)).toBeUndefined()
  })

  it('may be a number, as a handler or an SDK gives it', () => {
    expect(parseRetryAfter(120, now)).toBe(120_000)
    for (const value of [1.5, -3, Number.NaN, Number.POSITIVE_INFINITY])
      expect(parseRetryAfter(value, now)).toBeUndefined()
  })

  it('is finite, however many digits there are', () => {
    expect(parseRetryAfter('9'.repeat(400), now)).toBe(2 ** 31 * 1_000)
  })

  it('is not what else JavaScript takes for a date: "1.5" meant 25 years ago, "2039-01-01" years ahead', () => {
    const ignored = [
      ...['', 'soon', '-3', '+3', '1.5', '1e9', '0x10', 'in 5', '5 s', '5, 7', '12-31-2039', '2039-01-01'],
      ...['2039-01-01T00:00:00Z', '1 Jan 2039', 'Jan 1 2039 00:00:00 GMT', '01 Jan 2039 00:00:00 GMT'],
      ...['Sat, 1 Jan 2039 00:00:00 GMT', 'Sat, 01 Jan 2039 00:00 GMT', 'Sat, 01 Jan 2039 00:00:00 +0100'],
      ...['Sat, 01 Jan 2039 00:00:00 EST', 'Sat, 01 Jan 2039 00:00:00', 'Sat, 01 January 2039 00:00:00 GMT'],
      ...['sat, 01 jan 2039 00:00:00 gmt', 'Sat, 01 Jan 2039 00:00:00 GMT (UTC)', 'Invalid Date'],
      ...['Tue, 31 Feb 2040 00:00:00 GMT', 'Sat Jan 01 00:00:00 2039', 'Sat Jan  1 2039 00:00:00'],
      ...['Sat, 01-Jan-39 00:00:00 GMT', 'Saturday, 01-Jan-2039 00:00:00 GMT'],
    ]
    for (const text of [...ignored, null, undefined, {}, [], new Date(2039, 1), true])
      expect([text, parseRetryAfter(text, now)]).toEqual([text, undefined])
  })

  it('reads a year of two digits as RFC 9110 wants: at most 50 years ahead', () => {
    const at = (text: string) => parseRetryAfter(text, now)! + now()
    expect(at('Friday, 20-Nov-76 12:00:00 GMT')).toBe(Date.UTC(2076, 10, 20, 12))
    // 1994: past.
    expect(parseRetryAfter('Sunday, 06-Nov-94 08:49:37 GMT', now)).toBeUndefined()
  })

  it('reads every time in each form, in whatever zone the machine is', () => {
    const seconds = fc.integer({ min: 1, max: 49 * 365 * 86_400 })
    fc.assert(
      fc.property(seconds, ahead => {
        const { imf, rfc850, asctime } = written(now() + ahead * 1_000)
        const waits = [imf, rfc850, asctime, ahead, `${ahead}`].map(text => parseRetryAfter(text, now))
        expect(waits).toEqual(Array(5).fill(ahead * 1_000))
      }),
      { numRuns: runs(100, 10_000) },
    )
  })

  it('ignores a date that one character makes another text', () => {
    const time = fc.integer({ min: 1, max: 49 * 365 * 86_400 }).map(ahead => written(now() + ahead * 1_000))
    const form = fc.constantFrom('imf', 'rfc850', 'asctime')
    fc.assert(
      fc.property(
        time,
        form,
        fc.nat(),
        fc.string({ minLength: 0, maxLength: 2 }),
        (dates, chosen, index, put) => {
          const date = dates[chosen as keyof typeof dates]
          const at = index % date.length
          const text = date.slice(0, at) + put + date.slice(at + 1)
          const wait = parseRetryAfter(text, now)
          if (wait === undefined) return
          // What is understood is seconds, or is written exactly so.
          if (/^\s*\d+\s*$/.test(text)) return
          const { imf, rfc850, asctime } = written(now() + wait)
          expect([imf, rfc850, asctime]).toContain(text.trim())
        },
      ),
      { numRuns: runs(300, 20_000) },
    )
  })

  it('is never negative, NaN or infinite, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double(), fc.anything()), value => {
        const wait = parseRetryAfter(value, now)
        expect(wait === undefined || (wait >= 0 && Number.isFinite(wait))).toBe(true)
      }),
    )
  })
})

it('Retry-After of any size and depth takes linear time, and is finite', () => {
  const values = [
    ...deepTexts,
    ...deepValues,
    ...largeTexts,
    ' '.repeat(large),
    `${'-12 '.repeat(large / 4)}`,
  ]
  for (const value of values) {
    const wait = parseRetryAfter(value, now)
    expect(wait === undefined || Number.isFinite(wait)).toBe(true)
    for (const headers of [{ 'Retry-After': value }, { 'retry-after': [value] }])
      expect(Number.isFinite(retryAfterIn({ headers, multiValueHeaders: headers }) ?? 0)).toBe(true)
  }
  for (const piece of ['1', ' ', '-12 ', 'Fri, ', '12:', '(', 'GMT'])
    mustBeLinear(
      40_000,
      size => piece.repeat(size / piece.length),
      text => parseRetryAfter(text, now),
    )
  mustBeLinear(
    1_000,
    size => Object.fromEntries(Array.from({ length: size }, (_, at) => [`x-${at}`, ''])),
    headers => retryAfterIn({ headers }),
  )
})
