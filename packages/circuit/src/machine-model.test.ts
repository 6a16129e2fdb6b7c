import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/tier.ts'
import { type CircuitRecord, initialRecord, type MachineEvent, resolvePolicy, transition } from './index.ts'
import { suspect } from './shared/suspect.ts'

const policy = resolvePolicy({
  probes: 2,
  openMs: 1_000,
  maxOpenMs: 8_000,
  probeLeaseMs: 500,
  recoveryMs: 2_000,
  windowMs: 1_000,
})

/** An independent model of the circuit: a list of facts, and rules over it. */
class Model {
  state = 'CLOSED'
  changes = 0
  openedAt = 0
  closedAt = Number.NEGATIVE_INFINITY
  failedRecoveries = 0
  permits = new Map<string, number>()
  good = 0

  change(state: string): void {
    this.state = state
    this.changes++
    this.permits.clear()
    this.good = 0
  }

  open(now: number, again: boolean): void {
    this.failedRecoveries = again ? this.failedRecoveries + 1 : 0
    this.openedAt = now
    this.change('OPEN')
  }

  /** The open time that a random number of 0 gives. */
  openMs(retryAfterMs: number): number {
    return Math.min(8_000, Math.max(1_000 * 2 ** this.failedRecoveries, retryAfterMs))
  }
}

type Act =
  | { readonly act: 'wait'; readonly ms: number }
  | { readonly act: 'trip'; readonly stale: boolean; readonly retryAfterMs: number }
  | { readonly act: 'acquire' }
  | {
      readonly act: 'probe'
      readonly which: number
      readonly stale: boolean
      readonly outcome: 'success' | 'failure' | 'ignored'
    }

const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ act: fc.constant('wait'), ms: fc.integer({ min: 0, max: 1_500 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('trip'),
      stale: fc.boolean(),
      retryAfterMs: fc.constantFrom(0, 3_000, 1_000_000),
    }),
  },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('acquire') }) },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('probe'),
      which: fc.nat(5),
      stale: fc.constantFrom(false, false, false, true),
      outcome: fc.constantFrom('success', 'success', 'success', 'failure', 'ignored'),
    }),
  },
) as fc.Arbitrary<Act>

/** Plays acts on the machine and on the model, and compares them after each. */
function play(list: readonly Act[]): void {
  const model = new Model()
  let record = initialRecord as CircuitRecord
  let now = 10_000
  let retryAt = 0
  let next = 0
  const given: string[] = []

  const step = (event: MachineEvent) => {
    const before = structuredClone(record)
    const once = transition(Object.freeze(record), event, policy, { now, random: 0, environment: 'e' })
    const twice = transition(Object.freeze(record), event, policy, { now, random: 0, environment: 'e' })
    expect(twice).toEqual(once)
    expect(record).toEqual(before)
    expect(once.generation - record.generation).toBe(once.state === record.state ? 0 : 1)
    record = once
  }

  for (const one of list) {
    if (one.act === 'wait') now += one.ms
    else if (one.act === 'trip') {
      const generation = record.generation - (one.stale ? 1 : 0)
      step({ type: 'trip', generation, reason: 'failure-rate', retryAfterMs: one.retryAfterMs })
      if (model.state === 'CLOSED' && !one.stale) {
        model.open(now, now < model.closedAt + 2_000)
        retryAt = now + model.openMs(one.retryAfterMs)
      }
    } else if (one.act === 'acquire') {
      const lease = `lease-${next++}`
      step({ type: 'acquire', lease, leaseMs: 500 })
      if (model.state === 'OPEN' && now >= retryAt) model.change('HALF_OPEN')
      if (model.state === 'HALF_OPEN') {
        for (const [id, end] of model.permits) if (end <= now) model.permits.delete(id)
        if (model.permits.size < 2) {
          model.permits.set(lease, now + 500)
          given.push(lease)
        }
      }
    } else {
      const lease = given[given.length - 1 - one.which] ?? 'never-given'
      const generation = record.generation - (one.stale ? 1 : 0)
      step({ type: 'probe', generation, lease, outcome: one.outcome, retryAfterMs: 0 })
      const holds = (model.permits.get(lease) ?? 0) > now
      if (model.state === 'HALF_OPEN' && holds && !one.stale) {
        model.permits.delete(lease)
        if (one.outcome === 'failure') {
          model.open(now, true)
          retryAt = now + model.openMs(0)
        } else if (one.outcome === 'success' && ++model.good === 2) {
          model.change('CLOSED')
          model.closedAt = now
        }
      }
    }
    expect([record.state, record.generation]).toEqual([model.state, model.changes])
    if (record.state === 'OPEN') expect(record.retryAt).toBe(retryAt)
    if (record.state === 'HALF_OPEN') {
      const live = record.leases.filter(({ expiresAt }) => expiresAt > now).map(({ id }) => id)
      expect(live.length).toBeLessThanOrEqual(2)
      expect(live).toEqual([...model.permits].filter(([, end]) => end > now).map(([id]) => id))
      expect(record.successes).toBe(model.good)
    }
  }
}

describe('the state machine', () => {
  it('does what the reference model does, whatever happens in whatever order', () => {
    fc.assert(fc.property(fc.array(acts, { maxLength: 60, size: 'max' }), play), {
      numRuns: runs(500, 10_000),
    })
  })

  it('opens for at least the backoff and at most the cap, whatever chance and Retry-After say', () => {
    fc.assert(
      fc.property(
        fc.nat(40),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        fc.nat(10_000_000),
        (openings, random, retryAfterMs) => {
          const half: CircuitRecord = {
            state: 'HALF_OPEN',
            generation: 7,
            since: 0,
            openings,
            environment: 'e',
            leases: [{ id: 'x', expiresAt: 10 }],
            successes: 0,
            reason: 'failure-rate',
          }
          const probe = {
            type: 'probe',
            generation: 7,
            lease: 'x',
            outcome: 'failure',
            retryAfterMs,
          } as const
          const open = transition(half, probe, policy, { now: 1, random, environment: 'f' })
          if (open.state !== 'OPEN') throw new Error(`did not open: ${open.state}`)
          const backoff = Math.min(8_000, 1_000 * 2 ** openings)
          expect(open.retryAt - 1).toBeGreaterThanOrEqual(backoff)
          expect(open.retryAt - 1).toBeLessThanOrEqual(8_000)
          expect(open.openings).toBe(openings + 1)
        },
      ),
    )
  })

  it('is suspicious with one write a window, however many failures there are', () => {
    let record: CircuitRecord = initialRecord
    let writes = 0
    for (let now = 1_000_000; now < 1_010_000; now += 10) {
      const next = suspect(record, policy, now)
      if (next !== record) writes++
      record = next
    }
    expect(writes).toBeLessThanOrEqual(11)
    expect(record).toMatchObject({ suspectSince: 1_000_000, generation: 0 })
  })
})
