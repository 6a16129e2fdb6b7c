import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { Circuit, isCallTimeoutError } from '@breakwater/circuit'
import { settle, VirtualClock } from '@breakwater/circuit/testing'
import middy from '@middy/core'
import type { Callback, Context, Handler, StreamifyHandler } from 'aws-lambda'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { currentDeadline, withDeadline } from './deadline.ts'

const start = 1_800_000_000_000
const streaming = Symbol.for('aws.lambda.runtime.handler.streaming')
const highWaterMark = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark')
const context = { getRemainingTimeInMillis: () => 3_000 } as Context

type AnyHandler = (...args: never) => unknown

/** Marks a handler as Lambda's runtime does. */
function streamify<H extends AnyHandler>(handler: H, size?: number): H {
  return Object.assign(handler, { [streaming]: 'response', ...(size && { [highWaterMark]: size }) })
}

/** Calls a handler as Lambda's runtime does; resolves with what it answered or streamed. */
async function invoke(handler: AnyHandler): Promise<unknown> {
  const call = handler as unknown as (...args: unknown[]) => unknown
  if ((handler as { [streaming]?: string })[streaming] === 'response') {
    const responseStream = new PassThrough()
    const [written] = await Promise.all([text(responseStream), call({}, responseStream, context)])
    return written
  }
  // The runtime of Node 24 refuses handlers that look as if they answered by a callback.
  const isAsync = handler.constructor.name === 'AsyncFunction'
  if (isAsync || handler.length < 3) return call({}, context, () => {})
  return new Promise((resolve, reject) => {
    call({}, context, (error: unknown, answer: unknown) => (error ? reject(error) : resolve(answer)))
  })
}

beforeEach(() => {
  vi.useFakeTimers({ now: start, toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const writesDeadline: StreamifyHandler<unknown, void> = async (_event, responseStream) => {
  await pipeline(Readable.from([`${currentDeadline()}`]), responseStream)
}

describe('withDeadline of a streaming handler', () => {
  it.each<[string, () => AnyHandler]>([
    ['around streamifyResponse, where the marker was lost', () => withDeadline(streamify(writesDeadline))],
    [
      'inside of streamifyResponse, where there was no deadline',
      () => streamify(withDeadline(writesDeadline)),
    ],
    ['on both sides', () => withDeadline(streamify(withDeadline(writesDeadline)))],
  ])('works %s', async (_, handler) => {
    expect(await invoke(handler())).toBe(`${start + 2_500}`)
  })

  it('keeps the size of the buffer that the handler asks for', () => {
    const handler = withDeadline(streamify(async (_: unknown, __: PassThrough) => {}, 7))
    expect(Reflect.get(handler, highWaterMark)).toBe(7)
  })

  it('ends a guarded call in time to write something else', async () => {
    const clock = new VirtualClock(start)
    const circuit = new Circuit('model', { clock })
    const handler = withDeadline(
      streamify(async (_event: unknown, responseStream: PassThrough, _context: Context) => {
        const tokens = new PassThrough()
        tokens.write('first ')
        await circuit
          .run(signal => pipeline(tokens, responseStream, { signal, end: false }))
          .catch(error => responseStream.end(isCallTimeoutError(error) ? 'and cut' : String(error)))
      }),
    )
    const written = invoke(handler)
    await settle()
    await clock.advance(2_500)
    expect(await written).toBe('first and cut')
    expect(circuit.status().calls.failures).toBe(1)
  })

  it('has types for both orders', () => {
    expectTypeOf(withDeadline(writesDeadline)).toExtend<StreamifyHandler<unknown, void>>()
    const orders = () => [
      withDeadline(awslambda.streamifyResponse(writesDeadline)),
      awslambda.streamifyResponse(withDeadline(writesDeadline)),
    ]
    expectTypeOf(orders).returns.toExtend<StreamifyHandler<unknown, void>[]>()
    const refused = () =>
      // @ts-expect-error: a text is neither a context nor a stream
      withDeadline((_: unknown, wrong: string) => wrong)
    expectTypeOf(refused).toBeFunction()
  })
})

describe('withDeadline of another handler', () => {
  it('leaves a handler that answers by a callback one', async () => {
    const handler = withDeadline((_event: unknown, _context: Context, callback: Callback) => {
      setImmediate(() => callback(null, currentDeadline()))
    })
    expect(handler.length).toBe(3)
    expect(await invoke(handler)).toBe(start + 2_500)
    const typed: Handler = (_event, _context, callback) => callback(null, 'typed')
    expect(await invoke(withDeadline(typed))).toBe('typed')
  })

  it('leaves an async handler one that Lambda knows as such, however many parameters it has', async () => {
    const handler = withDeadline(async (_event: unknown, _context: Context, _callback: unknown) =>
      currentDeadline(),
    )
    expect(handler.constructor.name).toBe('AsyncFunction')
    expect(await invoke(handler)).toBe(start + 2_500)
  })

  it('keeps its name, its number of parameters, its marks and its `this`', () => {
    const mark = Symbol('traced')
    const service = {
      id: 7,
      handle(_event: unknown, _context?: Context) {
        return this.id
      },
    }
    Object.assign(service.handle, { [mark]: true, version: 2 })
    const original = service.handle
    service.handle = withDeadline(service.handle)
    expect([service.handle.name, service.handle.length]).toEqual(['handle', 2])
    expect({ ...service.handle }).toEqual({ [mark]: true, version: 2 })
    expect(service.handle({}, context)).toBe(7)
    Object.assign(service.handle, { [streaming]: 'response' })
    expect({ ...original }).toEqual({ [mark]: true, version: 2 })
  })

  it("has none of Middy's methods, which would return a handler without a deadline", () => {
    const handler = withDeadline(middy(async () => currentDeadline()))
    expect(handler).not.toHaveProperty('use')
  })
})
