import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { Circuit, type CircuitEvent, Circuits, isCircuitOpenError } from '@breakwater/circuit'
import { VirtualClock } from '@breakwater/circuit/testing'
import * as undici from 'undici'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { guardFetch } from './fetch.ts'
import { classifyFetch } from './fetch-classify.ts'
import { endless, refusedUrl, startServer, startTcpServer, status } from './loopback.fixture.ts'

const act = { by: 'test', reason: 'test' }
const fetches: [string, typeof fetch][] = [
  ['the global fetch', fetch],
  ['fetch of undici', undici.fetch as never],
]

afterEach(() => {
  vi.useRealTimers()
})

describe.each(fetches)('guardFetch of %s', (_, real) => {
  const setUp = (options: ConstructorParameters<typeof Circuits>[0] = {}) => {
    const clock = new VirtualClock()
    const circuits = new Circuits({ clock, classify: classifyFetch, ...options })
    const calls: string[] = []
    circuits.on(event => event.type === 'call' && calls.push(`${event.circuit} ${event.outcome}`))
    const outcomes = () => calls.map(call => call.split(' ')[1])
    return { clock, circuits, calls, outcomes, fetch: guardFetch(circuits, { fetch: real }) }
  }

  describe('finds the circuit', () => {
    it('by origin, whatever the input is', async () => {
      await using one = await startServer(status(200))
      await using two = await startServer(status(503))
      const { circuits, calls, fetch } = setUp()
      const { Request } = real === globalThis.fetch ? globalThis : (undici as never as typeof globalThis)
      for (const input of [`${one.url}/a?b`, new URL(`${one.url}/c`), new Request(two.url)]) {
        await (await fetch(input)).text()
      }
      expect(calls).toEqual([`${one.url} success`, `${one.url} success`, `${two.url} failure`])
      expect(circuits.size).toBe(2)
    })

    it('by the key it is given, and leaves calls alone that have none', async () => {
      await using server = await startServer(status(503))
      const { circuits, calls } = setUp()
      const key = vi.fn(({ url, method }) => (url.pathname === '/health' ? undefined : `api ${method}`))
      const seen = vi.fn(real)
      const fetch = guardFetch(circuits, { fetch: seen, key })
      const fallback = () => Response.json('fallback')
      await (await fetch(`${server.url}/rates`, { method: 'post' })).text()
      const response = await fetch(`${server.url}/health`, { breakwater: { fallback } })
      expect([response.status, await response.text()]).toEqual([503, 'status 503'])
      expect(calls).toEqual(['api POST failure'])
      expect(seen.mock.lastCall).toEqual([`${server.url}/health`, {}])
      expect(circuits.size).toBe(1)
    })

    it('in the only one there is', async () => {
      await using server = await startServer(status(500))
      const circuit = new Circuit('all', { clock: new VirtualClock(), consecutiveFailures: 1 })
      const fetch = guardFetch(circuit, { fetch: real })
      await (await fetch(server.url)).text()
      await expect(fetch('http://other.invalid')).rejects.toSatisfy(isCircuitOpenError)
      expect(server.requests.length).toBe(1)
    })

    it('for nothing that does not go by HTTP', async () => {
      const { circuits, fetch } = setUp()
      expect(await (await fetch('data:,hello', { breakwater: { timeoutMs: 9 } })).text()).toBe('hello')
      for (const bad of ['http://', 'nowhere', '', Symbol('x') as never]) {
        const [own, theirs] = await Promise.all(
          [fetch(bad), real(bad)].map(call => call.catch(error => error)),
        )
        expect(own).toBeInstanceOf(TypeError)
        expect(String(own)).toBe(String(theirs))
      }
      expect(circuits.size).toBe(0)
    })
  })

  describe('judges', () => {
    it.each([
      [200, 'success'],
      [204, 'success'],
      [304, 'success'],
      [404, 'success'],
      [429, 'failure'],
      [500, 'failure'],
      [503, 'failure'],
    ])('a response %i a %s, and returns it untouched', async (code, outcome) => {
      await using server = await startServer(status(code, { 'x-mine': 'yes' }))
      const { outcomes, fetch } = setUp()
      const response = await fetch(server.url)
      expect([response.status, response.headers.get('x-mine'), response.bodyUsed]).toEqual([
        code,
        'yes',
        false,
      ])
      expect(await response.text()).toBe(code === 204 || code === 304 ? '' : `status ${code}`)
      expect(outcomes()).toEqual([outcome])
    })

    it.each([
      ['seconds', () => '90'],
      ['a date', (now: number) => new Date(now + 90_000).toUTCString()],
    ])('a Retry-After in %s as the minimum time to stay open', async (_, header) => {
      const clock = new VirtualClock()
      vi.useFakeTimers({ toFake: ['Date'], now: clock.now() })
      await using server = await startServer(status(503, { 'retry-after': header(clock.now()) }))
      const { circuits, fetch } = setUp({ consecutiveFailures: 1, openMs: 1_000 })
      await (await fetch(server.url)).text()
      const { state, retryAt } = circuits.for(server.url).status() as never
      expect(state).toBe('OPEN')
      expect(retryAt).toBeGreaterThanOrEqual(clock.now() + 90_000)
    })

    it('a connection that is reset, refused, or speaks no HTTP a failure', async () => {
      await using resetting = await startTcpServer(socket =>
        socket.once('data', () => socket.resetAndDestroy()),
      )
      await using babbling = await startTcpServer(socket => socket.end('babble\r\n\r\n'))
      const { outcomes, fetch } = setUp()
      for (const url of [resetting.url, babbling.url, await refusedUrl()]) {
        await expect(fetch(url)).rejects.toThrow('fetch failed')
      }
      expect(outcomes()).toEqual(['failure', 'failure', 'failure'])
    })

    it.each([
      ['classifyFetch', {}],
      ['the default classify', { classify: undefined as never }],
    ])(
      "with %s what the caller did wrong neither way, and gives the fetch's own error",
      async (_, options) => {
        await using server = await startServer(status(200))
        const { outcomes, fetch } = setUp(options)
        const fallback = vi.fn(() => Response.json('fallback'))
        const mistakes: RequestInit[] = [
          { method: 'B AD' },
          { method: 'GET', body: 'x' },
          { headers: { 'a b': 'c' } },
          { headers: { upgrade: 'x' } },
          { method: 'POST', body: new ReadableStream() },
          { signal: {} as never },
          { signal: new AbortController() as never },
        ]
        for (const init of mistakes) {
          const error = await fetch(server.url, { ...init, breakwater: { fallback } }).catch(error => error)
          const own = await real(server.url, init).catch(error => error)
          expect(own).toBeInstanceOf(TypeError)
          expect(String(error)).toBe(String(own))
        }
        await expect(fetch('http://127.0.0.1:1/', { breakwater: { fallback } })).rejects.toThrow(
          'fetch failed',
        )
        expect(outcomes()).toEqual(Array(mistakes.length + 1).fill('ignored'))
        expect(fallback).not.toHaveBeenCalled()
        expect(server.requests).toEqual([])
      },
    )
  })

  describe('when the circuit rejects', () => {
    it('throws CircuitOpenError, and the body is neither locked nor read', async () => {
      await using server = await startServer(status(200))
      const { circuits, fetch } = setUp()
      await circuits.for(server.url).forceOpen(act)
      const pull = vi.fn()
      const body = new ReadableStream({ pull }, { highWaterMark: 0 })
      const init = { method: 'POST', body, duplex: 'half' } as const
      await expect(fetch(server.url, init)).rejects.toSatisfy(isCircuitOpenError)
      expect([body.locked, pull.mock.calls.length, server.requests.length]).toEqual([false, 0, 0])
    })

    it('lets the fallback answer', async () => {
      const { circuits, fetch } = setUp()
      await circuits.for('http://a.invalid').forceOpen(act)
      const fallback = vi.fn(async () => Response.json('cached'))
      const response = await fetch('http://a.invalid/b', { breakwater: { fallback } })
      expect(await response.json()).toBe('cached')
    })
  })

  describe('a response that the fallback stands in for', () => {
    it('has its body cancelled, also when the fallback throws', async () => {
      await using server = await startServer(endless(503))
      const { fetch } = setUp()
      const seen: unknown[] = []
      const fallbacks = [
        (error: unknown) => {
          seen.push((error as Response).status)
          return Response.json('cached')
        },
        () => Promise.reject(new Error('no cache')),
      ]
      for (const fallback of fallbacks) {
        const arrival = server.arrival()
        const call = fetch(server.url, { breakwater: { fallback } }).then(
          response => response.json(),
          error => error.message,
        )
        const [, response] = await arrival
        const closed = new Promise(resolve => response.once('close', resolve))
        seen.push(await call)
        await closed
      }
      expect(seen).toEqual([503, 'cached', 'no cache'])
    })

    it('stays readable where the fallback answers it, passes its body on, or has begun to read it', async () => {
      await using server = await startServer(status(503))
      const { fetch } = setUp()
      const { Response } = real === globalThis.fetch ? globalThis : (undici as never as typeof globalThis)
      const answers = [
        (failed: unknown) => failed as Response,
        (failed: unknown) => new Response((failed as Response).body),
        (failed: unknown) => new Response((failed as Response).body!.pipeThrough(new TransformStream())),
      ]
      for (const fallback of answers) {
        const response = await fetch(server.url, { breakwater: { fallback } })
        expect(await response.text()).toBe('status 503')
      }
    })

    it.each([
      ['they were replaced', true],
      ['they were read', false],
    ])('leaves its connection to the next call: one for 20 of them when %s', async (_, replaced) => {
      await using server = await startServer(status(503))
      const { fetch, outcomes } = setUp({ consecutiveFailures: 99 })
      const fallback = () => Response.json('cached')
      for (let call = 0; call < 20; call++) {
        const response = await fetch(server.url, { breakwater: replaced ? { fallback } : {} })
        await response.text()
        // undici's pool needs a turn to see that its first connection is free.
        await turn()
      }
      expect(outcomes()).toEqual(Array(20).fill('failure'))
      expect(server.requests.length).toBe(20)
      expect(server.connections()).toBe(1)
    })
  })

  describe('is a fetch', () => {
    it('that follows redirects within one call, and lets others say what to do with them', async () => {
      await using server = await startServer((request, response) => {
        if (request.url === '/old') response.writeHead(302, { location: '/new' }).end()
        else response.end('new')
      })
      const { fetch, outcomes } = setUp()
      const response = await fetch(`${server.url}/old`)
      expect([response.redirected, await response.text(), server.requests.length]).toEqual([true, 'new', 2])
      expect((await fetch(`${server.url}/old`, { redirect: 'manual' })).status).toBe(302)
      await expect(fetch(`${server.url}/old`, { redirect: 'error' })).rejects.toThrow('fetch failed')
      expect(outcomes()).toEqual(['success', 'success', 'ignored'])
    })

    it('that streams up and down', async () => {
      await using server = await startServer((request, response) => request.pipe(response))
      const { fetch, outcomes } = setUp()
      let send!: ReadableStreamDefaultController<Uint8Array>
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          send = controller
        },
      })
      send.enqueue(new TextEncoder().encode('first'))
      const response = await fetch(server.url, { method: 'POST', body, duplex: 'half' })
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
      expect(await reader.read()).toEqual({ done: false, value: 'first' })
      send.enqueue(new TextEncoder().encode('second'))
      expect(await reader.read()).toEqual({ done: false, value: 'second' })
      send.close()
      expect(await reader.read()).toEqual({ done: true, value: undefined })
      expect(outcomes()).toEqual(['success'])
    })

    it('that passes on what the guard does not know, and what init inherits', async () => {
      await using server = await startServer(status(200))
      const { circuits } = setUp()
      const seen = vi.fn(real)
      const fetch = guardFetch(circuits, { fetch: seen })
      const { Request } = real === globalThis.fetch ? globalThis : (undici as never as typeof globalThis)
      const extra = { keepalive: true, integrity: '', mine: Symbol('mine'), breakwater: { timeoutMs: 9 } }
      await (await fetch(server.url, Object.create(extra))).text()
      const { breakwater, ...passed } = extra
      expect(seen.mock.lastCall).toEqual([server.url, { ...passed, signal: expect.any(AbortSignal) }])
      await (await fetch(server.url, new Request('http://a.invalid', { method: 'PUT', body: 'x' }))).text()
      expect(server.requests.at(-1)?.method).toBe('PUT')
    })

    it("that keeps a request's referrer", async () => {
      await using server = await startServer(status(200))
      const { fetch } = setUp()
      const { Request } = real === globalThis.fetch ? globalThis : (undici as never as typeof globalThis)
      const request = new Request(server.url, {
        referrer: `${server.url}/from`,
        referrerPolicy: 'unsafe-url',
      })
      await (await fetch(request, { breakwater: { timeoutMs: 9 } })).text()
      expect(server.requests.map(({ headers }) => headers.referer)).toEqual([`${server.url}/from`])
    })
  })
})

