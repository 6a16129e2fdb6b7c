import { getEventListeners } from 'node:events'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Circuit, type CircuitEvent, Circuits, isCallTimeoutError } from '@breakwater/circuit'
import { MemoryStore } from '@breakwater/circuit/shared'
import { failUntilOpen, VirtualClock } from '@breakwater/circuit/testing'
import * as undici from 'undici'
import { describe, expect, it, vi } from 'vitest'
import { guardFetch } from './fetch.ts'
import { classifyFetch } from './fetch-classify.ts'
import type { FetchLimits } from './fetch-options.ts'
import { type Answer, endless, startServer, status } from './loopback.fixture.ts'
import { retry } from './retry.ts'

const fetches: [string, typeof fetch][] = [
  ['the global fetch', fetch],
  ['fetch of undici', undici.fetch as never],
]

/** Headers and the beginning of a body, whose connection then breaks. */
const breaking: Answer = (_, response) => {
  response.writeHead(200).write('beginning', () => response.socket?.resetAndDestroy())
}

/** More than is read ahead, and than fits into the buffers on the way. */
const large: Answer = (_, response) => void response.writeHead(200).end(bytes)
const bytes = Buffer.alloc(4_000_000)

describe.each(fetches)("limit: 'body' with %s", (_, real) => {
  const setUp = (limits: FetchLimits = {}, options: ConstructorParameters<typeof Circuits>[0] = {}) => {
    const clock = new VirtualClock()
    const events: CircuitEvent[] = []
    const circuits = new Circuits({ clock, classify: classifyFetch, timeoutMs: 2_000, ...options })
    circuits.on(event => void events.push(event))
    return {
      clock,
      circuits,
      events,
      outcomes: () => events.flatMap(event => (event.type === 'call' ? [event.outcome] : [])),
      fetch: guardFetch(circuits, { fetch: real, clock, limit: 'body', ...limits }),
    }
  }
  const errorOf = (reading: Promise<unknown>) =>
    reading.then(
      value => expect.unreachable(`nothing was thrown, but ${value} returned`),
      error => error,
    )

  it('counts a call when its body has ended, however it is read', async () => {
    await using server = await startServer(status(200, { 'content-type': 'text/plain' }, '{"a":1}'))
    const { clock, outcomes, fetch } = setUp()
    const ways: ((response: Response) => Promise<unknown>)[] = [
      response => response.json(),
      async response => JSON.parse(await response.text()),
      async response => JSON.parse(Buffer.from(await response.arrayBuffer()).toString()),
      async response => JSON.parse(await (await response.blob()).text()),
      async response => JSON.parse(await text(response.body as never)),
      async response => JSON.parse(await new Response(response.body).text()),
      async response => (await Promise.all([response.clone().json(), response.json()]))[0],
      async response => {
        const piped = response.body!.pipeThrough(new TextDecoderStream() as never)
        return JSON.parse(await text(piped as never))
      },
      async response => {
        const reader = response.body!.getReader({ mode: 'byob' })
        const { value } = await reader.read(new Uint8Array(100))
        expect((await reader.read(new Uint8Array(1))).done).toBe(true)
        return JSON.parse(Buffer.from(value!).toString())
      },
    ]
    for (const read of ways) expect(await read(await fetch(server.url))).toEqual({ a: 1 })
    expect(outcomes()).toEqual(Array(ways.length).fill('success'))
    expect(clock.pending).toBe(0)
  })

  it('leaves the response what it was', async () => {
    await using server = await startServer((request, response) => {
      if (request.url === '/old') response.writeHead(302, { location: '/new' }).end()
      else
        response
          .writeHead(201, 'Made', [
            ['set-cookie', 'a=1'],
            ['set-cookie', 'b=2'],
          ])
          .end('new')
    })
    const { fetch } = setUp()
    const response = await fetch(`${server.url}/old`)
    const own = await real(`${server.url}/old`)
    await own.text()
    expect(response).toBeInstanceOf(own.constructor)
    for (const like of [response, response.clone(), response.clone().clone()]) {
      for (const name of ['url', 'redirected', 'type', 'status', 'statusText', 'ok'] as const)
        expect([name, like[name]]).toEqual([name, own[name]])
      expect(like.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
      expect(() => like.headers.set('a', 'b')).toThrow(TypeError)
      expect([like.bodyUsed, await like.text(), like.bodyUsed]).toEqual([false, 'new', true])
    }
  })

  it('leaves a status that no constructor takes', async () => {
    await using server = await startServer(status(999))
    const response = await setUp().fetch(server.url)
    expect([response.status, response.ok, await response.text()]).toEqual([999, false, 'status 999'])
  })

  it.each([
    ['204', status(204, {}, '')],
    ['HEAD', status(200)],
  ])('counts a response without a body by its headers: %s', async (kind, answer) => {
    await using server = await startServer(answer)
    const { outcomes, fetch } = setUp()
    const response = await fetch(server.url, { method: kind === 'HEAD' ? 'HEAD' : 'GET' })
    expect([response.body, outcomes()]).toEqual([null, ['success']])
  })

  it('counts a body that breaks as a failure, which was a success', async () => {
    await using server = await startServer(breaking)
    const { outcomes, circuits, fetch } = setUp({}, { consecutiveFailures: 1 })
    const response = await fetch(server.url)
    expect(await errorOf(response.text())).toMatchObject({ name: 'TypeError', message: 'terminated' })
    // The circuit was open before its reader saw the error.
    expect([outcomes(), circuits.for(server.url).status().state]).toEqual([['failure'], 'OPEN'])
  })

  it.each([
    [2_000, {}],
    [500, { timeoutMs: 500 }],
    [300, { deadline: 1_800_000_000_300 }],
  ])('ends a body by the time limit, where json() hung for ever: after %i ms', async (ms, breakwater) => {
    await using server = await startServer(endless(200))
    const { clock, outcomes, fetch } = setUp()
    const reading = errorOf((await fetch(server.url, { breakwater })).json())
    await clock.advance(ms - 1)
    expect(outcomes()).toEqual([])
    await clock.advance(1)
    expect(await reading).toSatisfy(isCallTimeoutError)
    expect(outcomes()).toEqual(['failure'])
    expect(clock.pending).toBe(0)
  })

  it('counts a probe by its body', async () => {
    const answers = [breaking, breaking, status(200)]
    await using server = await startServer((...given) => answers[server.requests.length - 1]!(...given))
    const { clock, circuits, fetch } = setUp({}, { consecutiveFailures: 1, probes: 1, recoveryMs: 0 })
    const circuit = circuits.for(server.url)
    const states: unknown[] = []
    for (const _ of answers) {
      const response = await fetch(server.url)
      states.push(circuit.status().state)
      await response.text().catch(() => {})
      states.push(circuit.status().state)
      clock.freeze(60_000)
    }
    expect(states).toEqual(['CLOSED', 'OPEN', 'HALF_OPEN', 'OPEN', 'HALF_OPEN', 'CLOSED'])
  })

  it('has written the outcome when the reader sees the end, since Lambda may then freeze', async () => {
    await using server = await startServer(status(200))
    const [shared, policy] = [new MemoryStore(), { consecutiveFailures: 1, probes: 1 }]
    const { clock, circuits, fetch } = setUp({}, { ...policy, store: shared, environment: 'a' })
    const other = new Circuit(server.url, { ...policy, store: shared, environment: 'b', clock })
    await failUntilOpen([circuits.for(server.url), other], clock)
    clock.freeze(60_000)
    await (await fetch(server.url)).text()
    expect(await other.refresh()).toMatchObject({ state: 'CLOSED' })
  })

  describe('ends a call by a silence', () => {
    it('before the headers, and makes another attempt', async () => {
      await using server = await startServer(() => {})
      const { clock, outcomes, fetch } = setUp(
        { stallMs: 300 },
        { retry: retry({ attempts: 2, baseMs: 1, budgetRate: 1 }) },
      )
      const arrival = server.arrival()
      const call = fetch(server.url)
      await arrival
      const second = server.arrival()
      await clock.advance(301)
      const [, response] = await second
      response.end('done')
      expect(await (await call).text()).toBe('done')
      expect(outcomes()).toEqual(['failure', 'success'])
      expect(clock.pending).toBe(0)
    })

    it('between two pieces, and not before', async () => {
      await using server = await startServer(endless(200))
      const { clock, outcomes, fetch } = setUp({ stallMs: 300 }, { timeoutMs: 60_000 })
      const arrival = server.arrival()
      const reader = (await fetch(server.url)).body!.getReader()
      const [, response] = await arrival
      await reader.read()
      for (let piece = 0; piece < 10; piece++) {
        const read = reader.read()
        await clock.advance(299)
        response.write('piece')
        expect((await read).done).toBe(false)
      }
      const read = errorOf(reader.read())
      await clock.advance(300)
      expect(await read).toMatchObject({ name: 'CallTimeoutError', timeoutMs: 300 })
      expect(outcomes()).toEqual(['failure'])
      await server.finished(1)
    })

    it('but not while the reader takes its time', async () => {
      await using server = await startServer(large)
      const { clock, outcomes, fetch } = setUp({ stallMs: 300 }, { timeoutMs: 60_000 })
      const reader = (await fetch(server.url)).body!.getReader()
      let length = 0
      for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
        if (length === 0) await clock.advance(30_000)
        length += value!.length
      }
      expect([length, outcomes()]).toEqual([bytes.length, ['success']])
    })
  })

  describe('does not blame the dependency for a body', () => {
    it('that the caller leaves unread: a small one has ended', async () => {
      await using server = await startServer(status(200))
      const { clock, circuits, fetch } = setUp()
      const counted = new Promise(resolve => {
        circuits.on(event => event.type === 'call' && resolve(event.outcome))
      })
      await fetch(server.url)
      expect(await counted).toBe('success')
      expect(clock.pending).toBe(0)
    })

    it('that the caller leaves unread: a large one ends by the time limit, and gives its permit back', async () => {
      await using server = await startServer(large)
      const { clock, circuits, outcomes, fetch } = setUp({}, { consecutiveFailures: 1, probes: 1 })
      const circuit = circuits.for(server.url)
      await (await circuit.acquire()).fail()
      clock.freeze(60_000)
      const response = await fetch(server.url)
      await expect(fetch(server.url)).rejects.toMatchObject({ reason: 'half-open' })
      await readAhead()
      await clock.advance(2_000)
      expect(outcomes()).toEqual(['failure', 'ignored'])
      expect(await errorOf(response.text())).toSatisfy(isCallTimeoutError)
      await server.finished(1)
      await (await fetch(server.url)).body!.cancel()
      expect(outcomes().at(-1)).toBe('success')
    })

    it('that the caller cancels', async () => {
      await using server = await startServer(endless(200))
      const { clock, outcomes, fetch } = setUp()
      await (await fetch(server.url)).body!.cancel()
      const reader = (await fetch(server.url)).body!.getReader()
      await reader.read()
      await reader.cancel()
      expect(outcomes()).toEqual(['success', 'success'])
      await server.finished(2)
      expect(clock.pending).toBe(0)
    })

    it('that the caller aborts', async () => {
      await using server = await startServer(endless(200))
      const { outcomes, fetch } = setUp()
      const caller = new AbortController()
      const response = await fetch(server.url, { signal: caller.signal })
      const reading = errorOf(response.text())
      caller.abort(new Error('enough'))
      expect(await reading).toMatchObject({ message: 'enough' })
      expect(outcomes()).toEqual(['ignored'])
      await server.finished(1)
    })
  })

  it('answers once: neither a retry nor a fallback replaces a response that broke in the hands of the caller', async () => {
    await using server = await startServer(breaking)
    const { events, fetch } = setUp({}, { retry: retry({ budgetRate: 1 }) })
    const fallback = vi.fn(() => Response.json('cached'))
    const response = await fetch(server.url, { breakwater: { fallback } })
    await errorOf(response.text())
    expect(events.map(({ type }) => type)).toEqual(['call'])
    expect([fallback.mock.calls.length, server.requests.length]).toEqual([0, 1])
  })

  describe('of a response that its headers make a failure', () => {
    it('counts it at once, and limits its body all the same', async () => {
      await using server = await startServer(endless(503))
      const { clock, outcomes, fetch } = setUp()
      const response = await fetch(server.url)
      expect([response.status, outcomes()]).toEqual([503, ['failure']])
      const reading = errorOf(response.text())
      await clock.advance(2_000)
      expect(await reading).toMatchObject({ name: 'CallTimeoutError', timeoutMs: 2_000 })
      await server.finished(1)
      const stalled = await fetch(server.url, { breakwater: { stallMs: 100 } })
      const stalling = errorOf(stalled.text())
      await clock.advance(100)
      expect(await stalling).toMatchObject({ name: 'CallTimeoutError', timeoutMs: 100 })
      expect([outcomes(), clock.pending]).toEqual([['failure', 'failure'], 0])
    })

    it('makes another attempt, and keeps no socket of the first', async () => {
      await using server = await startServer((...given) =>
        (server.requests.length === 1 ? endless(503) : status(200))(...given),
      )
      const { clock, events, outcomes, fetch } = setUp({}, { retry: retry({ budgetRate: 1 }) })
      const call = fetch(server.url)
      while (!events.some(({ type }) => type === 'retry')) await new Promise(setImmediate)
      await clock.advance(100)
      expect(await (await call).text()).toBe('status 200')
      expect(outcomes()).toEqual(['failure', 'success'])
      await server.finished(2)
    })

    it('lets the fallback answer, and keeps no socket', async () => {
      await using server = await startServer(endless(503))
      const { clock, fetch } = setUp()
      const fallback = () => Response.json('cached')
      expect(await (await fetch(server.url, { breakwater: { fallback } })).json()).toBe('cached')
      await server.finished(1)
      expect(clock.pending).toBe(0)
    })
  })

  it('keeps no socket of a response that comes after the limit, to a fetch that ignores its signal', async () => {
    await using server = await startServer(() => {})
    const clock = new VirtualClock()
    const circuits = new Circuits({ clock, timeoutMs: 100 })
    const deaf: typeof real = (input, { signal: _, ...init } = {}) => real(input, init)
    const fetch = guardFetch(circuits, { fetch: deaf, clock, limit: 'body' })
    const arrival = server.arrival()
    const call = errorOf(fetch(server.url))
    const [, response] = await arrival
    await clock.advance(100)
    expect(await call).toSatisfy(isCallTimeoutError)
    response.writeHead(200).write('beginning')
    await server.finished(1)
  })

  it('is for the call to say, too', async () => {
    await using server = await startServer(endless(200))
    const { outcomes, fetch } = setUp({ stallMs: 100 })
    const response = await fetch(server.url, { breakwater: { limit: 'headers' } })
    expect(outcomes()).toEqual(['success'])
    await response.body!.cancel()
  })

  it("leaves no listener on the caller's signal, nor a timer, however many calls there were", async () => {
    await using server = await startServer((request, response) => {
      response.writeHead(request.url === '/bad' ? 503 : 200).end('body')
    })
    const { clock, fetch } = setUp({ stallMs: 1_000 }, { consecutiveFailures: 99 })
    const { signal } = new AbortController()
    for (let call = 0; call < 60; call++) {
      const response = await fetch(`${server.url}/${call % 3 ? 'good' : 'bad'}`, { signal })
      expect(await response.text()).toBe('body')
    }
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect(clock.pending).toBe(0)
  })
})

