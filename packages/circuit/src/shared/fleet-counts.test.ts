import { describe, expect, it } from 'vitest'
import { noReport } from '../counts.ts'
import { type CircuitRecord, type Policy, resolvePolicy, systemClock } from '../index.ts'
import { type ClosedRecord, initialRecord } from '../record.ts'
import { FleetCounts } from './fleet-counts.ts'

const now = 1_800_000_000_000
const record: ClosedRecord = { ...initialRecord, suspectSince: now, suspectUntil: now + 30_000 }

function countsWith(random: number, policy: Policy = {}): FleetCounts {
  return new FleetCounts({
    circuit: 'payments',
    environment: 'env-1',
    policy: resolvePolicy(policy),
    clock: systemClock,
    random: () => random,
    emit: () => {},
  })
}

it.each([
  [30, 0.99, true],
  [60, 0.5, true],
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

const row = { consecutiveFailures: 3 } as const
const open: CircuitRecord = {
  state: 'OPEN',
  generation: 4,
  since: now,
  openings: 1,
  environment: 'env-2',
  retryAt: now + 5_000,
  reason: 'failure-rate',
}
const ramp: ClosedRecord = {
  ...initialRecord,
  generation: 6,
  since: now,
  recovering: true,
  suspectSince: now,
  suspectUntil: now + 10_000,
}

/** The report of one call, or of several. */
const report = (calls: number, environments = 1, failures = 0, failing = 0) => ({
  calls,
  failures,
  slow: 0,
  environments,
  failing,
})

describe('slices of counts', () => {
  const at = (ms: number, from: CircuitRecord = record, policy: Policy = {}) =>
    countsWith(0, policy).slicesAt(from, now + ms)

  it('are half a window long where rates decide, and of each suspicion its own', () => {
    const names = (...numbers: number[]) => numbers.map(number => `0-${now}-${number}`)
    expect(at(0)).toEqual(names(0, -1, -2))
    expect(at(4_999)).toEqual(names(0, -1, -2))
    expect(at(5_000)).toEqual(names(1, 0, -1))
    // By a clock that is behind that of the environment which raised it.
    expect(at(-6_000)).toEqual(names(0, -1, -2))
    expect(at(1_000, { ...record, generation: 2, suspectSince: now + 1 })).toEqual([
      `2-${now + 1}-0`,
      `2-${now + 1}--1`,
      `2-${now + 1}--2`,
    ])
  })

  it('are one where a row of failures decides, and matter for longer than the suspicion lasts', () => {
    const hour = 3_600_000
    expect(at(1_800_000, { ...record, suspectUntil: now + hour }, row)).toEqual([`0-${now}-0`])
    expect(at(1_800_000, { ...record, suspectUntil: now + hour }, { consecutiveFailures: 1 })).toHaveLength(1)
    expect([countsWith(0, row).keepMs, countsWith(0).keepMs]).toEqual([1.5 * hour, 30_000])
  })

  it('of a ramp are a fifth of it, and go by the generation alone', () => {
    expect(at(0, ramp)).toEqual(['6-0', '6--1'])
    expect([at(1_999, ramp), at(2_000, ramp)]).toEqual([
      ['6-0', '6--1'],
      ['6-1', '6-0'],
    ])
    expect(at(2_000, ramp, row)).toEqual(['6-1', '6-0'])
  })

  it('are read only while reports are asked for', () => {
    expect([at(29_999).length, at(30_000).length, at(0, open).length]).toEqual([3, 0, 0])
  })
})

describe('what is known of the slices', () => {
  const slices = countsWith(0).slicesAt(record, now) as [string, string, string]

  it('is summed up, but for environments, which are in each slice anew', () => {
    const counts = countsWith(0)
    counts.learn(slices[0], { calls: 5, failures: 3, slow: 1, environments: 2, failing: 2 })
    counts.learn(slices[1], { calls: 4, failures: 2, slow: 2, environments: 4, failing: 1 })
    expect(counts.sums(record, now)).toEqual({ calls: 9, failures: 5, slow: 3, environments: 4, failing: 2 })
    expect(counts.sums(record, now + 10_000)).toEqual({
      calls: 5,
      failures: 3,
      slow: 1,
      environments: 2,
      failing: 2,
    })
    expect(counts.sums(record, now + 15_000)).toEqual(noReport)
  })

  it('is the larger of two answers, since sums only grow', () => {
    const counts = countsWith(0)
    counts.learn(slices[0], report(3, 2))
    counts.learn(slices[0], report(2, 2))
    expect(counts.sums(record, now).calls).toBe(3)
    // The same number of calls, and an environment more.
    counts.learn(slices[0], report(3, 3))
    expect(counts.sums(record, now).environments).toBe(3)
    counts.learn(slices[0], report(3, 1))
    expect(counts.sums(record, now).environments).toBe(3)
    counts.learn(slices[0], report(3, 3, 2))
    expect(counts.sums(record, now).failures).toBe(2)
    counts.learn(slices[0], report(4, 3, 2))
    expect(counts.sums(record, now)).toEqual(report(4, 3, 2))
  })

  it('is kept of the last four', () => {
    const counts = countsWith(0)
    const names = [0, 1, 2, 3, 4].map(slice => `0-${now}-${slice}`)
    const known = (slice: number) => counts.sums(record, now + slice * 5_000).calls
    for (const name of names.slice(0, 4)) counts.learn(name, report(1))
    expect(known(0)).toBe(1)
    counts.learn(names[4]!, report(1))
    expect([known(0), known(1)]).toEqual([0, 1])
  })
})

describe('a report', () => {
  it('of an environment that has counted nothing is empty', () => {
    const counts = countsWith(0)
    expect([counts.waiting, counts.retryAfterMs]).toEqual([false, 0])
    expect(counts.take(record, now)?.[1]).toEqual(report(0))
  })

  it('has all that was counted, and an environment as often as it counts', () => {
    const counts = countsWith(0)
    const taken = (at: number) => counts.take(record, now + at)
    counts.add(false, false, now)
    counts.add(false, true, now)
    counts.add(true, false, now)
    const slice = `0-${now}-0`
    expect(taken(0)).toEqual([slice, { calls: 3, failures: 1, slow: 1, environments: 1, failing: 1 }])
    counts.add(true, false, now)
    expect(taken(1)).toEqual([slice, { calls: 1, failures: 1, slow: 0, environments: 0, failing: 0 }])
    counts.add(false, false, now)
    expect(taken(5_000)).toEqual([`0-${now}-1`, report(1)])
    counts.add(false, true, now)
    expect(taken(5_001)).toEqual([
      `0-${now}-1`,
      { calls: 1, failures: 0, slow: 1, environments: 0, failing: 1 },
    ])
  })

  it('of calls that were made elsewhere has each bad one as an environment of its own', () => {
    const counts = countsWith(0)
    for (const [failed, slow] of [
      [true, false],
      [false, true],
      [false, false],
    ] as const)
      counts.add(failed, slow, now, true)
    expect(counts.take(record, now)?.[1]).toEqual({
      calls: 3,
      failures: 1,
      slow: 1,
      environments: 1,
      failing: 2,
    })
    // One of its own is one more, once a slice.
    counts.add(true, false, now, true)
    counts.add(true, false, now)
    expect(counts.take(record, now)?.[1].failing).toBe(2)
    counts.add(true, false, now)
    expect(counts.take(record, now)?.[1].failing).toBe(0)
  })

  it('has nothing that is older than a slice', () => {
    const counts = countsWith(0)
    counts.add(true, false, now)
    counts.add(true, false, now + 5_000)
    counts.add(false, true, now + 5_001)
    expect(counts.take(record, now)?.[1]).toMatchObject({ calls: 1, failures: 0, slow: 1 })
  })

  it.each([
    [10, 3],
    [9, 3],
    [8, 2],
  ])('where %i calls are judged has at most %i that the own gate shed', (minimumCalls, shed) => {
    const counts = countsWith(0, { minimumCalls })
    for (let call = 0; call < 9; call++) counts.shed(now)
    expect(counts.take(record, now)?.[1]).toMatchObject({ calls: shed, failures: shed, slow: 0 })
  })
})

describe('the next report is due', () => {
  const due = (counts: FleetCounts, ms: number) => counts.isDue(now + ms)

  it.each([
    [0, 187.5],
    [0.5, 250],
    [0.999, 312.375],
  ])('with a random number of %d after %d ms, where few report', (random, ms) => {
    const counts = countsWith(random)
    expect(due(counts, 0)).toBe(true)
    counts.postpone(record, now)
    expect([due(counts, ms - 0.5), due(counts, ms)]).toEqual([false, true])
  })

  it.each([
    [1, 250],
    [15, 500],
    [30, 1_000],
    [60, 1_000],
  ])('where %i environments report after %i ms', (environments, ms) => {
    const counts = countsWith(0.5)
    counts.learn(`0-${now}-0`, report(1, environments))
    counts.postpone(record, now)
    expect([due(counts, ms - 1), due(counts, ms)]).toEqual([false, true])
  })

  it('once an interval after a window of suspicion, though few report', () => {
    const after = (ms: number) => {
      const counts = countsWith(0.5)
      counts.postpone(record, now + ms)
      return due(counts, ms + 250)
    }
    expect([after(9_999), after(10_000)]).toEqual([true, false])
  })

  it('where it was put off before the clock was set back', () => {
    const counts = countsWith(0.5)
    counts.postpone(record, now + 20_000)
    expect([due(counts, 19_000), due(counts, 18_999)]).toEqual([false, true])
  })
})

describe('calls are a fair sample', () => {
  it('from the millisecond after the suspicion on, of which the environment has read', () => {
    const counts = countsWith(0)
    expect(counts.fairFrom(record)).toBe(Infinity)
    expect(counts.asked(record, now + 10)).toBe(false)
    expect(counts.fairFrom(record)).toBe(now + 1)
    const later = { ...record, suspectSince: now + 5 }
    expect(counts.fairFrom(later)).toBe(Infinity)
    // The call of a workflow begins with a read of its own.
    expect(counts.fairFrom(later, true)).toBe(now + 6)
  })

  it('from the time on at which a suspicion was read of that is ahead of the clock', () => {
    const counts = countsWith(0)
    counts.asked(record, now - 600_000)
    expect(counts.fairFrom(record)).toBe(now - 600_000 + 1)
    expect(counts.suspectedMs(record, now)).toBe(600_000)
  })

  it('all through a ramp, and never while the circuit is not closed', () => {
    const counts = countsWith(0)
    expect(counts.fairFrom(ramp)).toBe(now)
    expect([counts.fairFrom(open), counts.fairFrom(open, true)]).toEqual([Infinity, Infinity])
  })
})

describe('a read that shows a suspicion', () => {
  it('asks for the last two calls, failed and slow as they were, each once', () => {
    const counts = countsWith(0)
    counts.note(now + 1, true, false)
    counts.note(now + 1, false, false)
    counts.note(now + 10, false, true)
    counts.asked(record, now + 10)
    expect(counts.take(record, now + 10)?.[1]).toMatchObject({ calls: 2, failures: 0, slow: 1 })
    counts.asked({ ...record, suspectSince: now + 1 }, now + 20)
    expect(counts.waiting).toBe(false)
  })

  it('asks for calls from the millisecond after it on, up to the present', () => {
    const asked = (startedAt: number) => {
      const counts = countsWith(0)
      counts.note(startedAt, true, false)
      counts.asked(record, now + 10)
      return counts.waiting
    }
    expect([now, now + 1, now + 10, now + 11].map(asked)).toEqual([false, true, true, false])
  })

  it('asks once, and lets go of what was counted for the last one', () => {
    const counts = countsWith(0.5)
    counts.asked(record, now)
    counts.add(true, false, now)
    counts.retryAfterMs = 7
    counts.postpone(record, now)
    expect(counts.asked(record, now + 100)).toBe(false)
    expect([counts.waiting, counts.retryAfterMs, counts.isDue(now)]).toEqual([true, 7, false])
    counts.asked({ ...record, suspectSince: now + 50 }, now + 100)
    expect([counts.waiting, counts.retryAfterMs, counts.isDue(now)]).toEqual([false, 0, true])
  })

  it('is no such read while nothing is suspected', () => {
    const counts = countsWith(0)
    expect(counts.asked(record, now + 30_000)).toBe(false)
    expect(counts.fairFrom(record)).toBe(Infinity)
  })

  it('may have missed reports where a slice is over, but for a ramp, in which the present decides', () => {
    const missed = (from: ClosedRecord, ms: number) => countsWith(0).asked(from, now + ms)
    expect([missed(record, 4_999), missed(record, 5_000)]).toEqual([false, true])
    expect(missed(ramp, 9_000)).toBe(false)
  })
})

it('counts, and calls that were noted, of an earlier generation are void', () => {
  const counts = countsWith(0.5)
  counts.add(true, true, now, true)
  counts.note(now + 1, true, false)
  counts.note(now + 2, true, false)
  counts.retryAfterMs = 7
  counts.postpone(record, now)
  counts.clear()
  expect([counts.waiting, counts.retryAfterMs, counts.isDue(now)]).toEqual([false, 0, true])
  counts.asked(record, now + 10)
  expect(counts.waiting).toBe(false)
  counts.add(false, false, now + 10)
  expect(counts.take(record, now + 10)?.[1]).toEqual(report(1))
})
