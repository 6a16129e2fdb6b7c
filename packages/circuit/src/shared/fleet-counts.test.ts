import { expect, it } from 'vitest'
import { resolvePolicy, systemClock } from '../index.ts'
import { type ClosedRecord, initialRecord } from '../record.ts'
import { FleetCounts } from './fleet-counts.ts'

const now = 1_800_000_000_000

it.each([
  [30, 0.99, true],
  [300, 0.09, true],
  [300, 0.11, false],
])(
  'of %i environments that report, one with the random number %d reports: %s',
  (environments, random, reports) => {
    const counts = new FleetCounts({
      circuit: 'payments',
      environment: 'env-1',
      policy: resolvePolicy({}),
      clock: systemClock,
      random: () => random,
      emit: () => {},
    })
    const record: ClosedRecord = { ...initialRecord, suspectSince: now, suspectUntil: now + 30_000 }
    const [slice] = counts.slicesAt(record, now + 10) as [string]
    counts.learn(slice, { calls: environments, failures: 0, slow: 0, environments, failing: 0 })
    counts.add(true, false, now + 10)
    expect(counts.take(record, now + 10) !== undefined).toBe(reports)
    // What is not reported waits for the next turn.
    expect(counts.waiting).toBe(!reports)
  },
)
