import { expect, it } from 'vitest'
import { WorkflowTally } from './workflow-tally.ts'

it('counts executions by how they were answered', () => {
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
