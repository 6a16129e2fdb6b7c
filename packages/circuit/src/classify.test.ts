import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outcomeOf, retryAfterOf } from './classify.ts'
import { CallTimeoutError, classify, parseRetryAfter } from './index.ts'

const error = (fields: object) => ({ ok: false as const, error: Object.assign(new Error('x'), fields) })
const value = (value: unknown) => ({ ok: true as const, value })

describe('classify', () => {
  const cases: [name: string, settled: Parameters<typeof classify>[0], outcome: string, waitMs?: number][] = [
    ['a plain answer', value({ id: 1 }), 'success'],
    ['nothing', value(undefined), 'success'],
    ['null', value(null), 'success'],
    ['a domain object with a status of its own', value({ status: 503 }), 'success'],
    ['a response 200', value(new Response('')), 'success'],
    ['a response 404', value(new Response('', { status: 404 })), 'success'],
    [
      'a response 429',
      value(new Response('', { status: 429, headers: { 'retry-after': '7' } })),
      'failure',
      7_000,
    ],
    ['a response 500', value(new Response('', { status: 500 })), 'failure'],
    ['an error without a status', error({}), 'failure'],
    ['a thrown string', { ok: false, error: 'no' }, 'failure'],
    ['a thrown undefined', { ok: false, error: undefined }, 'failure'],
    ['a network error of fetch', error({ name: 'TypeError', cause: { code: 'ECONNREFUSED' } }), 'failure'],
    ['a timeout', { ok: false, error: new CallTimeoutError('a', 5) }, 'failure'],
    ['an http error 400', error({ status: 400 }), 'success'],
    ['an http error 503 by statusCode', error({ statusCode: 503 }), 'failure'],
    [
      'an axios error 429',
      error({ response: { status: 429, headers: { 'Retry-After': '3' } }, status: 429 }),
      'failure',
      3_000,
    ],
    ['an axios error 404', error({ response: { status: 404, headers: {} } }), 'success'],
    ['an axios error without a response', error({ code: 'ECONNRESET', response: undefined }), 'failure'],
    ['an SDK client fault', error({ $fault: 'client', $metadata: { httpStatusCode: 400 } }), 'success'],
    ['an SDK client fault without a status', error({ $fault: 'client', $metadata: {} }), 'success'],
    ['an SDK server fault', error({ $fault: 'server', $metadata: { httpStatusCode: 500 } }), 'failure'],
    [
      'an SDK error worth a retry',
      error({ $fault: 'client', $retryable: {}, $metadata: { httpStatusCode: 400 } }),
      'failure',
    ],
    ...[
      'ThrottlingException',
      'ProvisionedThroughputExceededException',
      'TooManyRequestsException',
      'RequestLimitExceeded',
      'SlowDown',
    ].map(
      name =>
        [
          `an SDK ${name} with status 400`,
          error({ name, $fault: 'client', $metadata: { httpStatusCode: 400 } }),
          'failure',
        ] as [string, Parameters<typeof classify>[0], string],
    ),
    [
      'an SDK validation error',
      error({ name: 'ValidationException', $metadata: { httpStatusCode: 400 } }),
      'success',
    ],
  ]
  for (const [name, settled, outcome, waitMs = 0] of cases) {
    it(`takes ${name} for a ${outcome}`, () => {
      const verdict = classify(settled)
      expect([outcomeOf(verdict), retryAfterOf(verdict)]).toEqual([outcome, waitMs])
    })
  }

  it('never throws, whatever a call throws or answers', () => {
    fc.assert(
      fc.property(fc.anything(), fc.boolean(), (anything, ok) => {
        const verdict = classify(ok ? { ok, value: anything } : { ok, error: anything })
        expect(['success', 'failure']).toContain(outcomeOf(verdict))
        expect(retryAfterOf(verdict)).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

describe('Retry-After', () => {
  const now = () => Date.parse('Fri, 20 Nov 2026 12:00:00 GMT')

  it('is seconds or an HTTP date', () => {
    expect(parseRetryAfter('120', now)).toBe(120_000)
    expect(parseRetryAfter(' 0 ', now)).toBe(0)
    expect(parseRetryAfter('Fri, 20 Nov 2026 12:00:30 GMT', now)).toBe(30_000)
    expect(parseRetryAfter('Fri, 20 Nov 2026 11:00:00 GMT', now)).toBeUndefined()
  })

  it('is nothing where it says nothing', () => {
    for (const text of ['', 'soon', '-5', '1.5', '1e9', null, undefined, {}, '2026-11-20']) {
      expect(parseRetryAfter(text, now)).toBeUndefined()
    }
  })

  it('is never negative nor NaN, and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.anything()), text => {
        const wait = parseRetryAfter(text, now)
        expect(wait === undefined || wait >= 0).toBe(true)
      }),
    )
  })
})
