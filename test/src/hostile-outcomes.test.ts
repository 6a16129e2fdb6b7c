// Whatever a call answers or throws is judged or ignored, its permit is settled, and the caller gets what it would have
// got without the circuit.
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import {
  Circuit,
  type CircuitEvent,
  CircuitOpenError,
  type CircuitOptions,
  classify,
  isRejection,
  type Settled,
} from '@breakwater/circuit'
import { outcomeOf, retryAfterOf } from '@breakwater/circuit/shared'
import { VirtualClock } from '@breakwater/circuit/testing'
import {
  classifyAws,
  classifyFetch,
  classifyGrpc,
  type GuardClientOptions,
  guardClient,
  guardFetch,
  retry,
} from '@breakwater/guards'
import { classifyPolicy, isWorthRetrying } from '@breakwater/guards/cockatiel'
import { circuitBreaker } from '@breakwater/middy'
import middy from '@middy/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../tier.ts'

const classifiers = { classify, classifyAws, classifyFetch, classifyGrpc, classifyPolicy }

/** A hostile value, made anew for each run. */
type Make = () => unknown

const refuse = (): never => {
  throw new Error('not to be read')
}
const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map(name => [name, refuse]))

/** A proxy that throws whatever is done with it; but for `then`, if it is to survive a promise. */
function refusing(target: object, survives: boolean): object {
  const get = (_: object, key: unknown) => (survives && key === 'then' ? undefined : refuse())
  return new Proxy(target, { ...traps, get })
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

/** An error with so many others below, by their causes. */
function deep(levels: number): Error {
  let cause: object = new Error('the first')
  for (let level = 0; level < levels; level++) cause = { name: 'TypeError', message: 'fetch failed', cause }
  return new TypeError('fetch failed', { cause })
}

/** Errors below errors, 20^12 of them by as few objects. */
function wide(last: Error): Error {
  let error = last
  for (let level = 0; level < 12; level++) error = new AggregateError(Array(20).fill(error))
  return error
}

function cyclic(): Error {
  const error = new AggregateError([], 'x')
  error.cause = new Error('y', { cause: error })
  error.errors.push(...Array(20).fill(error))
  return error
}

/** Lists that are billions long, and almost empty. */
function sparse(first: unknown): Error {
  const error = new AggregateError([first])
  const { errors } = error
  errors.length = 2 ** 32 - 1
  return Object.assign(error, { CancellationReasons: errors, details: errors, statusDetails: errors })
}

const unprintable = {
  [Symbol.toPrimitive]: refuse,
  toString: refuse,
  valueOf: refuse,
}

const huge = new AggregateError(Array.from({ length: 100_000 }, () => ({ code: 'ECONNREFUSED' })))

const wholes: readonly Make[] = [
  ...[null, undefined, 0, Number.NaN, 5n, 'text', Symbol('x'), true].map(value => () => value),
  ...[{}, [], () => {}, new Error('x')].flatMap(target => [
    () => refusing(target, true),
    () => refusing(target, false),
    () => revoked(target),
  ]),
  () => unprintable,
  () => Object.freeze(Object.assign(new Error('x'), { status: 503 })),
  () => Object.create(null),
  ...[deep(10_000), cyclic(), huge].map(value => () => value),
  ...[new DOMException('x', 'AbortError'), new CircuitOpenError('other', 'forced-open', 1)]
    .flatMap(error => [wide(error), sparse(error)])
    .map(value => () => value),
  // Responses whose body, which a guard cancels, is hostile.
  ...[undefined, refuse, () => undefined, () => refusing({}, false)].map(cancel => () => ({
    status: 503,
    headers: {},
    body: { getReader: 1, cancel },
    data: { readableFlowing: null, on: cancel },
  })),
  () => Object.defineProperty({ status: 503, headers: {} }, 'body', { get: refuse }),
  () => Response.error(),
  () => new Response('x', { status: 503 }),
]

/** Fields that something reads of an outcome. */
const names = [
  ...[
    'status',
    'statusCode',
    'statusText',
    'headers',
    'multiValueHeaders',
    'response',
    'type',
    'body',
    'pid',
  ],
  ...[
    'name',
    'message',
    'code',
    'cause',
    'errors',
    'stack',
    'constructor',
    'retryAfterMs',
    'details',
    'metadata',
  ],
  ...[
    '$fault',
    '$metadata',
    '$retryable',
    '$response',
    'CancellationReasons',
    'FunctionError',
    'Payload',
    'error',
  ],
  ...['circuit', 'reason', 'isBrokenCircuitError', 'batchItemFailures', 'output', 'errorType', 'package'],
]
const marks = [Symbol.for('breakwater.error'), Symbol.toPrimitive, Symbol.toStringTag, Symbol.iterator]

const headers: readonly Make[] = [
  () => ({ get: 'x', 'retry-after': '7' }),
  () => ({ get: refuse }),
  () => ({ get: () => unprintable }),
  () => ({ 'Retry-After': unprintable }),
  () => ({ 'Retry-After': [Symbol('x')] }),
]
const part = fc.oneof(
  fc.constantFrom(...wholes, ...headers),
  fc
    .constantFrom(0, -1, 200, 404, 429, 503, '503', 1e9, 'AbortError', 'CircuitOpenError', 14)
    .map(value => () => value),
)

/** An object or an error with some of these fields, read or refused. */
const made: fc.Arbitrary<Make> = fc
  .record({
    fields: fc.array(fc.tuple(fc.constantFrom<PropertyKey>(...names, ...marks), part, fc.boolean()), {
      maxLength: 5,
    }),
    isError: fc.boolean(),
    frozen: fc.boolean(),
  })
  .map(({ fields, isError, frozen }) => () => {
    const target: object = isError ? new Error('x') : {}
    for (const [key, make, refused] of fields) {
      const value = make()
      Object.defineProperty(target, key, {
        get: refused ? refuse : () => value,
        configurable: true,
        enumerable: true,
      })
    }
    return frozen ? Object.freeze(target) : target
  })

const hostile = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...wholes) },
  { weight: 4, arbitrary: made },
  {
    weight: 1,
    arbitrary: fc.anything({ withNullPrototype: true, withBigInt: true }).map(value => () => value),
  },
)
const outcome = fc.record({ make: hostile, ok: fc.boolean() })
const classifier = fc.constantFrom(...Object.values(classifiers))

