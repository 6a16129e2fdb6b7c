import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/tier.ts'
import {
  type CircuitRecord,
  type Control,
  initialRecord,
  type Lease,
  type OpenRecord,
  resolvePolicy,
  type TripReason,
} from './index.ts'
import { cutOverride, cutTimes } from './shared/cut-times.ts'
import { isRamp, maxSuspicionMs } from './shared/suspect.ts'

const now = 1_800_000_000_000
const minute = 60_000
const hour = 60 * minute

const policies = fc
  .record({
    openMs: fc.constantFrom(100, 5_000),
    maxOpenMs: fc.constantFrom(5_000, 300_000),
    probeLeaseMs: fc.constantFrom(1_000, 30_000),
    recoveryMs: fc.constantFrom(0, 10_000, 100_000),
    consecutiveFailures: fc.constantFrom(undefined, 3),
  })
  .map(options => resolvePolicy(options as object))

/** Times of all kinds: about now, and from clocks that are off by minutes, hours, or altogether. */
const time = fc.oneof(
  fc.integer({ min: now - 20_000, max: now + 20_000 }),
  fc.integer({ min: now - 2 * hour, max: now + 2 * hour }),
  fc.constantFrom(0, 4 * now),
)
const common = {
  generation: fc.nat({ max: 9 }),
  since: time,
  openings: fc.nat({ max: 9 }),
  environment: fc.constant('e'),
}
const reason = fc.constantFrom<TripReason>('failure-rate', 'probe-failed')
const day = 24 * hour
const ms = fc.constantFrom(undefined, 0, 1, 1_000, 45_000, hour, day, day + 1, Number.MAX_SAFE_INTEGER)
const lease = fc
  .record({ id: fc.string(), expiresAt: time, ms })
  .map(({ ms, ...rest }) => (ms === undefined ? rest : { ...rest, ms }))
const closed = fc
  .record({
    state: fc.constant('CLOSED' as const),
    ...common,
    recovering: fc.boolean(),
    suspectSince: time,
    suspectUntil: time,
    calmUntil: time,
  })
  .chain(record => fc.constantFrom(record, { ...record, recovering: true, suspectSince: record.since }))
const records: fc.Arbitrary<CircuitRecord> = fc.oneof(
  closed,
  fc.record({ state: fc.constant('OPEN' as const), ...common, retryAt: time, reason }),
  fc.record({
    state: fc.constant('HALF_OPEN' as const),
    ...common,
    leases: fc.array(lease, { maxLength: 4 }),
    successes: fc.nat({ max: 3 }),
    reason,
  }),
)
const began = fc.oneof(
  fc.integer({ min: 0, max: 60_000 }).map(ms => ({ from: now - ms, until: now })),
  fc.constant({ from: Number.NEGATIVE_INFINITY, until: now }),
)

