import type { CircuitState } from '@breakwater/circuit'
import { expect, test } from 'vitest'
import type { Transition } from './fleet-watch.ts'
import { type DemoResult, summarise } from './summary.ts'

/** Changes along `states`, one at each of the times 1000, 2000, … */
function chain(...states: CircuitState[]): Transition[] {
  return states.slice(1).map((to, i) => ({
    at: (i + 1) * 1_000,
    circuit: 'payments',
    from: states[i] as CircuitState,
    to,
    generation: i + 1,
    environment: 'env-1',
    reason: 'failure-rate',
  }))
}

const survived: DemoResult = {
  environments: 5,
  awareEnvironments: 5,
  transitions: chain('CLOSED', 'OPEN', 'HALF_OPEN', 'OPEN', 'HALF_OPEN', 'CLOSED'),
  calls: { sent: 100, succeeded: 40, failed: 10, rejected: 50, fallbacks: 60 },
  unexpected: new Map(),
  sentAt: Array.from({ length: 100 }, (_, i) => i * 60),
  chargedAt: [500, 1_000, 2_000, 2_500, 3_999, 4_000],
  store: { reads: 20, writes: 10 },
  workflows: {
    started: 3,
    succeeded: 1,
    failed: 1,
    circuitOpen: 1,
    byStatusCode: { 200: 1, 500: 1, 503: 1 },
  },
  recycle: {
    secret: 'shop/database',
    candidates: 5,
    stale: 4,
    recycled: 2,
    skipped: [
      { service: 'reports', reason: 'not-opted-in' },
      { service: 'ledger', reason: 'code-deploy' },
      { service: 'audit-log', reason: 'pinned-version' },
    ],
    failed: 0,
  },
  fullTraffic: true,
}

const problemsOf = (changes: Partial<DemoResult>) => summarise({ ...survived, ...changes }).problems

test('an outage that was survived is ok', () => {
  const { summary, problems } = summarise(survived)
  expect(problems).toEqual([])
  expect(summary).toEqual({
    ok: true,
    environments: 5,
    transitions: survived.transitions,
    calls: survived.calls,
    provider: { received: 6, receivedWhileOpen: 2 },
    store: { reads: 20, writes: 10 },
    workflows: survived.workflows,
    recycle: survived.recycle,
  })
})

test.each([
  ['none that succeeded', { succeeded: 0, failed: 2 }, ['no workflow succeeded']],
  ['none rejected', { circuitOpen: 0, failed: 2 }, ['no workflow was rejected by the open circuit']],
  ['one without an answer', { started: 4 }, ['some workflows were not answered']],
])('of the workflows there must not be %s', (_, changes, expected) => {
  expect(problemsOf({ workflows: { ...survived.workflows, ...changes } })).toEqual(expected)
})

test.each([
  ['no recycle', undefined, ['the rotated secret led to no recycle']],
  ['a failed one', { recycled: 1, failed: 1 }, ['1 services were recycled, 1 failed; expected 2']],
  ['one too many', { skipped: [] }, ['services were left alone for other reasons: none']],
])('a rotation must not end with %s', (_, changes, expected) => {
  expect(problemsOf({ recycle: changes && { ...survived.recycle!, ...changes } })).toEqual(expected)
})

test.each([
  [
    'nothing',
    chain('CLOSED'),
    ['never went from CLOSED to OPEN', 'OPEN to HALF_OPEN', 'HALF_OPEN to CLOSED'],
  ],
  ['no probe', chain('CLOSED', 'OPEN'), ['OPEN to HALF_OPEN', 'HALF_OPEN to CLOSED', 'ended OPEN']],
  ['no recovery', chain('CLOSED', 'OPEN', 'HALF_OPEN', 'OPEN'), ['HALF_OPEN to CLOSED', 'ended OPEN']],
  ['a relapse', chain('CLOSED', 'OPEN', 'HALF_OPEN', 'CLOSED', 'OPEN'), ['ended OPEN']],
  [
    'a change that two environments made',
    survived.transitions.toSpliced(1, 0, ...survived.transitions.slice(0, 1)),
    ['after OPEN (generation 1) came CLOSED to OPEN (generation 1)'],
  ],
  [
    'a change that no environment reported',
    survived.transitions.toSpliced(2, 1),
    ['after HALF_OPEN (generation 2) came OPEN to HALF_OPEN (generation 4)'],
  ],
])('%s is not ok', (_what, transitions, expected) => {
  const { summary, problems } = summarise({ ...survived, transitions })
  expect(summary.ok).toBe(false)
  for (const text of expected) expect(problems).toContainEqual(expect.stringContaining(text))
  expect(problems).toHaveLength(expected.length)
})

test.each([
  [{ awareEnvironments: 3 }, '3 of 5 environments knew that the circuit was open; expected at least 4'],
  [{ calls: { ...survived.calls, succeeded: 39 } }, '1 of 100 calls have no answer'],
  [{ calls: { ...survived.calls, succeeded: 0, failed: 50 } }, 'no call succeeded'],
  [{ calls: { ...survived.calls, rejected: 0, failed: 60 } }, 'no call was shed'],
  [{ calls: { ...survived.calls, fallbacks: 0 } }, 'no fallback answered'],
  [{ unexpected: new Map([['answered 502: {}', 2]]) }, '2 calls were answered 502: {}'],
  [
    { chargedAt: [1_100, 1_200, 1_300, 3_100] },
    'the provider received 4 of the 34 calls made while the circuit was open',
  ],
  [{ fullTraffic: false }, 'traffic did not flow in full again'],
])('%j is not ok', (changes, problem) => {
  expect(problemsOf(changes)).toEqual([problem])
})
