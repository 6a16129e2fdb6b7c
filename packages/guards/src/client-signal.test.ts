import { getEventListeners } from 'node:events'
import { DynamoDBClient, type DynamoDBClientConfig, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { isCallTimeoutError } from '@breakwater/circuit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AwsEndpoint, awsError, circuitOf, configOf, startAwsEndpoint } from './aws-endpoint.fixture.ts'
import { guardClient } from './client.ts'
import { retry } from './retry.ts'

let aws: AwsEndpoint
beforeEach(async () => {
  aws = await startAwsEndpoint()
})
afterEach(() => aws.close())

const getItem = () => new GetItemCommand({ TableName: 't', Key: { id: { S: '1' } } })
const dynamoOf = (maxAttempts = 1, extra: DynamoDBClientConfig = {}) =>
  new DynamoDBClient({ ...configOf(aws.endpoint, maxAttempts), ...extra })

/** The error of a call; fails the test if the call threw none. */
const thrown = (sending: Promise<unknown>): Promise<unknown> =>
  sending.then(
    () => expect.unreachable('nothing was thrown'),
    error => error,
  )

describe.each(['outcome', 'attempts'] as const)('counting by %s', count => {
  it('a time limit ends the request, and is not made good by retries of the SDK', async () => {
    const { circuit, clock, outcomes } = circuitOf()
    const client = guardClient(dynamoOf(3), circuit, { count, timeoutMs: 800 })
    aws.answers('hang')
    const hung = aws.hung()
    const error = thrown(client.send(getItem()))
    const { closed } = await hung
    await clock.advance(800)
    expect(await error).toSatisfy(isCallTimeoutError)
    await closed
    expect(outcomes()).toEqual(['failure'])
    expect(aws.requests).toEqual(['GetItem'])
    expect(clock.pending).toBe(0)
  })

  it("what a request past its limit ends with does not touch the circuit's next attempt", async () => {
    const { circuit, clock, outcomes } = circuitOf({
      retry: retry({ attempts: 2, baseMs: 10, idempotent: true }),
    })
    const client = guardClient(dynamoOf(), circuit, { count, timeoutMs: 800 })
    const inner: Promise<unknown>[] = []
    client.middlewareStack.add(
      next => args => {
        const handled = next(args)
        inner.push(handled.catch(error => error))
        return handled
      },
      { step: 'finalizeRequest', priority: 'low' },
    )
    aws.answers('hang')
    const hung = aws.hung()
    const sending = client.send(getItem())
    const { closed } = await hung
    await clock.advance(800)
    await closed
    expect(await inner[0]).toMatchObject({ name: 'AbortError' })
    await clock.advance(10)
    expect((await sending).$metadata.httpStatusCode).toBe(200)
    expect(outcomes()).toEqual(['failure', 'success'])
  })

  it("the circuit's own limit ends it as well, beside the caller's signal", async () => {
    const { circuit, clock, outcomes } = circuitOf({ timeoutMs: 500 })
    const client = guardClient(dynamoOf(), circuit, { count, fallback: error => ({ Item: { error } }) })
    const { signal } = new AbortController()
    aws.answers('hang')
    const hung = aws.hung()
    const sending = client.send(getItem(), { abortSignal: signal })
    const { closed } = await hung
    await clock.advance(500)
    expect((await sending).Item?.error).toSatisfy(isCallTimeoutError)
    await closed
    expect(outcomes()).toEqual(['failure'])
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it.each([undefined, new Error('shopper left'), 'a text'])(
    "a caller's abort ends the request, and counts neither way: %s",
    async reason => {
      const { circuit, clock, outcomes } = circuitOf({ timeoutMs: 500 })
      const fallback = vi.fn(() => ({}))
      const client = guardClient(dynamoOf(3), circuit, { count, fallback })
      const caller = new AbortController()
      aws.answers('hang')
      const hung = aws.hung()
      const error = thrown(client.send(getItem(), { abortSignal: caller.signal }))
      const { closed } = await hung
      caller.abort(reason)
      expect(await error).toMatchObject({ name: 'AbortError' })
      await closed
      expect(outcomes()).toEqual(['ignored'])
      expect(fallback).not.toHaveBeenCalled()
      expect(clock.pending).toBe(0)
    },
  )

  it('an abort before the call counts neither way', async () => {
    const { circuit, outcomes } = circuitOf()
    const client = guardClient(dynamoOf(), circuit, { count })
    const error = await thrown(client.send(getItem(), { abortSignal: AbortSignal.abort() }))
    expect(error).toMatchObject({ name: 'AbortError' })
    expect(outcomes()).toEqual(['ignored'])
    expect(aws.requests).toEqual([])
  })

  it("a guard leaves no listener on a caller's signal", async () => {
    const { circuit, outcomes } = circuitOf({ timeoutMs: 500 })
    const client = guardClient(dynamoOf(), circuit, { count })
    const { signal } = new AbortController()
    for (let call = 0; call < 50; call++) await client.send(getItem(), { abortSignal: signal })
    expect(outcomes()).toHaveLength(50)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('an error of a request that a foreign middleware hid from the guard still counts', async () => {
    const { circuit, outcomes } = circuitOf()
    const client = guardClient(dynamoOf(), circuit, { count })
    client.middlewareStack.add(
      next =>
        ({ input, request }) =>
          next({ input, request }),
      {
        step: 'finalizeRequest',
        priority: 'low',
      },
    )
    aws.answers('reset')
    await expect(client.send(getItem())).rejects.toThrow('ECONNRESET')
    expect(outcomes()).toEqual(['failure'])
  })
})

it('a guarded client makes no further attempt once the time is over', async () => {
  const { circuit, clock } = circuitOf()
  const backoff = Promise.withResolvers<void>()
  const retrying = Promise.withResolvers<void>()
  const retryStrategy = configOf(aws.endpoint, 3).retryStrategy
  const refresh = retryStrategy.refreshRetryTokenForRetry.bind(retryStrategy)
  retryStrategy.refreshRetryTokenForRetry = async (token, info) => {
    retrying.resolve()
    await backoff.promise
    return refresh(token, info)
  }
  const client = guardClient(dynamoOf(3, { retryStrategy }), circuit, { timeoutMs: 800 })
  let inner: Promise<unknown> = Promise.resolve()
  client.middlewareStack.add(next => args => {
    const handled = next(args)
    inner = thrown(handled)
    return handled
  })
  aws.answers(awsError('InternalServerError', 500))
  const error = thrown(client.send(getItem()))
  await retrying.promise
  await clock.advance(800)
  expect(await error).toSatisfy(isCallTimeoutError)
  backoff.resolve()
  expect(await inner).toMatchObject({ name: 'AbortError' })
  expect(aws.requests).toEqual(['GetItem'])
})

it('a guarded client lets a caller end a stream after the command is done', async () => {
  const { circuit, outcomes } = circuitOf({ timeoutMs: 500 })
  const client = guardClient(new S3Client({ ...configOf(aws.endpoint), forcePathStyle: true }), circuit)
  const caller = new AbortController()
  aws.answers({ status: 200, body: 'the beginning', unfinished: true })
  const object = new GetObjectCommand({ Bucket: 'b', Key: 'k' })
  const { Body } = await client.send(object, { abortSignal: caller.signal })
  const reading = thrown(Body!.transformToString())
  caller.abort()
  expect(await reading).toMatchObject({ message: 'aborted' })
  expect(outcomes()).toEqual(['success'])
})

it('a guarded client keeps no connection of a stream that a fallback replaced', async () => {
  const bodies: unknown[] = []
  const { circuit } = circuitOf({
    classify(settled) {
      if (settled.ok) bodies.push((settled.value as { Body: unknown }).Body)
      return 'failure'
    },
  })
  const client = guardClient(new S3Client({ ...configOf(aws.endpoint), forcePathStyle: true }), circuit, {
    fallback: () => ({ Body: 'cached' }),
  })
  aws.answers({ status: 200, body: 'the beginning', unfinished: true })
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'b', Key: 'k' }))
  expect(Body).toBe('cached')
  expect(bodies).toEqual([expect.objectContaining({ destroyed: true })])
})

it('a guarded client ends the request by the limit of either of two guards', async () => {
  const outer = circuitOf()
  const inner = circuitOf()
  const client = guardClient(dynamoOf(), outer.circuit, { timeoutMs: 300 })
  guardClient(client, inner.circuit, { name: 'inner', count: 'attempts', timeoutMs: 900 })
  aws.answers('hang')
  const hung = aws.hung()
  const error = thrown(client.send(getItem()))
  const { closed } = await hung
  await outer.clock.advance(300)
  expect(await error).toSatisfy(isCallTimeoutError)
  await closed
  expect(outer.outcomes()).toEqual(['failure'])
})

describe('a request handler', () => {
  const answer = () => ({ response: { statusCode: 200, headers: {}, body: new Uint8Array() } })

  it('is taken over once, and passes what is not guarded as it came', async () => {
    const { circuit } = circuitOf()
    const handle = vi.fn(async (_request: unknown, _options?: object) => answer())
    const requestHandler = { handle }
    const guarded = guardClient(dynamoOf(1, { requestHandler: requestHandler as never }), circuit)
    const free = dynamoOf(1, { requestHandler: requestHandler as never })
    const send = (client: DynamoDBClient) => client.send(getItem(), { requestTimeout: 7 }).catch(() => {})
    await send(guarded)
    const { handle: once } = requestHandler
    await send(guarded)
    expect(requestHandler.handle).toBe(once)
    await send(free)
    const options = handle.mock.calls.map(([, given]) => given)
    const heeding = { requestTimeout: 7, abortSignal: expect.any(AbortSignal) }
    expect(options).toMatchObject([heeding, heeding, { requestTimeout: 7 }])
    expect(options[2]).not.toHaveProperty('abortSignal')
  })

  it('that is frozen still leaves the wait bounded', async () => {
    const { circuit, clock } = circuitOf()
    const called = Promise.withResolvers<void>()
    const handle = () => new Promise<never>(() => called.resolve())
    const requestHandler = Object.freeze({ handle })
    const client = dynamoOf(1, { requestHandler: requestHandler as never })
    const error = thrown(guardClient(client, circuit, { timeoutMs: 100 }).send(getItem()))
    await called.promise
    await clock.advance(100)
    expect(await error).toSatisfy(isCallTimeoutError)
  })

  it("is given the caller's signal where that is only a look-alike", async () => {
    const { circuit } = circuitOf()
    const handle = vi.fn(async (_request: unknown, _options?: { abortSignal?: unknown }) => answer())
    const client = guardClient(dynamoOf(1, { requestHandler: { handle } as never }), circuit)
    const abortSignal = { aborted: false, onabort: null }
    await client.send(getItem(), { abortSignal }).catch(() => {})
    expect(handle.mock.calls[0]?.[1]?.abortSignal).toBe(abortSignal)
  })
})
