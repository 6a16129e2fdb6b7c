import { expect, it } from 'vitest'
import { CallTimeoutError, CircuitOpenError, isCircuitOpenError, isRejection, StoreError } from './index.ts'

const rejected = () => new CircuitOpenError('payments', 'failure-rate', 4_200, 'fleet')
const errors = [rejected(), new CallTimeoutError('payments', 50), new StoreError('throttled', 'SET')]

it.each(errors)('assigning message or name to %s threw a TypeError', error => {
  const { name } = error
  expect(Object.getOwnPropertyNames(error)).toEqual(expect.arrayContaining(['message', 'name', 'stack']))
  Object.assign(error, { message: 'mine', name: 'Mine', status: 418, headers: { a: 'b' }, extra: 1 })
  expect(error).toMatchObject({ message: 'mine', name: 'Mine', status: 418, headers: { a: 'b' }, extra: 1 })
  expect(isCircuitOpenError(error)).toBe(name === 'CircuitOpenError')
})

it.each([
  ['CircuitOpenError', rejected(), ['circuit', 'reason', 'retryAfterMs', 'scope']],
  ['CallTimeoutError', new CallTimeoutError('payments', 50), ['circuit', 'timeoutMs']],
  ['StoreError', new StoreError('throttled', 'SET', { cause: 'c' }), ['kind']],
])('a clone, JSON or copy of %s lost what it says', (name, error, fields) => {
  expect(structuredClone(error)).toMatchObject({ message: error.message, stack: error.stack })
  expect(structuredClone(error).cause).toBe(error.cause)
  expect(String(error)).toBe(`${name}: ${error.message}`)
  const kept = JSON.parse(JSON.stringify(new Error('outer', { cause: error }).cause))
  expect(kept).toMatchObject({ name })
  expect(Object.keys(kept).sort()).toEqual(['name', ...fields].sort())
  expect({ ...error }).toEqual(kept)
})

it('the message of a rejection named what is behind an API; a log shows it all the same', () => {
  const error = rejected()
  expect(error).toMatchObject({ statusCode: 503, status: 503, expose: true, headers: { 'Retry-After': '5' } })
  expect(error.message).toBe('Temporarily unavailable; retry in 5 s')
  expect(new CircuitOpenError('a', 'forced-open', 0)).toMatchObject({
    message: 'Temporarily unavailable; retry in 1 s',
    headers: { 'Retry-After': '1' },
  })
})

it('control characters of a name reached a message as they were', () => {
  const name = 'a\u0000\u001b[2J\u007f\u0085\u2028\u202e\r\nb'
  for (const { message } of [new CallTimeoutError(name, 5), new CircuitOpenError(name, 'relapse', 5)])
    expect(message).not.toMatch(/\p{Control}|[\u2028-\u202e]/u)
})

class OfAnotherCopy extends Error {
  get [Symbol.for('breakwater.error')]() {
    return 'CircuitOpenError'
  }
}
const cyclic = new Error('a')
cyclic.cause = new Error('b', { cause: cyclic })
let deep: unknown = rejected()
for (let level = 0; level < 10_000; level++) deep = { cause: deep }

it.each<[what: string, error: unknown, expected: boolean]>([
  ['its own class', rejected(), true],
  ['another copy of the package', new OfAnotherCopy(), true],
  ['JSON', JSON.parse(JSON.stringify(rejected())), true],
  ['a Lambda function', { errorType: 'CircuitOpenError', errorMessage: 'x' }, true],
  ['a workflow', { error: 'Breakwater.CircuitOpen', cause: '{}' }, true],
  ['a workflow, as an Error', Object.assign(new Error('x'), { name: 'Breakwater.CircuitOpen' }), true],
  ['a cause', new Error('a', { cause: new Error('b', { cause: rejected() }) }), true],
  [
    'Promise.any over circuits',
    new AggregateError([rejected(), new Error('a', { cause: rejected() })]),
    true,
  ],
  ['Promise.any with another error', new AggregateError([rejected(), new Error('down')]), false],
  ['no errors at all', new AggregateError([]), false],
  ['a timeout', new CallTimeoutError('payments', 5), false],
  ['an error', new Error('CircuitOpenError'), false],
  ['causes in a circle', cyclic, false],
  ['ten thousand causes', deep, false],
  ['nothing', undefined, false],
  ['null', null, false],
  ['a text', 'CircuitOpenError', false],
])('isRejection knows a rejection by %s', (_, error, expected) => {
  expect(isRejection(error)).toBe(expected)
})

it('isRejection comes to an end with errors that hold each other many times over, and never throws', () => {
  let all: Error = new CircuitOpenError('a', 'failure-rate', 5)
  for (let level = 0; level < 12; level++) all = new AggregateError(Array(20).fill(all))
  expect(isRejection(all)).toBe(false)
  const many = Array.from({ length: 200 }, () => new CircuitOpenError('a', 'failure-rate', 5))
  expect(isRejection(new AggregateError(many))).toBe(true)
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  expect([
    isRejection(proxy),
    isCircuitOpenError(proxy),
    isRejection(new Error('x', { cause: proxy })),
  ]).toEqual([false, false, false])
})
