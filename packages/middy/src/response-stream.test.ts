import { EventEmitter } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import type { CircuitOptions } from '@breakwater/circuit'
import { executionModeStreamifyResponse } from '@middy/core/StreamifyResponse'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { circuitOf, contextOf, openCircuit, versions } from './chain.fixture.ts'
import { rest } from './events.fixture.ts'
import { circuitBreaker } from './index.ts'

/** What Lambda's runtime brings, as far as Middy uses it. */
const awslambda = {
  streamifyResponse: <H>(handler: H) => handler,
  HttpResponseStream: {
    from(stream: PassThrough & { prelude?: unknown }, prelude: unknown) {
      return Object.assign(stream, { prelude })
    },
  },
}
beforeAll(() => void Object.assign(globalThis, { awslambda }))
afterAll(() => void Reflect.deleteProperty(globalThis, 'awslambda'))

const streaming = versions.map(({ version, middy }) => {
  const plugin =
    version === 'Middy 6' ? { streamifyResponse: true } : { executionMode: executionModeStreamifyResponse }
  return { version, middy: (handler: () => unknown) => middy(handler as never, plugin as never) }
})

type Chain = ReturnType<(typeof streaming)[number]['middy']>

/** Invokes as the runtime does: resolves with what was streamed, or rejects as the handler does. */
async function invoke(
  handler: Chain,
  context = contextOf(),
  stream: PassThrough & { prelude?: unknown } = new PassThrough(),
) {
  const call = handler as unknown as (event: unknown, stream: PassThrough, context: unknown) => Promise<void>
  const streamed = text(stream).catch(() => 'broken')
  await call(rest, stream, context)
  return stream.prelude ? { ...stream.prelude, body: await streamed } : streamed
}

async function* endless() {
  for (;;) yield 'more and more '.repeat(1_000)
}
async function* breaking() {
  yield 'beginning'
  throw new Error('broke')
}
/** A stream of each kind: of Node, and of the web. */
const kinds: [string, (pieces: Iterable<string> | AsyncIterable<string>) => unknown][] = [
  ["Node's", pieces => Readable.from(pieces)],
  ["the web's", pieces => ReadableStream.from(encode(pieces))],
]
async function* encode(pieces: Iterable<string> | AsyncIterable<string>) {
  for await (const piece of pieces) yield new TextEncoder().encode(piece)
}
/** A response of each form: the bare stream, and one with a status. */
const forms: [string, (body: unknown) => unknown, (body: string) => unknown][] = [
  ['bare', body => body, body => body],
  [
    'with a status',
    body => ({ statusCode: 201, headers: { a: 'b' }, body }),
    body => ({ statusCode: 201, headers: { a: 'b' }, body }),
  ],
]
const cases = streaming.flatMap(({ version, middy }) =>
  kinds.flatMap(([kind, streamOf]) =>
    forms.map(([form, respond, received]) => ({ version, kind, form, middy, streamOf, respond, received })),
  ),
)