/** How a promise ends. */
type End = { readonly value: unknown } | { readonly error: unknown }
const endOf = (promise: PromiseLike<unknown>): Promise<End> =>
  Promise.resolve(
    promise.then(
      value => ({ value }),
      error => ({ error }),
    ),
  )

/** Calls that answer or throw this very value. */
const callOf = (value: unknown, ok: boolean) => async (): Promise<never> => {
  if (ok) return value as never
  throw value
}

/** True for the same; also for two errors that a promise or the engine made of the same, as of a revoked proxy. */
function same(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  try {
    return one instanceof Error && other instanceof Error && one.message === other.message
  } catch {
    return false
  }
}

function expectSame(end: End, bare: End): void {
  expect(Object.keys(end)).toEqual(Object.keys(bare))
  expect(same(Object.values(end)[0], Object.values(bare)[0])).toBe(true)
}

const fallback: never = {} as never

/** What a call with a fallback ends with: that, or what the call ends with. */
function expectFallbackOr(bare: End, end: End): void {
  if (!('value' in end && end.value === fallback)) expectSame(end, bare)
}

const clock = new VirtualClock()

/** A circuit whose next call is its only probe, and its events. */
async function probing(classify?: CircuitOptions['classify']) {
  const events: CircuitEvent[] = []
  const circuit = new Circuit('probing', {
    clock,
    consecutiveFailures: 1,
    probes: 1,
    recoveryMs: 0,
    listener: event => void events.push(event),
    ...(classify && { classify }),
  })
  await (await circuit.acquire()).fail()
  clock.freeze(600_000)
  events.length = 0
  return { circuit, events }
}

/** One call was counted, and no lease is left. */
async function expectSettled({ circuit, events }: Awaited<ReturnType<typeof probing>>) {
  expect(events.filter(({ type }) => type === 'call')).toHaveLength(1)
  if (circuit.status().state === 'HALF_OPEN') await (await circuit.acquire()).ignore()
}

/** A circuit that is closed, and makes each call twice. */
const retrying = (classify: CircuitOptions['classify'] & {}) =>
  new Circuit('retrying', { clock, classify, retry: retry({ idempotent: true, attempts: 2 }) })

/** How a call ends, through waits for another attempt. */
async function endInTime(promise: PromiseLike<unknown>): Promise<End> {
  const end = endOf(promise)
  await clock.advance(20_000)
  return end
}

const numRuns = runs(100, 5_000)