it('guardFetch hands undici its dispatcher, and leaves it no socket', async () => {
  await using server = await startServer(status(503))
  const agent = new undici.Agent()
  const dispatched = vi.spyOn(agent, 'dispatch')
  const outcomes: string[] = []
  const circuits = new Circuits({
    clock: new VirtualClock(),
    listener: event => event.type === 'call' && outcomes.push(event.outcome),
  })
  const fetch = guardFetch(circuits, { fetch: undici.fetch })
  const fallback = () => undici.Response.json('cached')
  await fetch(server.url, { dispatcher: agent, breakwater: { fallback } })
  await agent.close()
  expect(dispatched).toHaveBeenCalledOnce()
  await expect(fetch(server.url, { dispatcher: agent })).rejects.toMatchObject({
    cause: { name: 'ClientDestroyedError' },
  })
  expect(outcomes).toEqual(['failure', 'ignored'])
})

it('guardFetch reads node-fetch-like responses, too', async () => {
  const body = new Readable({ read() {} })
  const failed = { status: 503, headers: new Map(), body }
  const fetch = guardFetch(new Circuits(), { fetch: async (_: string, __?: object) => failed as object })
  await expect(fetch('http://a.invalid')).resolves.toBe(failed)
  expect(body.destroyed).toBe(false)
  const cached = {}
  await expect(fetch('http://a.invalid', { breakwater: { fallback: () => cached } })).resolves.toBe(cached)
  expect(body.destroyed).toBe(true)
})