describe.each(cases)(
  'under $version, a handler that streams ($kind, $form)',
  ({ middy, streamOf, respond, received }) => {
    const setUp = (pieces: Iterable<string> | AsyncIterable<string>, options?: CircuitOptions) => {
      const guarded = circuitOf(options)
      const body = streamOf(pieces)
      const handler = middy(async () => respond(body)).use(
        circuitBreaker({ circuit: guarded.circuit, clock: guarded.clock }),
      )
      return { ...guarded, body: body as Readable & ReadableStream, handler }
    }

    it('is counted when its stream has ended', async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const { handler, outcomes, clock } = setUp(
        (async function* () {
          yield 'one '
          await promise
          yield 'two'
        })(),
      )
      const running = invoke(handler)
      await turn()
      expect(outcomes()).toEqual([])
      resolve()
      expect(await running).toEqual(received('one two'))
      expect([outcomes(), clock.pending]).toEqual([['success'], 0])
    })

    it('is a failure when its stream dies midway, which was a success', async () => {
      const { handler, circuit, outcomes, clock } = setUp(breaking())
      await expect(invoke(handler)).rejects.toThrow('broke')
      expect([outcomes(), circuit.status().state, clock.pending]).toEqual([['failure'], 'OPEN', 0])
    })

    it('counts as a hang when its stream outlives the deadline', async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const { handler, outcomes, clock } = setUp(
        (async function* () {
          yield 'beginning'
          await promise
        })(),
      )
      const running = invoke(handler, contextOf(3_000))
      await turn()
      await clock.advance(2_499)
      expect(outcomes()).toEqual([])
      await clock.advance(1)
      expect(outcomes()).toEqual(['failure'])
      resolve()
      expect(await running).toEqual(received('beginning'))
      expect(outcomes()).toEqual(['failure'])
    })

    it('counts neither way when its caller is gone', async () => {
      const { handler, body, outcomes, clock } = setUp(endless())
      const stream = new PassThrough()
      const running = invoke(handler, contextOf(), stream)
      stream.once('data', () => stream.destroy(new Error('caller left')))
      await expect(running).rejects.toThrow('caller left')
      expect([outcomes(), clock.pending]).toEqual([['ignored'], 0])
      await turn()
      expect(body.destroyed ?? !body.locked).toBe(true)
    })

    it('has written the outcome before the handler ends, since Lambda may then freeze', async () => {
      const { circuit } = circuitOf()
      const permit = await circuit.acquire()
      const written: string[] = []
      const outcome = (name: string) => async () => {
        await turn()
        written.push(name)
      }
      const slow = { ...permit, circuit: 'slow', succeed: outcome('success'), fail: outcome('failure') }
      const guarding = { acquire: async () => slow, judge: () => 'success' as const }
      for (const pieces of [['all'], breaking()]) {
        const handler = middy(async () => respond(streamOf(pieces))).use(
          circuitBreaker({ circuit: guarding as never }),
        )
        await invoke(handler).catch(() => {})
      }
      expect(written).toEqual(['success', 'success'])
    })

    it('is not counted when another middleware fails after it, and its stream is closed', async () => {
      const { circuit, body, outcomes, clock } = setUp(endless())
      const failing = middy(async () => respond(body))
        .use({ after: () => Promise.reject(new Error('invalid')) })
        .use(circuitBreaker({ circuit, clock }))
      await expect(invoke(failing)).rejects.toThrow('invalid')
      expect([outcomes(), clock.pending]).toEqual([['ignored'], 0])
      await turn()
      expect(body.destroyed ?? !body.locked).toBe(true)
    })

    it('is not counted when another middleware answers after it', async () => {
      const { circuit, clock, outcomes } = circuitOf()
      const handler = middy(async () => respond(streamOf(endless())))
        .use({ after: () => 'instead' })
        .use(circuitBreaker({ circuit, clock }))
      expect(await invoke(handler)).toBe('instead')
      // Middy gives no sign of that. The next invocation finds it.
      expect(outcomes()).toEqual([])
      await invoke(handler)
      await turn()
      expect(outcomes()).toEqual(['ignored'])
    })
  },
)

describe.each(streaming)('under $version, a streaming handler', ({ middy }) => {
  it('is rejected with a whole answer while the circuit is open', async () => {
    const { circuit, clock } = await openCircuit()
    const handle = vi.fn()
    const handler = middy(handle).use(circuitBreaker({ circuit, clock }))
    expect(await invoke(handler)).toMatchObject({
      statusCode: 503,
      headers: { 'Retry-After': '5' },
      body: expect.stringContaining('Temporarily unavailable'),
    })
    expect(handle).not.toHaveBeenCalled()
  })

  it('is a failure at once by its status, and a fallback closes what it replaces', async () => {
    const { circuit, clock, outcomes } = circuitOf()
    const body = new Readable({ read() {} })
    const handler = middy(async () => ({ statusCode: 503, body })).use(
      circuitBreaker({ circuit, clock, fallback: () => ({ statusCode: 202, body: 'pending' }) }),
    )
    expect(await invoke(handler)).toEqual({ statusCode: 202, body: 'pending' })
    expect([outcomes(), body.destroyed]).toEqual([['failure'], true])
  })

  it('that answers what throws when it is copied is counted, and answers it', async () => {
    const { circuit, clock, outcomes } = circuitOf()
    const breaker = circuitBreaker({ circuit, clock })
    const response = Object.defineProperty(
      { statusCode: 200, body: new Readable({ read() {} }) },
      'cookies',
      {
        enumerable: true,
        get: () => {
          throw new Error('hostile')
        },
      },
    )
    const request = { event: rest, context: contextOf(), response, error: undefined, internal: {} }
    await breaker.before(request)
    await breaker.after(request)
    expect([request.response, outcomes()]).toEqual([response, ['success']])
  })

  it.each([
    ['a text', 'all of it'],
    ['no stream, though it emits events', { statusCode: 200, body: 'x', emitter: new EventEmitter() }],
  ])('that answers %s is counted at once', async (_, response) => {
    const { circuit, clock, outcomes } = circuitOf()
    const handler = middy(async () => response).use(circuitBreaker({ circuit, clock }))
    await invoke(handler)
    expect(outcomes()).toEqual(['success'])
  })
})