describe('a hostile outcome', () => {
  it.each(Object.entries(classifiers))('gets a verdict of %s, which does not throw', (_, judge) => {
    fc.assert(
      fc.property(outcome, ({ make, ok }) => {
        const value = make()
        const settled: Settled = ok ? { ok, value } : { ok, error: value }
        const verdict = judge(settled)
        expect(['success', 'failure', 'ignored']).toContain(outcomeOf(verdict))
        expect(retryAfterOf(verdict)).toBeGreaterThanOrEqual(0)
        expect([isWorthRetrying(value), isRejection(value)].map(each => typeof each)).toEqual([
          'boolean',
          'boolean',
        ])
      }),
      { numRuns },
    )
  })

  it.each(Object.entries(classifiers))('passes Circuit.run with %s, and is counted', async (_, judge) => {
    await fc.assert(
      fc.asyncProperty(outcome, async ({ make, ok }) => {
        const call = callOf(make(), ok)
        const bare = await endOf(call())
        const probed = await probing(judge)
        expectSame(await endOf(probed.circuit.run(call)), bare)
        await expectSettled(probed)
        const { circuit } = await probing(judge)
        expectFallbackOr(bare, await endOf(circuit.run(call, { fallback: () => fallback })))
        expectSame(await endInTime(retrying(judge).run(call)), bare)
      }),
      { numRuns },
    )
  })

  it('passes guardFetch, and is counted', async () => {
    const url = 'https://api.example.com/' as never
    await fc.assert(
      fc.asyncProperty(outcome, classifier, async ({ make, ok }, judge) => {
        const call = callOf(make(), ok)
        const bare = await endOf(call())
        const probed = await probing(judge)
        expectSame(await endOf(guardFetch(probed.circuit, { fetch: call })(url)), bare)
        await expectSettled(probed)
        const again = guardFetch(retrying(judge), { fetch: call })
        expectSame(await endInTime(again(url)), bare)
        const init = { breakwater: { fallback: () => fallback } } as never
        expectFallbackOr(bare, await endInTime(again(url, init)))
      }),
      { numRuns },
    )
  })

  it.each(['outcome', 'attempts'] as const)('passes guardClient, and is counted by %s', async count => {
    let call: () => Promise<never>
    let probed = await probing()
    const clientOf = (options?: GuardClientOptions) => {
      const credentials = { accessKeyId: 'x', secretAccessKey: 'x' }
      const client = new DynamoDBClient({ region: 'eu-west-1', maxAttempts: 1, credentials })
      if (options) guardClient(client, { for: () => probed.circuit }, options)
      const { middlewareStack: stack } = client
      const answered = { output: {}, response: {} }
      stack.add(() => async () => answered as never, {
        step: 'deserialize',
        priority: 'low',
        name: 'service',
      })
      // As a middleware of the user would, once the service has answered: right inside of the guard.
      const spoil = (next: (args: object) => Promise<object>) => async (args: object) => {
        await next(args)
        return { output: await call(), response: {} }
      }
      const step = count === 'outcome' ? 'initialize' : 'finalizeRequest'
      stack.add(spoil as never, { step, priority: 'low', name: 'hostile' } as never)
      return client
    }
    const bare = clientOf()
    const guarded = clientOf({ count })
    const answered = clientOf({ count, fallback: () => ({ fallback }) })
    const send = (client: DynamoDBClient) =>
      endOf(client.send(new GetItemCommand({ TableName: 't', Key: { id: { S: '1' } } })))
    await fc.assert(
      fc.asyncProperty(outcome, classifier, async ({ make, ok }, judge) => {
        probed = await probing(judge)
        call = callOf(make(), ok)
        expectSame(await send(guarded), await send(bare))
        await expectSettled(probed)
        probed = await probing(judge)
        const end = await send(answered)
        if (!('value' in end && (end.value as { fallback?: unknown })?.fallback === fallback))
          expectSame(end, await send(bare))
      }),
      { numRuns },
    )
  })

  it('passes the middleware, and is counted', async () => {
    const events = [
      {},
      { httpMethod: 'GET', requestContext: {} },
      { Records: [{ eventSource: 'aws:sqs', messageId: 'm' }] },
    ]
    await fc.assert(
      fc.asyncProperty(outcome, fc.constantFrom(...events), async ({ make, ok }, event) => {
        const probed = await probing()
        const { circuit } = probed
        const value = make()
        const bare = await endOf(middy(callOf(value, ok))(event, {} as never))
        const handler = middy(callOf(value, ok)).use(circuitBreaker({ circuit, clock }))
        const end = await endOf(handler(event, {} as never))
        await expectSettled(probed)
        // The rejection of another circuit is answered.
        if (!ok && isRejection(value)) return
        expectSame(end, bare)
        const { circuit: other } = await probing()
        const answered = middy(callOf(value, ok)).use(
          circuitBreaker({ circuit: other, clock, fallback: () => fallback }),
        )
        expectFallbackOr(bare, await endOf(answered(event, {} as never)))
      }),
      { numRuns },
    )
  })
})
