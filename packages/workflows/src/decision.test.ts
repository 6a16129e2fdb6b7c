import {
  type CircuitRecord,
  type Control,
  initialRecord,
  type ResolvedPolicy,
  resolvePolicy,
  type TripReason,
} from '@breakwater/circuit'
import { maxLeaseMs } from '@breakwater/circuit/shared'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/tier.ts'
import { admissionOf, admittedShare, rejection } from '../../circuit/src/admission.ts'
import { cutTimes } from '../../circuit/src/shared/cut-times.ts'
import { decisionOf } from './decision.ts'
import { evaluate } from './evaluate.fixture.ts'
import { batchGetItemResult, type Item, inStepFunctionsCasing, storedItems } from './items.fixture.ts'

const now = 1_800_000_000_000
const hour = 3_600_000
const policy = resolvePolicy({})

const decide = (items: readonly Item[], chance = 0.5, of: ResolvedPolicy = policy) =>
  decideOn(batchGetItemResult(items), chance, of)

const decideOn = (result: unknown, random = 0.5, of: ResolvedPolicy = policy) =>
  evaluate(decisionOf('payments', of), { states: { result }, now, random })

/** The decision of a Circuit with the same record and override. */
function expected(stored: CircuitRecord, control: Control | undefined, of: ResolvedPolicy, random: number) {
  const record = withoutWrongTimes(stored, of)
  const mode = control && now < (control.until ?? Infinity) ? control.mode : undefined
  const uncounted = { circuit: 'payments', token: { generation: -1, startedAt: now } }
  const counted = { circuit: 'payments', token: { generation: record.generation, startedAt: now } }
  const rejected = (reason: string, wait: number) => ({
    decision: 'reject',
    reason,
    retryAfterMs: Math.max(0, Math.ceil(wait)),
  })
  if (mode === 'FORCED_CLOSED') return { ...uncounted, decision: 'run' }
  // A state or an override that has not begun yet is for the gate to judge.
  const ahead = stored.since > now && mode !== 'FORCED_OPEN'
  if (ahead || (mode && control!.until !== undefined && control!.at > now)) {
    return { ...counted, decision: 'acquire' }
  }
  if (mode === 'FORCED_OPEN') {
    return { ...counted, ...rejected('forced-open', (control?.until ?? now + of.openMs) - now) }
  }
  const answer = admissionOf(record, of, now, () => random)
  if (answer === 'probe') return { ...counted, decision: 'acquire' }
  if (answer === 'reject') {
    return mode === 'OBSERVE_ONLY'
      ? { ...uncounted, decision: 'run' }
      : { ...counted, ...rejected(...rejection(record, of, now)) }
  }
  const recorded =
    record.state === 'CLOSED' && (now < record.suspectUntil || admittedShare(record, of, now) < 1)
  return { ...counted, decision: recorded ? 'record' : 'run' }
}

/** The record without what no clock could mean by now. */
function withoutWrongTimes(stored: CircuitRecord, of: ResolvedPolicy): CircuitRecord {
  const until = { from: Number.NEGATIVE_INFINITY, until: now }
  if (stored.state === 'OPEN') return cutTimes(stored, until, of, now)
  if (stored.state === 'HALF_OPEN') {
    return {
      ...stored,
      leases: stored.leases.filter(
        ({ expiresAt, ms = of.probeLeaseMs }) => expiresAt <= now + Math.min(ms, maxLeaseMs),
      ),
    }
  }
  return stored.suspectUntil <= now + hour ? stored : { ...stored, suspectUntil: 0 }
}

// The exact limits of times and ramps among all others.
const time = fc.oneof(
  fc.integer({ min: now - 40_000, max: now + 40_000 }),
  fc.constantFrom(
    ...[0, 1, -1, -9_999, -10_000, -35_000, -1_000, 30_000, 30_001, hour, hour + 1].map(
      offset => now + offset,
    ),
  ),
)
const common = {
  generation: fc.nat({ max: 1e9 }),
  since: time,
  openings: fc.nat({ max: 20 }),
  environment: fc.string(),
}
const reason = fc.constantFrom<TripReason>('failure-rate', 'slow-call-rate', 'probe-failed', 'relapse')
const ms = fc.constantFrom(0, 1, 30_000, 40_000, hour, Number.MAX_SAFE_INTEGER)
const lease = fc.oneof(
  fc.record({ id: fc.string({ minLength: 1 }), expiresAt: time }),
  fc.record({ id: fc.string({ minLength: 1 }), expiresAt: time, ms }),
)
const record: fc.Arbitrary<CircuitRecord> = fc.oneof(
  fc.record({
    state: fc.constant('CLOSED' as const),
    ...common,
    recovering: fc.boolean(),
    suspectSince: time,
    suspectUntil: time,
    calmUntil: time,
  }),
  fc.record({ state: fc.constant('OPEN' as const), ...common, retryAt: time, reason }),
  fc.record({
    state: fc.constant('HALF_OPEN' as const),
    ...common,
    leases: fc.array(lease, { maxLength: 6 }),
    successes: fc.nat({ max: 3 }),
    reason,
  }),
)
const control: fc.Arbitrary<Control> = fc
  .record({
    mode: fc.constantFrom('FORCED_OPEN' as const, 'FORCED_CLOSED' as const, 'OBSERVE_ONLY' as const),
    by: fc.string({ minLength: 1 }),
    reason: fc.string({ minLength: 1 }),
    at: time,
    until: fc.option(time, { nil: undefined }),
  })
  .map(({ until, ...rest }) => (until === undefined ? rest : { ...rest, until }))
