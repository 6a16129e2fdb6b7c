import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outcomeOf, retryAfterOf } from './classify.ts'
import { CallTimeoutError, classify } from './index.ts'

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

  describe('of a status', () => {
    const healthy = [100, 101, 200, 204, 208, 301, 304, 308, 400, 401, 404, 409, 418, 422, 451, 499]
    const failing = [408, 425, 429, 500, 501, 503, 521, 599]
    const noStatus = [0, -1, 1, 7, 99, 600, 999, 1e3, 200.5, Number.NaN, Infinity, -Infinity]

    /** One status in all the places where it is looked for. */
    function thrownOf(status: unknown) {
      const own = [{ status }, { statusCode: status }, { $metadata: { httpStatusCode: status } }]
      const responses = [{ response: { status } }, { response: { statusCode: status } }]
      return [...own, ...responses].map(error)
    }

    /** The same in what undici.request, got, fetch, axios and the client of Supabase return. */
    function returnedOf(status: unknown) {
      const headers = new Headers()
      return [
        { statusCode: status, headers: {}, body: {} },
        { statusCode: status, headers: {}, statusMessage: '' },
        { status, headers, statusText: '' },
        { status, headers: { get: () => null }, statusText: '', data: {} },
        { status, headers: {} },
        { status, statusText: '', data: null, error: {} },
      ].map(value)
    }

    const outcomes = (settled: readonly Parameters<typeof classify>[0][]) =>
      new Set(settled.map(each => outcomeOf(classify(each))))

    it('only 100 to 499 without 408, 425 and 429 says that the dependency works', () => {
      for (const status of healthy.flatMap(each => [each, `${each}`]))
        expect([status, outcomes([...thrownOf(status), ...returnedOf(status)])]).toEqual([
          status,
          new Set(['success']),
        ])
      for (const status of failing.flatMap(each => [each, `${each}`]))
        expect([status, outcomes([...thrownOf(status), ...returnedOf(status)])]).toEqual([
          status,
          new Set(['failure']),
        ])
    })

    it('what is no HTTP status counted as health for ever: status 0, -1, an exit code', () => {
      for (const status of noStatus)
        expect([status, outcomes([...thrownOf(status), ...returnedOf(status)])]).toEqual([
          status,
          new Set(['failure']),
        ])
      expect(outcomes([value(Response.error()), { ok: false, error: Response.error() }])).toEqual(
        new Set(['failure']),
      )
      // A process that was killed by a signal: 128 + 9.
      expect(outcomes([error({ status: 137, pid: 4711, signal: null, stderr: '' })])).toEqual(
        new Set(['failure']),
      )
    })

    it('leaves an error without one to its other signs', () => {
      const answered = { status: 0, response: { status: 404, headers: {} } }
      const fault = { status: 'active', $fault: 'client', $metadata: { httpStatusCode: 0 } }
      expect(outcomes([error(answered), error(fault)])).toEqual(new Set(['success']))
    })

    it('lets a domain object have a status of its own', () => {
      const own = ['active', 'done', null, undefined, {}, [], true]
      const without = [...own, ...noStatus, 503, '503'].flatMap(status => [
        { status },
        { statusCode: status },
        { status, headers: null },
        { status, headers: 'of a table' },
      ])
      const beside = own.flatMap(status => [
        { status, headers: {} },
        { status, statusText: 'Active' },
      ])
      const orders = [
        { status: 3, statusText: 'Paid' },
        Object.assign(() => {}, { status: 503, headers: {} }),
      ]
      expect(outcomes([...without, ...beside, ...orders].map(value))).toEqual(new Set(['success']))
    })
  })

  describe('of Retry-After', () => {
    const waits: [name: string, fields: object][] = [
      ['seconds as a number', { headers: { 'retry-after': 7 } }],
      ['a name in any case', { headers: { 'rEtRy-AfTeR': '7' } }],
      ['several values', { headers: { 'Retry-After': ['7'] } }],
      ['multiValueHeaders', { multiValueHeaders: { 'Retry-After': ['7'] } }],
      ['multiValueHeaders beside headers', { headers: {}, multiValueHeaders: { 'retry-after': [7] } }],
      ['headers of fetch', { headers: new Headers({ 'Retry-After': '7' }) }],
      ['a header named get', { headers: { get: 'x', 'Retry-After': '7' } }],
      ['the response', { response: { headers: { 'Retry-After': '7' } }, headers: { accept: 'x' } }],
      ['the error beside a response without', { response: {}, headers: { 'Retry-After': '7' } }],
      ['the error itself', { retryAfterMs: 7_000 }],
    ]
    it.each(waits)('heeds %s', (_, fields) => {
      expect(classify(error({ status: 503, ...fields }))).toEqual({ outcome: 'failure', retryAfterMs: 7_000 })
    })

    it('a header named get made a failure uncounted', () => {
      const headers = { get: 'x' }
      expect(outcomeOf(classify(value({ statusCode: 503, headers })))).toBe('failure')
      expect(outcomeOf(classify(error({ statusCode: 503, headers })))).toBe('failure')
    })

    it('takes for a time only a number', () => {
      for (const retryAfterMs of ['700', [700], { valueOf: () => 700 }, Number.NaN, -1])
        expect(retryAfterOf(classify(error({ retryAfterMs })))).toBe(0)
    })
  })

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
