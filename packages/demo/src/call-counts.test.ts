import { expect, test } from 'vitest'
import { CallCounter, WorkflowCounter } from './call-counts.ts'

const pending = (cause: string) => JSON.stringify({ receipt: { status: 'pending', via: 'fallback', cause } })

test('CallCounter counts answers by what they say', () => {
  const counter = new CallCounter()
  for (let i = 0; i < 7; i += 1) counter.send()
  counter.answer(201, '{"receipt":{"status":"charged","via":"provider"}}')
  counter.answer(202, pending('rejected'))
  counter.answer(202, pending('failed'))
  counter.answer(502, '{"message":"Internal server error"}')
  counter.answer(202, 'not JSON')
  counter.lose('socket hang up')
  expect(counter.counts).toEqual({ sent: 7, succeeded: 1, failed: 4, rejected: 1, fallbacks: 3 })
  expect(counter.pending).toBe(1)
  expect(Object.fromEntries(counter.unexpected)).toEqual({
    'answered 502: {"message":"Internal server error"}': 1,
    'not answered: socket hang up': 1,
  })
})

test('CallCounter keeps a bounded number of unexpected answers', () => {
  const counter = new CallCounter()
  for (let i = 0; i < 100; i += 1) counter.answer(500, `error ${i}`)
  expect(counter.unexpected.size).toBe(20)
})

test('WorkflowCounter counts executions by how they were answered', () => {
  const counter = new WorkflowCounter()
  for (let sent = 0; sent < 7; sent++) counter.send()
  counter.answer(200, '{}')
  counter.answer(200, '{}')
  counter.answer(503, '{"error":"Breakwater.CircuitOpen","cause":"{}"}')
  counter.answer(503, 'no JSON')
  counter.answer(504, '{"error":"Timeout"}')
  counter.lose()
  expect(counter.counts).toEqual({
    started: 7,
    succeeded: 2,
    failed: 3,
    circuitOpen: 1,
    byStatusCode: { 200: 2, 503: 2, 504: 1, none: 1 },
  })
})