const policies = fc
  .record({
    recoveryMs: fc.constantFrom(1, 10_000, 35_000),
    probes: fc.integer({ min: 1, max: 5 }),
    maxOpenMs: fc.constantFrom(5_000, 300_000),
  })
  .map(given => resolvePolicy(given))

const closed: CircuitRecord = { ...initialRecord, generation: 7 }
const open: CircuitRecord = {
  state: 'OPEN',
  generation: 7,
  since: now,
  openings: 1,
  environment: 'a',
  retryAt: now + 4_000.4,
  reason: 'failure-rate',
}
const forced: Control = { mode: 'FORCED_OPEN', by: 'ana', reason: 'test', at: now }

const oneProbe = resolvePolicy({ probes: 1, recoveryMs: 10_000 })
const halfOpen: CircuitRecord = {
  ...open,
  state: 'HALF_OPEN',
  leases: [{ id: 'a', expiresAt: now + 1 }],
  successes: 0,
}
/** One of each kind of decision, so that all are compared whatever the seed is. */
const ofEachKind: [CircuitRecord | undefined, Control | undefined, ResolvedPolicy, number, boolean][] = [
  [undefined, undefined, oneProbe, 0.5, false],
  [{ ...closed, suspectUntil: now + 1 }, undefined, oneProbe, 0.5, false],
  [{ ...closed, recovering: true, since: now }, undefined, oneProbe, 0.9999, false],
  [open, undefined, oneProbe, 0.5, false],
  [{ ...open, retryAt: now - 1 }, undefined, oneProbe, 0.5, false],
  [halfOpen, undefined, oneProbe, 0.5, false],
  [undefined, forced, oneProbe, 0.5, false],
]

it('the decision decides as the circuit itself does, whatever the store has written', async () => {
  const decisions = new Set<string>()
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })
  const random = fc.oneof(
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    fc.constantFrom(0, 0.0999, 0.1, 0.105, 0.9999),
  )
  await fc.assert(
    fc.asyncProperty(
      optional(record),
      optional(control),
      policies,
      random,
      fc.boolean(),
      async (stored, override, of, chance, recased) => {
        const items = await storedItems('payments', stored, override)
        const expectedDecision = expected(stored ?? initialRecord, override, of, chance)
        expect(await decide(recased ? items.map(inStepFunctionsCasing) : items, chance, of)).toEqual(
          expectedDecision,
        )
        decisions.add('reason' in expectedDecision ? expectedDecision.reason : expectedDecision.decision)
      },
    ),
    { numRuns: runs(300, 3_000), examples: ofEachKind },
  )
  // Every kind of decision occurred.
  const kinds = ['run', 'record', 'acquire', 'forced-open', 'half-open', 'recovering', 'failure-rate']
  expect([...decisions]).toEqual(expect.arrayContaining(kinds))
}, 60_000)

