import { expect, test } from 'vitest'
import { Tally, WorkflowTally } from './call-counts.ts'

const pending = (cause: string) => JSON.stringify({ receipt: { status: 'pending', via: 'fallback', cause } })

test('counts answers by what they say', () => {
  const tally = new Tally()
  for (let i = 0; i < 7; i += 1) tally.send()
  tally.answer(201, '{"receipt":{"status":"charged","via":"provider"}}')
  tally.answer(202, pending('rejected'))
  tally.answer(202, pending('failed'))
  tally.answer(502, '{"message":"Internal server error"}')
  tally.answer(202, 'not JSON')
  tally.lose('socket hang up')
  expect(tally.calls).toEqual({ sent: 7, succeeded: 1, failed: 4, rejected: 1, fallbacks: 3 })
  expect(tally.pending).toBe(1)
  expect(Object.fromEntries(tally.surprises)).toEqual({
    'answered 502: {"message":"Internal server error"}': 1,
    'not answered: socket hang up': 1,
  })
})

test('keeps a bounded number of different surprises', () => {
  const tally = new Tally()
  for (let i = 0; i < 100; i += 1) tally.answer(500, `error ${i}`)
  expect(tally.surprises.size).toBe(20)
})

test('counts executions by how they were answered', () => {
  const tally = new WorkflowTally()
  for (let sent = 0; sent < 7; sent++) tally.send()
  tally.answer(200, '{}')
  tally.answer(200, '{}')
  tally.answer(503, '{"error":"Breakwater.CircuitOpen","cause":"{}"}')
  tally.answer(503, 'no JSON')
  tally.answer(504, '{"error":"Timeout"}')
  tally.lose()
  expect(tally.workflows).toEqual({
    started: 7,
    succeeded: 2,
    failed: 3,
    circuitOpen: 1,
    byStatusCode: { 200: 2, 503: 2, 504: 1, none: 1 },
  })
})
