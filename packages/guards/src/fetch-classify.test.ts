import { CallTimeoutError, type Verdict } from '@breakwater/circuit'
import fc from 'fast-check'
import { errors, MockAgent, request } from 'undici'
import { describe, expect, it } from 'vitest'
import { classifyFetch } from './fetch-classify.ts'

const outcomeOf = (verdict: Verdict) => (typeof verdict === 'string' ? verdict : verdict.outcome)
const judge = (error: unknown) => outcomeOf(classifyFetch({ ok: false, error }))
const failed = (cause: unknown) => new TypeError('fetch failed', { cause })

describe('classifyFetch', () => {
  it.each([
    [200, 'success'],
    [301, 'success'],
    [400, 'success'],
    [408, 'failure'],
    [425, 'failure'],
    [429, 'failure'],
    [500, 'failure'],
    [599, 'failure'],
  ])('takes a response %i for a %s', (status, outcome) => {
    expect(outcomeOf(classifyFetch({ ok: true, value: new Response(null, { status }) }))).toBe(outcome)
  })

  it('what undici.request returned counted as health, whatever its status was', async () => {
    const agent = new MockAgent()
    agent.disableNetConnect()
    const pool = agent.get('https://api.example.com')
    const statuses: number[] = []
    for (const status of [200, 404, 408, 425, 429, 503]) {
      pool.intercept({ path: '/' }).reply(status, 'x', { headers: { 'Retry-After': '7' } })
      const value = await request('https://api.example.com/', { dispatcher: agent })
      const verdict = classifyFetch({ ok: true, value })
      if (verdict === 'success') continue
      expect(verdict).toEqual({ outcome: 'failure', retryAfterMs: 7_000 })
      statuses.push(status)
    }
    expect(statuses).toEqual([408, 425, 429, 503])
    await agent.close()
  })

  it('takes Response.error() for a failure, and a response that a browser hides for none', () => {
    const opaque = Object.defineProperty(Response.error(), 'type', { value: 'opaqueredirect' })
    expect(outcomeOf(classifyFetch({ ok: true, value: Response.error() }))).toBe('failure')
    expect(outcomeOf(classifyFetch({ ok: true, value: opaque }))).toBe('success')
  })

  it('takes the wait from a response, and from an error that carries one however deep', () => {
    const headers = { 'retry-after': '7' }
    const value = new Response(null, { status: 503, headers })
    const error = failed(new errors.ResponseError('busy', 429, { headers }))
    const wait = { outcome: 'failure', retryAfterMs: 7_000 }
    expect(classifyFetch({ ok: true, value })).toEqual(wait)
    expect(classifyFetch({ ok: false, error })).toEqual(wait)
  })

  describe('of the errors of undici', () => {
    const retried = (status: number) =>
      new errors.RequestRetryError('x', status, { headers: {}, data: {} } as never)
    const answered = (status: number) => new errors.ResponseError('x', status, {})
    const verdicts: Record<string, 'failure' | 'ignored'> = {
      UndiciError: 'failure',
      ConnectTimeoutError: 'failure',
      HeadersTimeoutError: 'failure',
      HeadersOverflowError: 'failure',
      BodyTimeoutError: 'failure',
      InformationalError: 'failure',
      ResponseContentLengthMismatchError: 'failure',
      SocketError: 'failure',
      HTTPParserError: 'failure',
      ResponseExceededMaxSizeError: 'failure',
      SecureProxyConnectionError: 'failure',
      ProxyConnectionError: 'failure',
      Socks5ProxyError: 'failure',
      MaxRedirectsError: 'failure',
      MessageSizeExceededError: 'failure',
      RequestRetryError: 'failure',
      ResponseError: 'failure',
      AbortError: 'ignored',
      RequestAbortedError: 'ignored',
      InvalidArgumentError: 'ignored',
      InvalidReturnValueError: 'ignored',
      RequestContentLengthMismatchError: 'ignored',
      ClientDestroyedError: 'ignored',
      ClientClosedError: 'ignored',
      NotSupportedError: 'ignored',
      BalancedPoolMissingUpstreamError: 'ignored',
      MaxOriginsReachedError: 'ignored',
      WebAssemblyNotSupportedError: 'ignored',
    }

    it.each(Object.entries(errors))('judges %s, by itself and as a cause', (name, ErrorClass) => {
      const error =
        name === 'RequestRetryError'
          ? retried(503)
          : name === 'ResponseError'
            ? answered(503)
            : new (ErrorClass as unknown as new (message?: string) => Error)()
      expect(verdicts).toHaveProperty(name)
      expect([judge(error), judge(failed(error))]).toEqual([verdicts[name], verdicts[name]])
    })

    it('takes those with a status by it, save a body that broke off', () => {
      expect([answered(404), answered(429), answered(500)].map(judge)).toEqual([
        'success',
        'failure',
        'failure',
      ])
      expect([retried(404), retried(200), retried(206)].map(judge)).toEqual(['success', 'failure', 'failure'])
    })
  })

  const code = (code: string, error = new Error('x')) => Object.assign(error, { code })
  it.each<[string, unknown, string]>([
    ['a refused connection', failed(code('ECONNREFUSED')), 'failure'],
    ['a name that is not found', failed(code('ENOTFOUND')), 'failure'],
    ['a bad certificate', failed(code('CERT_HAS_EXPIRED')), 'failure'],
    [
      'several addresses that failed',
      failed(new AggregateError([code('ETIMEDOUT'), code('ECONNREFUSED')])),
      'failure',
    ],
    [
      'an address of several that was a mistake',
      new AggregateError([code('ERR_INVALID_URL'), code('EPIPE')]),
      'failure',
    ],
    [
      'nothing but mistakes',
      failed(new AggregateError([code('ERR_INVALID_URL'), code('UND_ERR_CLOSED')])),
      'ignored',
    ],
    ['an aggregate of nothing', failed(code('ECONNREFUSED', new AggregateError([]))), 'failure'],
    ['a loop of redirects', failed(new Error('redirect count exceeded')), 'failure'],
    ['a redirect that was refused', failed(new Error('unexpected redirect')), 'ignored'],
    ['a port that is blocked', failed(new Error('bad port')), 'ignored'],
    [
      'an invalid URL',
      new TypeError('Failed to parse', { cause: code('ERR_INVALID_URL', new TypeError()) }),
      'ignored',
    ],
    ['an invalid URL by code', code('ERR_INVALID_URL', new TypeError('Invalid URL')), 'ignored'],
    ['a bad argument', new TypeError("'B AD' is not a valid HTTP method."), 'ignored'],
    ['a TypeError with a code of its own', code('ERR_SSL_BAD', new TypeError('x')), 'failure'],
    ['a broken body', new TypeError('terminated', { cause: new errors.SocketError('closed') }), 'failure'],
    ["Chrome's network error", new TypeError('Failed to fetch'), 'failure'],
    ["Firefox's network error", new TypeError('NetworkError when attempting to fetch resource.'), 'failure'],
    ["Safari's network error", new TypeError('Load failed'), 'failure'],
    ["Deno's network error", new TypeError('error sending request for url (http://a/)'), 'failure'],
    ['an abort', new DOMException('x', 'AbortError'), 'ignored'],
    ['an abort as a cause', new Error('x', { cause: new DOMException('x', 'AbortError') }), 'ignored'],
    ['a timeout of other code', new DOMException('x', 'TimeoutError'), 'failure'],
    ['the time limit', new CallTimeoutError('a', 5), 'failure'],
    ['an error of ky, axios or got', { response: { status: 404 } }, 'success'],
    ['one with 503', { response: { status: 503 } }, 'failure'],
    ['a status as text', { status: '404' }, 'success'],
    ['status 0 of a network error', { status: 0, response: { status: 0 } }, 'failure'],
    ['status 0 of an abort', { status: 0, cause: new DOMException('x', 'AbortError') }, 'ignored'],
    ['an exit code', { status: 1 }, 'failure'],
    ['a thrown undefined', undefined, 'failure'],
  ])('takes %s for what it says of the dependency', (_, error, outcome) => {
    expect(judge(error)).toBe(outcome)
  })

  it('comes to an end with errors that cause each other', () => {
    const one = new Error('one')
    one.cause = new Error('other', { cause: one })
    expect(judge(one)).toBe('failure')
    const all = new AggregateError([])
    all.errors.push(all)
    expect(judge(all)).toBe('failure')
  })

  it('does not look at more errors than it can: each of twelve that held all twelve took for ever', () => {
    const ignored = () => new DOMException('x', 'AbortError')
    const all = Array.from({ length: 12 }, () => new AggregateError([ignored()]))
    for (const one of all) one.errors.push(...all)
    expect(judge(all[0])).toBe('failure')
    const sparse = new AggregateError([ignored()])
    sparse.errors.length = 2 ** 32 - 1
    expect(judge(sparse)).toBe('failure')
    let deep: unknown = ignored()
    for (let level = 0; level < 10_000; level++) deep = new TypeError('fetch failed', { cause: deep })
    expect(judge(deep)).toBe('failure')
  })

  it('never throws, whatever a call throws or answers', () => {
    const error = fc.record(
      { name: fc.anything(), code: fc.anything(), cause: fc.anything(), errors: fc.array(fc.anything()) },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(fc.anything(), error), fc.boolean(), (thing, ok) => {
        const verdict = classifyFetch(ok ? { ok, value: thing } : { ok, error: thing })
        expect(['success', 'failure', 'ignored']).toContain(outcomeOf(verdict))
      }),
    )
  })
})