describe('the times of a stored record', () => {
  it('are cut to what the policy and the present allow, whatever was stored', () => {
    fc.assert(
      fc.property(records, began, policies, (stored, span, policy) => {
        const record = cutTimes(Object.freeze(stored), span, policy, now)
        expect(record.since).toBeGreaterThanOrEqual(span.from)
        expect(record.since).toBeLessThanOrEqual(now)
        if (record.state === 'OPEN') {
          expect(record.retryAt).toBeGreaterThanOrEqual(record.since)
          expect(record.retryAt - record.since).toBeLessThanOrEqual(policy.maxOpenMs)
        } else if (record.state === 'HALF_OPEN') {
          // Held for no longer than it was given for, without that for no longer than this policy gives one, and never
          // for longer than a day.
          const { leases } = stored as typeof record
          const end = ({ ms = policy.probeLeaseMs }: Lease) => now + Math.min(ms, day)
          const expected = leases.map(it => ({ ...it, expiresAt: Math.min(it.expiresAt, end(it)) }))
          expect(record.leases).toEqual(expected)
        } else {
          expect(record.suspectUntil).toBeLessThanOrEqual(now + maxSuspicionMs(policy))
          expect(record.calmUntil).toBeLessThanOrEqual(now + minute)
          expect(isRamp(record)).toBe(isRamp(stored))
        }
        // Only times have changed, and those that are good already stay.
        expect({ ...record, ...times(stored) }).toEqual(stored)
        expect(cutTimes(record, span, policy, now)).toEqual(record)
      }),
      { numRuns: runs(200, 5_000) },
    )
  })

  it('are the same whether or not the clock of their writer was off', () => {
    fc.assert(
      fc.property(
        fc.nat(400_000),
        policies,
        fc.integer({ min: -2 * hour, max: 2 * hour }),
        (openMs, policy, offMs) => {
          const { since, retryAt, ...rest } = open(openMs)
          const written = { ...rest, since: since + offMs, retryAt: retryAt + offMs }
          const justNow = { from: now, until: now }
          expect(cutTimes(written, justNow, policy, now)).toEqual(
            cutTimes(open(openMs), justNow, policy, now),
          )
        },
      ),
      { numRuns: runs(100, 2_000) },
    )
  })

  it('are left alone where they are good: the very object comes back', () => {
    const policy = resolvePolicy({})
    const good: CircuitRecord[] = [
      open(5_000),
      { ...halfOpen, leases: [{ id: 'a', expiresAt: now + 30_000 }] },
      { ...halfOpen, leases: [{ id: 'a', expiresAt: now + 45_000, ms: 45_000 }] },
      {
        ...initialRecord,
        since: now,
        suspectSince: now,
        suspectUntil: now + 20_000,
        calmUntil: now + minute,
      },
    ]
    for (const record of good)
      expect(cutTimes(record, { from: now - 1_000, until: now }, policy, now)).toBe(record)
  })

  it('of an open time that ends before it begins are over at once', () => {
    const backwards = { ...open(5_000), retryAt: now - 1 }
    expect(cutTimes(backwards, { from: now - 1_000, until: now }, resolvePolicy({}), now)).toMatchObject({
      since: now,
      retryAt: now,
    })
  })

  it('of a ramp move with its beginning, those of another suspicion do not', () => {
    const policy = resolvePolicy({ recoveryMs: 10_000 })
    const span = { from: now, until: now }
    const began = now + hour
    const ramp: CircuitRecord = {
      ...initialRecord,
      recovering: true,
      since: began,
      suspectSince: began,
      suspectUntil: began + 10_000,
    }
    expect(cutTimes(ramp, span, policy, now)).toEqual({
      ...ramp,
      since: now,
      suspectSince: now,
      suspectUntil: now + 10_000,
    })
    const suspected = { ...ramp, recovering: false, suspectUntil: now + 5_000 }
    expect(cutTimes(suspected, span, policy, now)).toEqual({ ...suspected, since: now })
  })

  it('of an override are as long as the operator meant', () => {
    const act: Control = { mode: 'FORCED_OPEN', by: 'ana', reason: 'test', at: now }
    const span = { from: now - 1_000, until: now }
    expect(cutOverride(act, span)).toBe(act)
    const timed = { ...act, until: now + minute }
    expect(cutOverride(timed, span)).toBe(timed)
    expect(cutOverride({ ...timed, at: now + hour, until: now + hour + minute }, span).until).toBe(
      now + minute,
    )
    expect(cutOverride({ ...timed, at: now - hour, until: now - hour + minute }, span).until).toBe(
      now - 1_000 + minute,
    )
  })
})

function open(openMs: number): OpenRecord {
  const { recovering, suspectSince, suspectUntil, calmUntil, ...base } = initialRecord
  return { ...base, state: 'OPEN', since: now, retryAt: now + openMs, reason: 'failure-rate' }
}

const halfOpen = {
  state: 'HALF_OPEN',
  generation: 1,
  since: now,
  openings: 1,
  environment: 'e',
  leases: [],
  successes: 0,
  reason: 'failure-rate',
} as const

function times(record: CircuitRecord): object {
  const { since } = record
  if (record.state === 'OPEN') return { since, retryAt: record.retryAt }
  if (record.state === 'HALF_OPEN') return { since, leases: record.leases }
  const { suspectSince, suspectUntil, calmUntil } = record
  return { since, suspectSince, suspectUntil, calmUntil }
}