describe('bad input', () => {
  const circuits = new Circuits()
  it.each([
    [
      'circuits',
      () => guardFetch(undefined as never),
      /^guardFetch: circuits: got undefined; allowed is a Circuit or Circuits/,
    ],
    [
      'an option',
      () => guardFetch(circuits, { timeoutMs: 9 } as never),
      /^guardFetch: option: got "timeoutMs"; allowed is fetch, key/,
    ],
    [
      'a fetch',
      () => guardFetch(circuits, { fetch: 'x' as never }),
      /^guardFetch: fetch: got "x"; allowed is a function/,
    ],
    [
      'a key',
      () => guardFetch(circuits, { key: 'x' as never }),
      /^guardFetch: key: got "x"; allowed is a function/,
    ],
  ])('is refused: %s', (_, guard, message) => {
    expect(guard).toThrow(TypeError)
    expect(guard).toThrow(message)
  })

  it.each([
    [null, /^guardFetch: breakwater: got null; allowed is an object/],
    [
      { timeout: 9 },
      /^guardFetch: breakwater\.option: got "timeout"; allowed is timeoutMs, deadline, fallback, idempotent/,
    ],
    [{ timeoutMs: -1 }, /^guardFetch: breakwater\.timeoutMs: got -1/],
    [{ deadline: Number.NaN }, /^guardFetch: breakwater\.deadline: got NaN/],
    [{ fallback: 'x' }, /^guardFetch: breakwater\.fallback: got "x"; allowed is a function/],
    [{ idempotent: 'x' }, /^guardFetch: breakwater\.idempotent: got "x"; allowed is true or false/],
  ])('is refused of a call: %j', async (breakwater, message) => {
    const real = vi.fn(fetch)
    const seen: CircuitEvent[] = []
    circuits.on(event => seen.push(event))
    const call = guardFetch(circuits, { fetch: real })('http://a.invalid', {
      breakwater: breakwater as never,
    })
    await expect(call).rejects.toThrow(message)
    expect(real).not.toHaveBeenCalled()
    expect(seen).toEqual([])
  })
})
