import { describe, expect, it } from 'vitest'
import { fails, TestFleet, works } from '../fleet.fixture.ts'
import type { Admission, CallResult } from '../gate.ts'
import { type Audit, Circuit, type Control, type Policy, resolvePolicy } from '../index.ts'
import { LocalGate } from '../local-gate.ts'
import { type CircuitRecord, initialRecord } from '../record.ts'
import type { ReadQuery, StoredCircuit } from '../store.ts'
import { FaultyStore, settle, VirtualClock } from '../testing/index.ts'
import { MemoryStore } from './memory-store.ts'
import { SharedGate } from './shared-gate.ts'

const act = { by: 'ana', reason: 'provider migrates' }

/** A gate over a store of its own, whose record a test writes, and the gate of its environment. */
async function gateOver(record: Partial<CircuitRecord> = {}, policy: Policy = {}) {
  const clock = new VirtualClock()
  const store = new FaultyStore(new MemoryStore(), clock)
  const chance = { now: 0.5 }
  const scope = {
    circuit: 'payments',
    environment: 'here',
    policy: resolvePolicy(policy),
    clock,
    random: () => chance.now,
    emit: () => {},
  }
  const local = new LocalGate(scope)
  const gate = new SharedGate(store, local, scope)
  const write = async (fields: Partial<CircuitRecord>) => {
    const { revision } = await store.read({ circuit: 'payments', consistent: true })
    await store.write('payments', { ...initialRecord, ...fields } as CircuitRecord, revision, clock.now())
    await gate.refresh()
  }
  if (Object.keys(record).length > 0) await write(record)
  const ask = (detached?: boolean) => gate.ask(clock.now(), 1_000, detached)
  const end = (admission: Admission, outcome: CallResult['outcome'], retryAfterMs = 0) => {
    const now = clock.now()
    return gate.settle(admission, { outcome, slow: false, retryAfterMs, startedAt: now, at: now, now })
  }
  const fail = (generation: number) =>
    local.settle(local.ask(clock.now(), 1_000, false, generation) as Admission, {
      outcome: 'failure',
      slow: false,
      retryAfterMs: 0,
      startedAt: clock.now(),
      at: clock.now(),
      now: clock.now(),
    })
  return { clock, store, chance, local, gate, write, ask, end, fail }
}

const start = new VirtualClock().now()
const open = {
  state: 'OPEN',
  generation: 1,
  since: start - 10_000,
  openings: 1,
  environment: 'there',
  retryAt: start,
  reason: 'failure-rate',
} as const
const suspect = { generation: 2, suspectSince: start, suspectUntil: start + 20_000 } as const

describe('a call is admitted', () => {
  it('in no gate of this environment, where it is made elsewhere', async () => {
    const { ask } = await gateOver()
    expect(await ask(true)).toStrictEqual({
      generation: 0,
      localGeneration: -1,
      lease: undefined,
      detached: true,
    })
  })

  it('as a probe under the generations of both gates', async () => {
    const { ask, local } = await gateOver(open)
    expect(await ask()).toStrictEqual({
      generation: 2,
      localGeneration: local.record.generation,
      lease: { id: expect.any(String), of: 'fleet' },
    })
  })

  it('under the generation of the fleet, whatever that of the gate of this environment is', async () => {
    const { ask, local } = await gateOver({ generation: 7 })
    expect(await ask()).toStrictEqual({
      generation: 7,
      localGeneration: local.record.generation,
      lease: undefined,
    })
    expect(local.record.generation).not.toBe(7)
  })

  it('while traffic grows back, by the time of now and not by that of the last read', async () => {
    const { clock, chance, ask } = await gateOver(
      { generation: 3, since: start, recovering: true, suspectSince: start, suspectUntil: start + 10_000 },
      { recoveryMs: 10_000 },
    )
    chance.now = 0.35
    expect(await ask()).toMatchObject({ state: 'CLOSED' })
    await clock.advance(4_000)
    expect(await ask()).toMatchObject({ generation: 3, lease: undefined })
  })
})

it('an election that was lost because the circuit has closed rejected a call', async () => {
  const fleet = new TestFleet(2, { probes: 1, recoveryMs: 0 })
  await fleet.open()
  await fleet.clock.advance(20_000)
  const [late, other] = fleet.environments as [Circuit, Circuit]
  await late.refresh()
  await other.run(works)
  expect(other.status().state).toBe('CLOSED')
  await expect(late.run(works)).resolves.toBe('answer')
})

it('a probe that fails with a Retry-After keeps the circuit open for as long', async () => {
  const { clock, ask, end, gate } = await gateOver(open)
  await end((await ask()) as Admission, 'failure', 100_000)
  expect(gate.record).toMatchObject({ state: 'OPEN', openings: 2 })
  expect('retryAt' in gate.record && gate.record.retryAt - clock.now()).toBeGreaterThanOrEqual(100_000)
})

