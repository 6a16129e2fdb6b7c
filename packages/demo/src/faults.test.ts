import { expect, test } from 'vitest'
import { FaultError, parseFault } from './faults.ts'

test.each([
  ['{"mode":"none"}', { mode: 'none' }],
  ['{"mode":"errors"}', { mode: 'errors', rate: 1, status: 503 }],
  ['{"mode":"errors","rate":0.25,"status":500}', { mode: 'errors', rate: 0.25, status: 500 }],
  ['{"mode":"latency"}', { mode: 'latency', rate: 1, latencyMs: 2_000 }],
  ['{"mode":"hang","rate":0}', { mode: 'hang', rate: 0 }],
  ['{"mode":"reset"}', { mode: 'reset', rate: 1 }],
  ['{"mode":"throttle","retryAfterSeconds":5}', { mode: 'throttle', rate: 1, retryAfterSeconds: 5 }],
])('%s', (body, fault) => {
  expect(parseFault(body)).toEqual(fault)
})

test.each([
  ['', 'the body is not JSON; try {"mode":"errors"}'],
  ['[]', 'the body must be an object such as {"mode":"errors"}; got []'],
  ['{}', '"mode" must be one of none, errors, latency, hang, reset, throttle; got nothing'],
  ['{"mode":"slow"}', '"mode" must be one of none, errors, latency, hang, reset, throttle; got "slow"'],
  [
    '{"mode":"toString"}',
    '"mode" must be one of none, errors, latency, hang, reset, throttle; got "toString"',
  ],
  ['{"mode":"errors","rate":2}', '"rate" must be a number from 0 to 1; got 2'],
  ['{"mode":"errors","rate":null}', '"rate" must be a number from 0 to 1; got null'],
  ['{"mode":"errors","status":503.5}', '"status" must be a whole number from 500 to 599; got 503.5'],
  ['{"mode":"latency","latencyMs":"2s"}', '"latencyMs" must be a whole number from 0 to 60000; got "2s"'],
  ['{"mode":"hang","latencyMs":5}', 'mode "hang" takes rate; got "latencyMs"'],
  ['{"mode":"errors","__proto__":1}', 'mode "errors" takes rate and status; got "__proto__"'],
  ['{"mode":"none","rate":1}', 'mode "none" takes no parameters; got "rate"'],
])('%s is refused', (body, message) => {
  expect(() => parseFault(body)).toThrow(new FaultError(message))
})
