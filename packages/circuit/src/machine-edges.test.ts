import { describe, expect, it, vi } from 'vitest'
import { rejection } from './admission.ts'
import { fails, works } from './fleet.fixture.ts'
import {
  Circuit,
  type CircuitRecord,
  initialRecord,
  type MachineEvent,
  resolvePolicy,
  transition,
} from './index.ts'
import { suspect } from './shared/suspect.ts'
import { VirtualClock } from './testing/index.ts'

const now = 1_000_000
const policy = resolvePolicy({
  probes: 2,
  openMs: 1_000,
  maxOpenMs: 8_000,
  recoveryMs: 2_000,
  windowMs: 1_000,
})

function after(record: CircuitRecord, event: MachineEvent, at = now, given = policy): CircuitRecord {
  return transition(record, event, given, { now: at, random: 0, environment: 'e' })
}

const trip = { type: 'trip', generation: 0, reason: 'slow-call-rate', retryAfterMs: 0 } as const
const probe = { type: 'probe', generation: 2, lease: 'a', outcome: 'success', retryAfterMs: 0 } as const
const open = after(initialRecord, trip)
const half = after(open, { type: 'acquire', lease: 'a', leaseMs: 500 }, now + 1_000)

/** A circuit of one environment, opened, and probed until it is closed again. */
async function recovered(random: () => number): Promise<[Circuit, VirtualClock]> {
  const clock = new VirtualClock()
  const circuit = new Circuit('a', { clock, random, probes: 3, minimumCalls: 10, recoveryMs: 10_000 })
  for (let call = 0; call < 10; call++) await circuit.run(fails).catch(() => {})
  await clock.advance(circuit.status().retryAt! - clock.now())
  for (let call = 0; call < 3; call++) await circuit.run(works)
  expect(circuit.status().state).toBe('CLOSED')
  return [circuit, clock]
}

describe('a change of state', () => {
  it('to half-open keeps the reason of the opening, for those it still rejects', () => {
    expect(half).toEqual({
      state: 'HALF_OPEN',
      generation: 2,
      since: now + 1_000,
      openings: 1,
      environment: 'e',
      leases: [{ id: 'a', expiresAt: now + 1_500, ms: 500 }],
      successes: 0,
      reason: 'slow-call-rate',
    })
  })

  it('to closed asks all environments for reports until the ramp is over', () => {
    const once = after(half, probe, now + 1_100)
    const twice = after(once, { type: 'acquire', lease: 'b', leaseMs: 500 }, now + 1_100)
    expect(after(twice, { ...probe, lease: 'b' }, now + 1_200)).toEqual({
      ...initialRecord,
      generation: 3,
      since: now + 1_200,
      openings: 1,
      environment: 'e',
      recovering: true,
      suspectSince: now + 1_200,
      suspectUntil: now + 3_200,
    })
  })

  it('to closed has a ramp however short it is, and none where there is to be none', () => {
    for (const [recoveryMs, recovering] of [
      [0, false],
      [1, true],
    ] as const) {
      const given = resolvePolicy({ probes: 1, recoveryMs })
      expect(after(half, probe, now + 1_100, given)).toMatchObject({ state: 'CLOSED', recovering })
    }
  })
})

describe('what is no change of state', () => {
  it('a probe that says nothing gives its lease back and takes no success away', () => {
    const once = after(half, probe, now + 1_100)
    const twice = after(once, { type: 'acquire', lease: 'b', leaseMs: 500 }, now + 1_100)
    const ignored = after(twice, { ...probe, lease: 'b', outcome: 'ignored' }, now + 1_200)
    expect(ignored).toMatchObject({ state: 'HALF_OPEN', successes: 1, leases: [] })
  })

  it('suspicion leaves a circuit that is not closed as it is', () => {
    expect(suspect(open, policy, now)).toBe(open)
    expect(suspect(half, policy, now)).toBe(half)
  })

  it('suspicion lasts two windows, goes on when renewed from its second half on, and begins anew after its end', () => {
    const first = suspect(initialRecord, policy, now)
    expect(first).toEqual({ ...initialRecord, suspectSince: now, suspectUntil: now + 2_000 })
    expect(suspect(first, policy, now + 999)).toBe(first)
    expect(suspect(first, policy, now + 1_000)).toMatchObject({
      suspectSince: now,
      suspectUntil: now + 3_000,
    })
    expect(suspect(first, policy, now + 1_999)).toMatchObject({ suspectSince: now })
    expect(suspect(first, policy, now + 2_000)).toMatchObject({ suspectSince: now + 2_000 })
  })
})

