import { describe, expect, it } from 'vitest'
import { circuitOf, contextOf, versions } from './chain.fixture.ts'
import { rest, sqs } from './events.fixture.ts'
import { circuitBreaker } from './index.ts'

const refuse = () => {
  throw new TypeError('not for you')
}
const chain = (length: number) => {
  let error: unknown = new Error('the first')
  for (let link = 0; link < length; link++) error = { cause: error }
  return error
}
const ring: { cause?: unknown } = {}
ring.cause = ring

const values: [string, unknown][] = [
  ['null', null],
  ['undefined', undefined],
  ['a number', 0],
  ['a symbol', Symbol('answer')],
  ['a function', refuse],
  ['an object without a prototype', Object.create(null)],
  ['a frozen error', Object.freeze(new Error('frozen'))],
  [
    'a proxy that refuses all',
    new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse, getPrototypeOf: () => null }),
  ],
  ['a revoked proxy', revoked()],
  ['a getter that throws', Object.defineProperty({}, 'statusCode', { get: refuse })],
  ['a cause that throws', Object.defineProperty({}, 'cause', { get: refuse })],
  [
    'a rejection whose fields throw',
    Object.defineProperty({ name: 'CircuitOpenError' }, 'retryAfterMs', { get: refuse }),
  ],
  ['a chain of 10,000 causes', chain(10_000)],
  ['causes in a circle', ring],
  ['headers that throw', { statusCode: 503, headers: new Proxy({}, { get: refuse, ownKeys: refuse }) }],
  [
    'failures that throw',
    { batchItemFailures: [Object.defineProperty({}, 'itemIdentifier', { get: refuse })] },
  ],
  ['an envelope that throws', { response: new Proxy({}, { get: refuse }) }],
]

function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** What a promise settled with, in a box: a proxy that refuses all cannot be the value of a promise. */
const boxed = (running: Promise<unknown>) =>
  running.then(
    value => ({ value }),
    (error: unknown) => ({ error }),
  )

describe.each(versions)('whatever a handler throws under $version', ({ middy }) => {
  it.each(values)('the caller gets it, and the permit is settled: %s', async (_, value) => {
    for (const event of [rest, sqs(['a'])]) {
      const { circuit, clock, outcomes } = circuitOf({ consecutiveFailures: 9 })
      const handler = middy(async (_: unknown) => {
        throw value
      }).use(circuitBreaker({ circuit, clock }))
      const box = await boxed(handler(event, contextOf()))
      expect('error' in box && Object.is(box.error, value)).toBe(true)
      expect(outcomes()).toHaveLength(1)
      expect(clock.pending).toBe(0)
    }
  })
})

describe.each(versions)('whatever a handler answers under $version', ({ middy }) => {
  // A promise looks for `then` in its value, so such a proxy is never an answer.
  it.each(values.filter(([name]) => !name.includes('proxy')))(
    'the caller gets it, and the permit is settled: %s',
    async (_, value) => {
      for (const event of [rest, sqs(['a'])]) {
        const { circuit, clock, outcomes } = circuitOf({ consecutiveFailures: 9 })
        const handler = middy(async (_: unknown) => value).use(circuitBreaker({ circuit, clock }))
        const box = await boxed(handler(event, contextOf()))
        expect('value' in box && Object.is(box.value, value)).toBe(true)
        expect(outcomes()).toHaveLength(1)
        expect(clock.pending).toBe(0)
      }
    },
  )
})
