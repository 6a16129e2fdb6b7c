import { Circuits } from '@breakwater/circuit'
import { settle, VirtualClock } from '@breakwater/circuit/testing'
import * as undici from 'undici'
import { describe, expect, it } from 'vitest'
import { guardFetch } from './fetch.ts'
import { classifyFetch } from './fetch-classify.ts'
import { startServer } from './loopback.fixture.ts'
import { retry } from './retry.ts'

const once = retry({ attempts: 2, baseMs: 100 })
const fetches: [string, typeof fetch][] = [
  ['the global fetch', fetch],
  ['fetch of undici', undici.fetch as never],
]

describe.each(fetches)('a guarded call of %s', (_, real) => {
  const { Request } = real === globalThis.fetch ? globalThis : (undici as never as typeof globalThis)

  const guard = (fetch = real) => {
    const clock = new VirtualClock()
    const outcomes: string[] = []
    const circuits = new Circuits({ clock, classify: classifyFetch, retry: once, timeoutMs: 2_000 })
    circuits.on(event => {
      if (event.type === 'call') outcomes.push(event.outcome)
      if (event.type === 'retry') void clock.advance(event.waitMs)
    })
    return { clock, outcomes, fetch: guardFetch(circuits, { fetch }) }
  }

  const setUp = async () => {
    const bodies: string[] = []
    // The first answer never ends: unless its body is cancelled, the server cannot close.
    const server = await startServer(async (request, response) => {
      bodies.push(await new Response(request as never).text())
      if (bodies.length === 1) response.writeHead(503).write('beginning')
      else response.end('done')
    })
    return { server, bodies, ...guard() }
  }

  const stream = () => new Blob(['body']).stream()
  const again: [string, RequestInit][] = [
    ['GET', {}],
    ['delete in small letters', { method: 'delete' }],
    ['PUT with a text', { method: 'PUT', body: 'body' }],
    ['PUT with bytes', { method: 'PUT', body: new TextEncoder().encode('body') }],
    ['PUT with a buffer', { method: 'PUT', body: new TextEncoder().encode('body').buffer }],
    ['PUT with a blob', { method: 'PUT', body: new Blob(['body']) }],
    ['PUT with parameters', { method: 'PUT', body: new URLSearchParams('body') }],
    ['POST with a key', { method: 'POST', headers: { 'idempotency-key': '1' } }],
    ['POST with a key in Headers', { method: 'POST', headers: new Headers({ 'Idempotency-Key': '1' }) }],
    ['POST with a key in pairs', { method: 'POST', headers: [['Idempotency-Key', '1']] }],
  ]
  it.each(again)('is made again where that does no harm: %s', async (_, init) => {
    const { server, outcomes, bodies, fetch } = await setUp()
    await using _server = server
    const response = await fetch(server.url, init)
    expect(await response.text()).toBe('done')
    expect(outcomes).toEqual(['failure', 'success'])
    const [first, second] = bodies
    expect(first).toMatch(init.body ? /^body=?$/ : /^$/)
    expect(second).toBe(first)
  })

  const not: [string, RequestInit][] = [
    ['POST', { method: 'POST', body: 'body' }],
    ['PATCH', { method: 'PATCH' }],
    ['PUT with a stream', { method: 'PUT', body: stream(), duplex: 'half' }],
    ['PUT with an iterable', { method: 'PUT', body: stream().values() as never, duplex: 'half' }],
    [
      'POST with a key and a stream',
      { method: 'POST', body: stream(), duplex: 'half', headers: { 'idempotency-key': '1' } },
    ],
  ]
  it.each(not)('is not made again otherwise: %s', async (_, init) => {
    const { server, outcomes, fetch } = await setUp()
    await using _server = server
    const response = await fetch(server.url, init)
    expect(response.status).toBe(503)
    await response.body!.cancel()
    expect(outcomes).toEqual(['failure'])
  })

  it('does what the call says, but never sends a body twice that it cannot', async () => {
    const post = { method: 'POST', body: 'body' }
    const cases: [RequestInit, boolean, number][] = [
      [post, true, 2],
      [{}, false, 1],
      [{ method: 'PUT', body: stream(), duplex: 'half' }, true, 1],
    ]
    for (const [init, idempotent, attempts] of cases) {
      const { server, outcomes, fetch } = await setUp()
      await using _server = server
      const response = await fetch(server.url, { ...init, breakwater: { idempotent } })
      await response.body!.cancel()
      expect(outcomes.length).toBe(attempts)
    }
  })

  it('reads the same of a Request', async () => {
    const cases: [RequestInit, RequestInit, number][] = [
      [{}, {}, 2],
      [{ method: 'POST' }, {}, 1],
      [{ method: 'POST', headers: { 'idempotency-key': '1' } }, {}, 2],
      [{ method: 'PUT', body: 'body' }, {}, 1],
      [{ method: 'POST' }, { method: 'PUT', body: 'other' }, 2],
    ]
    for (const [request, init, attempts] of cases) {
      const { server, outcomes, fetch } = await setUp()
      await using _server = server
      const response = await fetch(new Request(server.url, request), init)
      await response.body!.cancel()
      expect(outcomes.length).toBe(attempts)
    }
  })

  it('is made again after a time limit, and each attempt has one of its own', async () => {
    const { clock, outcomes, fetch } = guard()
    await using server = await startServer(() => {})
    const arrival = server.arrival()
    const call = fetch(server.url)
    await arrival
    const second = server.arrival()
    await clock.advance(2_000)
    const [, response] = await second
    response.end('done')
    expect(await (await call).text()).toBe('done')
    expect(outcomes).toEqual(['failure', 'success'])
    expect(clock.pending).toBe(0)
  })

  it('is not ended by an attempt that ended late', async () => {
    const attempts: PromiseWithResolvers<Response>[] = []
    const { clock, outcomes, fetch } = guard(() => {
      const attempt = Promise.withResolvers<Response>()
      attempts.push(attempt)
      return attempt.promise
    })
    const call = fetch('http://a.invalid')
    await clock.advance(2_000)
    await settle()
    const [first, second] = attempts
    first!.reject(new DOMException('late', 'AbortError'))
    await settle()
    second!.resolve(new Response('done'))
    expect(await (await call).text()).toBe('done')
    expect(outcomes).toEqual(['failure', 'success'])
  })

  it('answers what the last attempt brought', async () => {
    const { fetch } = guard()
    await using server = await startServer((_, response) =>
      response.writeHead(503).end(`${server.requests.length}`),
    )
    const response = await fetch(server.url)
    expect([response.status, await response.text()]).toEqual([503, '2'])
  })
})

it('a guarded call is not made again with a stream that goes by the name of FormData', async () => {
  const attempts: unknown[] = []
  const fetch = guardFetch(new Circuits({ clock: new VirtualClock(), retry: once }), {
    fetch: async (_: string, init?: { method: string; body: object }) => {
      attempts.push(init?.body)
      return new Response('', { status: 503 })
    },
  })
  const body = { [Symbol.toStringTag]: 'FormData', pipe() {} }
  expect((await fetch('http://a.invalid', { method: 'PUT', body })).status).toBe(503)
  expect(attempts).toEqual([body])
})