describe('the backoff', () => {
  it('starts over where no recovery was under way, however recent the last change was', () => {
    const closed: CircuitRecord = { ...initialRecord, since: now - 1, openings: 3 }
    expect(after(closed, trip)).toMatchObject({ openings: 1, retryAt: now + 1_000 })
    expect(after({ ...closed, recovering: true }, trip)).toMatchObject({ openings: 4, retryAt: now + 8_000 })
    // The ramp ends where the last of it is over.
    const ended = { ...closed, recovering: true, since: now - 2_000 }
    expect(after(ended, trip)).toMatchObject({ openings: 1 })
  })
})

describe('a gate', () => {
  it('leaves nothing to chance while all is well', async () => {
    const random = vi.fn(() => 0.5)
    const circuit = new Circuit('a', { clock: new VirtualClock(), random })
    await circuit.run(works)
    expect(random).not.toHaveBeenCalled()
  })

  it('lets in a tenth at the start of the ramp, and no more', async () => {
    let chance = 0
    const [circuit] = await recovered(() => chance)
    chance = 0.1
    await expect(circuit.run(works)).rejects.toMatchObject({ reason: 'recovering' })
    chance = 0.099
    await expect(circuit.run(works)).resolves.toBe('answer')
  })

  it('says that it lets nothing in while it is not closed', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', { clock, random: () => 0, consecutiveFailures: 1, probes: 2 })
    await circuit.run(fails).catch(() => {})
    expect(circuit.status()).toMatchObject({ state: 'OPEN', admittedShare: 0 })
    await clock.advance(5_000)
    await circuit.run(works)
    expect(circuit.status()).toMatchObject({ state: 'HALF_OPEN', admittedShare: 0 })
  })
})

describe('the verdict', () => {
  it('opens at the very rate, not only above it, and not one call below it', async () => {
    const circuit = new Circuit('a', { clock: new VirtualClock(), failureRate: 0.5, minimumCalls: 10 })
    for (let call = 0; call < 6; call++) await circuit.run(works)
    for (let call = 0; call < 5; call++) await circuit.run(fails).catch(() => {})
    expect(circuit.status().state).toBe('CLOSED')
    await circuit.run(fails).catch(() => {})
    expect(circuit.status()).toMatchObject({ state: 'OPEN', reason: 'failure-rate' })
  })

  it('opens for slow calls at the very rate, and not one call below it', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', { clock, slowCallMs: 100, slowCallRate: 0.5, minimumCalls: 10 })
    const slow = async () => clock.advance(100)
    for (let call = 0; call < 6; call++) await circuit.run(works)
    for (let call = 0; call < 5; call++) await circuit.run(slow)
    expect(circuit.status().state).toBe('CLOSED')
    await circuit.run(slow)
    expect(circuit.status()).toMatchObject({ state: 'OPEN', reason: 'slow-call-rate' })
  })

  it('needs no more calls than there are probes while traffic grows back', async () => {
    const [circuit, clock] = await recovered(() => 0)
    await clock.advance(1_000)
    for (let call = 0; call < 2; call++) await circuit.run(fails).catch(() => {})
    expect(circuit.status().state).toBe('CLOSED')
    await circuit.run(fails).catch(() => {})
    expect(circuit.status()).toMatchObject({ state: 'OPEN', reason: 'relapse', openings: 2 })
  })
})

it('a call that is rejected at the end of the open time may try again after the next look, and not at once', () => {
  const open: CircuitRecord = {
    state: 'OPEN',
    generation: 1,
    since: now - 1_000,
    openings: 1,
    environment: 'e',
    retryAt: now,
    reason: 'failure-rate',
  }
  const waits = [-1, 0].map(ms => rejection(open, policy, now + ms)[1])
  expect(waits).toEqual([1, policy.refreshMs])
})