describe('while the store is away', () => {
  it('what the fleet had opened is the state in force, unless this environment sheds by itself', async () => {
    const { clock, store, gate, fail } = await gateOver(
      { ...open, retryAt: start + 60_000 },
      { consecutiveFailures: 1 },
    )
    store.fail({ error: 'unavailable' })
    await clock.advance(1_500)
    await gate.freshen(clock.now())
    await settle()
    expect(gate.health).toBe('unavailable')
    expect(gate.record).toMatchObject({ state: 'OPEN', environment: 'there' })
    expect(gate.scope).toBe('fleet')
    fail(1)
    expect(gate.record).toMatchObject({ state: 'OPEN', environment: 'here' })
  })

  it('this environment opens at the rate itself; with the fleet, only well above it', async () => {
    const halfFails = async (away: boolean) => {
      const fleet = new TestFleet(1, { failureRate: 0.5, minimumCalls: 10 })
      const [circuit] = fleet.environments as [Circuit]
      await circuit.run(works)
      if (away) fleet.store.fail({ error: 'unavailable' })
      await fleet.clock.advance(2_500)
      await circuit.run(works)
      for (let call = 0; call < 6; call++) await circuit.run(call % 2 ? works : fails).catch(() => {})
      for (let call = 0; call < 2; call++) await circuit.run(fails).catch(() => {})
      return circuit.status().shedding
    }
    expect([await halfFails(true), await halfFails(false)]).toEqual([true, false])
  })
})

describe('a call that the gate of this environment sheds is reported as failed', () => {
  const policy = { consecutiveFailures: 1, openMs: 60_000, windowMs: 10_000, probes: 1 } as const

  it('for a window after that gate opened, and no longer', async () => {
    const shed = async (ms: number) => {
      const { clock, store, ask, write, fail } = await gateOver({ generation: 2 }, policy)
      fail(2)
      await clock.advance(ms)
      const now = clock.now()
      await write({ generation: 2, suspectSince: now - 1, suspectUntil: now + 20_000 })
      await clock.advance(0)
      expect(await ask()).toMatchObject({ state: 'OPEN', environment: 'here' })
      await settle()
      return store.requests.add
    }
    expect([await shed(9_999), await shed(10_000)]).toEqual([1, 0])
  })

  it('not while that gate probes', async () => {
    const { clock, store, ask, write, fail, local } = await gateOver(
      { generation: 2 },
      { ...policy, openMs: 1_000, maxOpenMs: 1_000 },
    )
    fail(2)
    await clock.advance(1_200)
    const now = clock.now()
    await write({ generation: 2, suspectSince: now - 1, suspectUntil: now + 20_000 })
    expect(await ask()).toMatchObject({ lease: { of: 'environment' } })
    expect(local.record.state).toBe('HALF_OPEN')
    expect(await ask()).toMatchObject({ state: 'HALF_OPEN' })
    await settle()
    expect(store.requests.add).toBe(0)
  })
})

it('an outcome that is ignored is not reported', async () => {
  const { clock, store, ask, end } = await gateOver(suspect)
  await clock.advance(10)
  const admission = (await ask()) as Admission
  await end(admission, 'ignored')
  expect(store.requests.add).toBe(0)
  await end(admission, 'success')
  expect(store.requests.add).toBe(1)
})

/** A store whose acts are answered when a test says so, with a revision of its choice, and whose reads may lag. */
class ActStore extends MemoryStore {
  held: Promise<void> | undefined
  revision: number | undefined
  past: StoredCircuit | undefined

  override async read(query: ReadQuery): Promise<StoredCircuit> {
    return this.past ?? super.read(query)
  }

  override async control(circuit: string, control: Control | undefined, audit: Audit): Promise<number> {
    const revision = await super.control(circuit, control, audit)
    await this.held
    return this.revision ?? revision
  }
}

it('an override holds at once, though a restored table gives it a smaller revision than was known', async () => {
  const store = new ActStore()
  const circuit = new Circuit('payments', { store, clock: new VirtualClock() })
  await circuit.forceClosed(act)
  store.revision = 1
  await circuit.forceOpen(act)
  expect(circuit.status().state).toBe('FORCED_OPEN')
})

it('an override holds at once, though a read has shown one of before it while it was made', async () => {
  const store = new ActStore()
  const clock = new VirtualClock()
  const [here, there] = ['here', 'there'].map(
    environment => new Circuit('payments', { store, clock: { ...clock }, environment }),
  ) as [Circuit, Circuit]
  await here.run(works)
  await there.forceClosed({ by: 'bo', reason: 'it is needed' })
  store.past = await store.read({ circuit: 'payments' })
  let answer = () => {}
  store.held = new Promise<void>(resolve => {
    answer = resolve
  })
  const forced = here.forceOpen(act)
  await here.refresh()
  expect(here.status().state).toBe('FORCED_CLOSED')
  answer()
  await forced
  expect(here.status().state).toBe('FORCED_OPEN')
})