/** Waits until what may be read ahead of a body has been read: a few turns of the event loop with data, and none without. */
async function readAhead(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}

describe("what limit: 'body' cannot watch is counted by its headers", () => {
  const setUp = (response: object) => {
    const outcomes: string[] = []
    const circuits = new Circuits({
      clock: new VirtualClock(),
      listener: event => event.type === 'call' && outcomes.push(event.outcome),
    })
    const fetch = guardFetch(circuits, { fetch: async (_: string, __?: object) => response, limit: 'body' })
    return { fetch, outcomes }
  }

  class Odd extends Response {
    constructor(body: ReadableStream, key: string) {
      if (key !== 'mine') throw new TypeError('not mine')
      super(body)
    }
  }
  const locked = new Response('body')
  locked.body!.getReader()

  it.each<[string, object]>([
    ['a plain object', { status: 200, body: 'text' }],
    ['a plain object with a stream', { status: 200, body: new ReadableStream() }],
    ['a class of its own with other parameters', new Odd(new ReadableStream(), 'mine')],
    ['a body that is being read', locked],
  ])('%s', async (_, response) => {
    const { fetch, outcomes } = setUp(response)
    expect(await fetch('http://a.invalid')).toBe(response)
    expect(outcomes).toEqual(['success'])
  })

  const hostile: () => never = () => {
    throw new Error('hostile')
  }
  const readable = { getReader: () => ({}), locked: false }
  it.each<[string, unknown]>([
    ['null', null],
    ['nothing', undefined],
    ['a text', 'down'],
    ['a getter that throws', Object.defineProperty({}, 'body', { get: hostile })],
    ['a proxy that throws', new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : hostile()) })],
    ['a body whose getters throw', { body: new Proxy({}, { get: hostile }) }],
    ['what only looks like a stream', { status: 200, body: readable }],
    ['a frozen stream', { status: 200, body: Object.freeze(new Readable({ read() {} })) }],
  ])('and the caller gets it all the same, where it is %s', async (_, response) => {
    const { fetch, outcomes } = setUp(response as object)
    expect(await fetch('http://a.invalid')).toBe(response)
    expect(outcomes).toEqual(['success'])
  })

  it('but not a stream of pieces that are no bytes, nor what others added to a response', async () => {
    const pieces = ['a', new Uint8Array(), Buffer.from('b')]
    const body = new ReadableStream({
      pull(controller) {
        if (pieces.length > 0) controller.enqueue(pieces.shift())
        else controller.close()
      },
    })
    const response = Object.assign(new Response(body), { traceId: 7 })
    const { fetch, outcomes } = setUp(response)
    const watched = (await fetch('http://a.invalid')) as typeof response
    expect(watched.traceId).toBe(7)
    const seen: unknown[] = []
    for await (const piece of watched.body!) seen.push(piece)
    expect(seen).toEqual(['a', Buffer.from('b')])
    expect(outcomes).toEqual(['success'])
  })
})

describe("guardFetch refuses what does not go with limit: 'headers'", () => {
  const circuits = new Circuits()
  it.each([
    [{ limit: 'bodies' }, 'limit: got "bodies"; allowed is headers, body'],
    [{ stallMs: 5 }, "stallMs: got 5; allowed is nothing without limit: 'body'"],
    [{ limit: 'body', stallMs: 0 }, 'stallMs: got 0; allowed is a number above 0'],
    [{ clock: {} }, 'clock: got an object; allowed is a Clock'],
  ])('%j', (options, message) => {
    expect(() => guardFetch(circuits, options as never)).toThrow(`guardFetch: ${message}`)
  })

  it.each([
    [{ limit: 7 }, 'breakwater.limit: got 7; allowed is headers, body'],
    [{ stallMs: 5 }, "breakwater.stallMs: got 5; allowed is nothing without limit: 'body'"],
  ])('of a call: %j', async (breakwater, message) => {
    const call = guardFetch(circuits)('http://a.invalid', { breakwater: breakwater as never })
    await expect(call).rejects.toThrow(`guardFetch: ${message}`)
  })
})