describe('lets calls run, and does not count them, where the items cannot be read', () => {
  const unguarded = { circuit: 'payments', decision: 'run', token: { generation: -1, startedAt: now } }
  const cases: [string, (item: Item) => Item][] = [
    ['another schema version', item => ({ ...item, schema: { N: '1' } })],
    ['no schema version', ({ schema, ...item }) => item],
    ['an unknown state', item => ({ ...item, state: { S: 'AJAR' } })],
    ['no state', ({ state, ...item }) => item],
    ['a time of another type', item => ({ ...item, retryAt: { S: 'soon' } })],
    ['no time', ({ retryAt, ...item }) => item],
    ['no reason', ({ reason, ...item }) => item],
    ['no generation', ({ generation, ...item }) => item],
  ]
  it.each(cases)('%s', async (_, change) => {
    const [item] = await storedItems('payments', open)
    expect(await decide([item!])).toMatchObject({ decision: 'reject', retryAfterMs: 4_001 })
    expect(await decide([change(item!)])).toEqual(unguarded)
  })

  it('a closed circuit without its flag', async () => {
    const [{ recovering, ...item }] = (await storedItems('payments', closed)) as [Item]
    expect(await decide([item])).toEqual(unguarded)
    expect(await decide([{ ...item, recovering: { S: 'no' } }])).toEqual(unguarded)
    expect(await decide([{ ...item, recovering: recovering! }])).toMatchObject({ token: { generation: 7 } })
  })

  it('an override of another schema version, or of an unknown mode', async () => {
    const [item] = await storedItems('payments', undefined, forced)
    expect(await decide([item!])).toMatchObject({ decision: 'reject', reason: 'forced-open' })
    expect(await decide([{ ...item!, schema: { N: '1' } }])).toEqual(unguarded)
    expect(await decide([{ ...item!, mode: { S: 'AJAR' } }])).toEqual(unguarded)
  })

  it('keys that DynamoDB throttled', async () => {
    const items = await storedItems('payments', open)
    const UnprocessedKeys = { circuits: { Keys: [{ circuit: { S: 'payments' } }] } }
    expect(await decideOn({ ...batchGetItemResult(items), UnprocessedKeys })).toEqual(unguarded)
  })

  it('a time that is no number is an error, which the check catches', async () => {
    const [item] = await storedItems('payments', open)
    await expect(decide([{ ...item!, retryAt: { N: 'soon' } }])).rejects.toThrow()
  })
})

it('the decision treats a released override as none', async () => {
  const [item] = await storedItems('payments', undefined, forced)
  expect(await decide([{ ...item!, mode: { S: 'RELEASED' } }])).toMatchObject({ decision: 'run' })
})

it('the decision lets calls run where there is neither state nor override', async () => {
  expect(await decide([])).toEqual({
    circuit: 'payments',
    decision: 'run',
    token: { generation: 0, startedAt: now },
  })
})

it('the decision takes the circuit from an expression, and any characters in a name', async () => {
  const name = 'it\'s "50 %" {of}\\'
  const states = { result: batchGetItemResult([]), input: { tenant: 'acme' } }
  expect(await evaluate(decisionOf(name, policy), { states, now })).toMatchObject({ circuit: name })
  const dynamic = decisionOf("{% 'tenant-' & $states.input.tenant %}", policy)
  expect(await evaluate(dynamic, { states, now })).toMatchObject({ circuit: 'tenant-acme' })
})

it('the decision does not divide by a ramp that takes no time', async () => {
  const items = await storedItems('payments', {
    ...closed,
    recovering: true,
    since: now,
  } as CircuitRecord)
  expect(await decide(items, 0.5, resolvePolicy({ recoveryMs: 0 }))).toMatchObject({ decision: 'run' })
})

describe('an environment whose clock was an hour ahead', () => {
  it('shut workflows out for an hour: they ask the gate, which remembers when it has seen that first', async () => {
    const ahead = { since: now + hour, retryAt: now + hour + 5_000 }
    const [state] = await storedItems('payments', { ...open, ...ahead })
    expect(await decide([state!])).toMatchObject({ decision: 'acquire' })
    const override = { ...forced, at: now + hour, until: now + hour + 60_000 }
    expect(await decide(await storedItems('payments', undefined, override))).toMatchObject({
      decision: 'acquire',
    })
    const leases = [{ id: 'a', expiresAt: now + hour }]
    const probed = await storedItems('payments', { ...halfOpen, leases })
    expect(await decide(probed, 0.5, oneProbe)).toMatchObject({ decision: 'acquire' })
    const long = { ...halfOpen, leases: [{ id: 'a', expiresAt: now + hour, ms: hour }] }
    expect(await decide(await storedItems('payments', long), 0.5, oneProbe)).toMatchObject({
      decision: 'reject',
    })
  })

  it('had each success recorded for longer than a suspicion lasts', async () => {
    const suspected = async (ms: number) => storedItems('payments', { ...closed, suspectUntil: now + ms })
    expect(await decide(await suspected(hour))).toMatchObject({ decision: 'record' })
    expect(await decide(await suspected(hour + 1))).toMatchObject({ decision: 'run' })
  })
})

it('an open time that was written under a longer maxOpenMs is cut to that of the workflow', async () => {
  const items = await storedItems('payments', { ...open, retryAt: now + 300_000 })
  const given = resolvePolicy({ openMs: 1_000, maxOpenMs: 2_000 })
  expect(await decide(items, 0.5, given)).toMatchObject({ decision: 'reject', retryAfterMs: 2_000 })
})
