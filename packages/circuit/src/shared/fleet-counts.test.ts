import { expect, it } from 'vitest'
import { resolvePolicy, systemClock } from '../index.ts'
import { type ClosedRecord, initialRecord } from '../record.ts'
import { FleetCounts } from './fleet-counts.ts'

const now = 1_800_000_000_000
const record: ClosedRecord = { ...initialRecord, suspectSince: now, suspectUntil: now + 30_000 }

function countsWith(random: number): FleetCounts {
  return new FleetCounts({
    circuit: 'payments',
    environment: 'env-1',
    policy: resolvePolicy({}),
    clock: systemClock,
    random: () => random,
    emit: () => {},
  })
}

it.each([
  [30, 0.99, true],
  [300, 0.09, true],
  [300, 0.11, false],
])(
  'of %i environments that report, one with the random number %d reports: %s',
  (environments, random, reports) => {
    const counts = countsWith(random)
    const [slice] = counts.slicesAt(record, now + 10) as [string]
    counts.learn(slice, { calls: environments, failures: 0, slow: 0, environments, failing: 0 })
    counts.add(true, false, now + 10)
    expect(counts.take(record, now + 10) !== undefined).toBe(reports)
    // What is not reported waits for the next turn.
    expect(counts.waiting).toBe(!reports)
  },
)

it.each([
  ['since the suspicion is reported', 5, false, true],
  ['of before the suspicion led up to it', -5, false, false],
  ['under a generation that is over is void', 5, true, false],
  ['that began later than now is of before the clock was set back', 600_000, false, false],
])('a call %s', (_, beganMs, changed, reported) => {
  const counts = countsWith(0)
  counts.note(now + beganMs, true, false)
  if (changed) counts.clear()
  counts.asked(record, now + 10)
  expect(counts.waiting).toBe(reported)
})
