import { CallTimeoutError, CircuitOpenError, classify } from '@breakwater/circuit'
import {
  BrokenCircuitError,
  BulkheadRejectedError,
  IsolatedCircuitError,
  TaskCancelledError,
} from 'cockatiel'
import { describe, expect, it } from 'vitest'
import { classifyPolicy, isWorthRetrying } from './policy-errors.ts'

const open = new CircuitOpenError('payments', 'failure-rate', 5_000)
const withStatus = (status: number) => Object.assign(new Error(`status ${status}`), { status })

describe('classifyPolicy', () => {
  it.each([
    ['a full bulkhead', new BulkheadRejectedError(1, 0)],
    ['an open breaker of cockatiel', new BrokenCircuitError()],
    ['an isolated one', new IsolatedCircuitError()],
    ['an open circuit', open],
    ['the error of another copy of cockatiel', { isBulkheadRejectedError: true }],
  ])('ignores %s', (_, error) => {
    expect(classifyPolicy({ ok: false, error })).toBe('ignored')
  })

  it.each([
    ['a timeout of cockatiel', new TaskCancelledError()],
    ['a mark that is none', { isBulkheadRejectedError: false }],
    ['a network error', new Error('connection reset')],
    ['nothing', undefined],
    ['null', null],
  ])('takes %s for a failure', (_, error) => {
    expect(classifyPolicy({ ok: false, error })).toMatchObject({ outcome: 'failure' })
  })

  it.each([
    { ok: true, value: 'answer' },
    { ok: true, value: new Response('', { status: 503, headers: { 'Retry-After': '7' } }) },
    { ok: false, error: withStatus(404) },
    { ok: false, error: withStatus(503) },
  ] as const)('leaves the rest to the default: %o', settled => {
    expect(classifyPolicy(settled)).toEqual(classify(settled))
  })

  it('judges a value with a mark by what it is: a value', () => {
    expect(classifyPolicy({ ok: true, value: new BrokenCircuitError() })).toBe('success')
  })
})

describe('isWorthRetrying', () => {
  it.each([
    ['the rejection of an open circuit', open],
    ['the rejection of an open breaker of cockatiel', new BrokenCircuitError()],
    ['the rejection of an isolated one', new IsolatedCircuitError()],
    ['a call after its deadline', new CallTimeoutError('payments', 0)],
    ['an answer of a working dependency', withStatus(404)],
  ])('is false for %s', (_, error) => {
    expect(isWorthRetrying(error)).toBe(false)
  })

  it.each([
    ['a call that timed out', new CallTimeoutError('payments', 100)],
    ['one that cockatiel timed out', new TaskCancelledError()],
    ['one that heeded the signal of a timeout', AbortSignal.abort().reason],
    ['one that AbortSignal.timeout ended', new DOMException('timed out', 'TimeoutError')],
    ['a full bulkhead', new BulkheadRejectedError(1, 0)],
    ['a network error', new Error('connection reset')],
    ['an answer of a broken dependency', withStatus(503)],
    ['one that throttles', withStatus(429)],
    ['nothing', undefined],
    ['null', null],
  ])('is true for %s', (_, error) => {
    expect(isWorthRetrying(error)).toBe(true)
  })

  it('is false for whatever error once the caller has aborted', () => {
    const caller = new AbortController()
    const error = new Error('connection reset')
    expect(isWorthRetrying(error, caller.signal)).toBe(true)
    caller.abort()
    expect(isWorthRetrying(error, caller.signal)).toBe(false)
    expect(isWorthRetrying(caller.signal.reason, caller.signal)).toBe(false)
  })
})
