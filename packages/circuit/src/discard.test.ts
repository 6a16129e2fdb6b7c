import { Readable } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import {
  Circuit,
  type CircuitOptions,
  isCallTimeoutError,
  type RetryPolicy,
  type RunOptions,
} from './index.ts'
import { VirtualClock } from './testing/index.ts'

/** A response of fetch with a body that never ends, and its `cancel`. */
function response(status = 503) {
  const cancel = vi.fn()
  const body = new ReadableStream({ cancel }, { highWaterMark: 0 })
  return { answer: new Response(body, { status }), cancel }
}

const atOnce: RetryPolicy = () => ({ idempotent: true, again: async ({ attempt }) => attempt < 3 })

function setUp(options: CircuitOptions = {}) {
  const clock = new VirtualClock()
  return { clock, circuit: new Circuit('payments', { clock, ...options }) }
}

const failing = (answer: unknown, fallback: RunOptions<unknown>['fallback']) =>
  setUp({ classify: () => 'failure' }).circuit.run<unknown, unknown>(() => answer, { fallback: fallback! })

describe('a response that no caller gets, whose connection stayed open, is cancelled', () => {
  it('when the call is made again', async () => {
    const { circuit } = setUp({ retry: atOnce })
    const responses = [response(), response(), response(200)]
    let attempt = 0
    expect(await circuit.run(() => responses[attempt++]!.answer)).toBe(responses[2]!.answer)
    expect(responses.map(({ cancel }) => cancel.mock.calls.length)).toEqual([1, 1, 0])
  })

  it('but not when the last attempt is the answer', async () => {
    const { circuit } = setUp({ retry: atOnce })
    const responses = [response(), response(), response()]
    let attempt = 0
    expect(await circuit.run(() => responses[attempt++]!.answer)).toBe(responses[2]!.answer)
    expect(responses.map(({ cancel }) => cancel.mock.calls.length)).toEqual([1, 1, 0])
  })

  it('when a fallback answers, or throws', async () => {
    const [first, second] = [response(), response()]
    expect(await failing(first.answer, () => 'cached')).toBe('cached')
    await expect(failing(second.answer, () => Promise.reject(new Error('no cache')))).rejects.toThrow()
    expect([first.cancel, second.cancel].map(({ mock }) => mock.calls.length)).toEqual([1, 1])
  })

  it('when it comes after the time limit, to a call that does not listen to its signal', async () => {
    const { circuit, clock } = setUp()
    const late = Promise.withResolvers<Response>()
    const call = circuit.run(() => late.promise, { timeoutMs: 10 }).catch(error => error)
    await clock.advance(10)
    expect(await call).toSatisfy(isCallTimeoutError)
    const { answer, cancel } = response(200)
    late.resolve(answer)
    await clock.advance(0)
    expect(cancel).toHaveBeenCalledOnce()
  })

  it("when it comes after the caller's abort, be it in the call itself", async () => {
    const { circuit, clock } = setUp()
    const caller = new AbortController()
    const { answer, cancel } = response(200)
    const call = async () => {
      caller.abort(new Error('enough'))
      return answer
    }
    await expect(circuit.run(call, { signal: caller.signal })).rejects.toThrow('enough')
    await clock.advance(0)
    expect(cancel).toHaveBeenCalledOnce()
  })

  it('when it is in an error, and the call is made again, is late, or a fallback answers', async () => {
    const { circuit, clock } = setUp({ retry: atOnce })
    const responses = [response(), response(), response(), response()]
    const errors = responses.map(({ answer }) => Object.assign(new Error('down'), { response: answer }))
    let attempt = 0
    const call = () => Promise.reject(errors[attempt++])
    expect(await circuit.run(call, { fallback: () => 'cached' })).toBe('cached')
    const late = Promise.withResolvers<never>()
    const running = circuit.run(() => late.promise, { timeoutMs: 10, idempotent: false }).catch(() => {})
    await clock.advance(10)
    await running
    late.reject(errors[3])
    await clock.advance(0)
    expect(responses.map(({ cancel }) => cancel.mock.calls.length)).toEqual([1, 1, 1, 1])
  })

  const shapes: [string, (stream: Readable) => unknown][] = [
    ['undici.request', body => ({ statusCode: 503, body })],
    ['axios', data => ({ status: 503, data })],
    ['S3', Body => ({ $metadata: { httpStatusCode: 200 }, Body })],
    ['http', stream => Object.assign(stream, { statusCode: 503 })],
  ]
  it.each(shapes)("be it one of Node's streams: %s", async (_, shape) => {
    // As undici's body does, which would end the process.
    const stream = new Readable({ read() {}, destroy: (_, done) => done(new Error('aborted')) })
    expect(await failing(shape(stream), () => 'cached')).toBe('cached')
    await new Promise(resolve => stream.once('close', resolve))
    expect(stream.destroyed).toBe(true)
  })
})

describe('a response is left alone', () => {
  it.each<[string, (answer: Response) => unknown]>([
    ['is it', answer => answer],
    ['passes its body on', answer => new Response(answer.body)],
    ['is its body', answer => answer.body],
    ['has begun to read it', answer => new Response(answer.body!.pipeThrough(new TransformStream()))],
  ])('where the answer of the fallback %s', async (_, answerOf) => {
    const { answer, cancel } = response()
    await failing(answer, () => answerOf(answer))
    expect(cancel).not.toHaveBeenCalled()
  })

  it('where the fallback throws the error it is in', async () => {
    const { answer, cancel } = response()
    const error = Object.assign(new Error('down'), { response: answer })
    const thrown = setUp().circuit.run(() => Promise.reject(error), { fallback: () => Promise.reject(error) })
    await expect(thrown).rejects.toBe(error)
    expect(cancel).not.toHaveBeenCalled()
  })

  it('where something reads it already', async () => {
    const body = new Readable({ read() {} })
    body.on('data', () => {})
    await failing({ statusCode: 503, body }, () => 'cached')
    expect(body.destroyed).toBe(false)
    body.destroy()
  })

  it('where it is none, and may be a connection that others share', async () => {
    const body = new Readable({ read() {} })
    await failing({ body }, () => 'cached')
    await failing(body, () => 'cached')
    expect(body.destroyed).toBe(false)
  })

  it.each([
    ['null', null],
    ['a text', 'down'],
    ['an object without a prototype', Object.assign(Object.create(null), { status: 503, body: {} })],
    [
      'a getter that throws',
      {
        status: 503,
        get body(): never {
          throw new Error('hostile')
        },
      },
    ],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('hostile')
          },
        },
      ),
    ],
    ['a stream that cannot be cancelled', { status: 503, body: { getReader: () => {}, cancel: 1 } }],
  ])('and the fallback answers all the same, where it is %s', async (_, answer) => {
    expect(await failing(answer, () => 'cached')).toBe('cached')
    const thrown = setUp({ classify: () => 'failure' }).circuit.run(() => Promise.reject(answer), {
      fallback: () => 'cached',
    })
    expect(await thrown).toBe('cached')
  })
})
