import { expect, it, vi } from 'vitest'
import { fails, openFleet, TestFleet, works } from './fleet.fixture.ts'
import { Circuit, Circuits, initialRecord, resolvePolicy, transition } from './index.ts'
import { MemoryStore } from './shared/index.ts'
import { FaultyStore, VirtualClock } from './testing/index.ts'

const minuteMs = 60_000

it('a table that takes 600 ms is slow and not away: its answers count, and no failure is reported', async () => {
  const fleet = await openFleet(5, { latencyMs: 600 })
  await fleet.play(30_000, 50, works)
  expect(fleet.environments.map(circuit => circuit.status().state)).toEqual(Array(5).fill('CLOSED'))
  expect(fleet.events.filter(({ type }) => type === 'store-failure')).toEqual([])
  expect(fleet.events.filter(event => event.type === 'transition' && event.scope === 'environment')).toEqual(
    [],
  )
})

it('a lease that is written after this environment went on alone announces no state a second time', async () => {
  const fleet = await openFleet(1, { latencyMs: 0 })
  const [circuit] = fleet.environments as [Circuit]
  await fleet.clock.advance(6_000)
  // The first probe is under way, the next permit asked for, and its answer takes long, when the probe fails.
  let failNow = () => {}
  const probe = circuit.run(() => new Promise((_, reject) => (failNow = () => reject(new Error('down')))))
  probe.catch(() => {})
  await fleet.clock.advance(10)
  fleet.store.fail({ latencyMs: 900, operations: ['write'] })
  circuit.run(works).catch(() => {})
  await fleet.clock.advance(10)
  fleet.store.fail({ error: 'throttled', operations: ['write'] })
  failNow()
  await fleet.clock.advance(100)
  expect(circuit.status()).toMatchObject({ state: 'OPEN', scope: 'environment' })
  fleet.store.heal()
  await fleet.play(60_000, 500, works)
  const generations = fleet.transitions.map(transition => transition.split(' ')[0])
  expect(generations).toEqual([...new Set(generations)])
})

it.each([
  ['hangs', 5],
  ['answers again', 1],
])('a table that %s costs an environment that is frozen between its calls few reads', async (now, reads) => {
  const fleet = new TestFleet(1)
  const [circuit] = fleet.environments as [Circuit]
  const call = async (frozenMs: number) => {
    fleet.clock.freeze(frozenMs)
    await circuit.run(works)
    await fleet.clock.advance(20)
  }
  await call(0)
  fleet.store.fail({ error: 'throttled' })
  await call(3_000)
  expect(circuit.status().store).toBe('unavailable')
  if (now === 'hangs') fleet.store.fail({ hang: true })
  else fleet.store.heal()
  const before = fleet.store.requests.read
  for (let second = 0; second < 30 && circuit.status().store === 'unavailable'; second++) await call(2_000)
  // A read after a pause of about 1, 2, 4, 8 and 16 seconds, and each takes two calls to be given up.
  expect(fleet.store.requests.read - before).toBeLessThanOrEqual(reads)
  expect(circuit.status().store).toBe(now === 'hangs' ? 'unavailable' : 'available')
})

it('for permits of a table that hangs five calls wait at a time, whatever the circuits', async () => {
  const clock = new VirtualClock()
  const store = new FaultyStore(new MemoryStore(), clock)
  const tenants = new Circuits({ clock, store })
  const keys = Array.from({ length: 100 }, (_, key) => tenants.for(`tenant-${key}`))
  const trip = { type: 'trip', generation: 0, reason: 'failure-rate', retryAfterMs: 0 } as const
  const step = { now: clock.now(), random: 0, environment: 'another' }
  const open = transition(initialRecord, trip, resolvePolicy({}), step)
  for (const { name } of keys) await store.write(name, open, 0, clock.now())
  await clock.advance(6_000)
  for (const circuit of keys) await circuit.refresh()
  store.fail({ hang: true, operations: ['write'] })
  let waited = 0
  for (const circuit of keys) {
    const from = clock.now()
    const called = circuit.run(works).catch(() => {})
    void called.then(() => void (clock.now() > from && waited++))
    await clock.advance(10)
  }
  await clock.advance(1_000)
  // Until writes are known to fail, after a second: those of the first 25 ms, and then five every 250 ms.
  expect(waited).toBeLessThanOrEqual(3 + 4 * 5)
})

it('of a hanging table an environment that is frozen between its calls knows after two of them', async () => {
  const fleet = new TestFleet(1)
  const [circuit] = fleet.environments as [Circuit]
  await circuit.run(works)
  fleet.store.fail({ hang: true })
  for (let call = 0; call < 3; call++) {
    fleet.clock.freeze(10_000)
    circuit.run(works).catch(() => {})
    await fleet.clock.advance(260)
  }
  expect(circuit.status().store).toBe('unavailable')
})

it('writes that fail side by side are one failure of the store, and not twenty', async () => {
  const fleet = new TestFleet(1, { storeWaitMs: 250 })
  const [circuit] = fleet.environments as [Circuit]
  await circuit.run(works)
  fleet.store.fail({ error: 'throttled', operations: ['write', 'add'] })
  await Promise.allSettled(Array.from({ length: 20 }, () => circuit.run(fails)))
  fleet.store.heal()
  await fleet.play(3_000, 100, works)
  expect(circuit.status().store).toBe('available')
})

it('calls at once on an OPEN whose time is over take a permit each, one write a permit', async () => {
  const fleet = new TestFleet(1, { probes: 3 })
  await fleet.open()
  await fleet.clock.advance(20_000)
  const [circuit] = fleet.environments as [Circuit]
  await circuit.refresh()
  const before = fleet.store.requests.write
  const calls = Array.from({ length: 50 }, () => circuit.acquire().catch(() => undefined))
  const permits = (await Promise.all(calls)).filter(permit => permit !== undefined)
  expect(permits.map(({ probe }) => probe)).toEqual([true, true, true])
  expect(fleet.store.requests.write - before).toBe(3)
})

it.each([1, 10, 1_000])(
  'a burst after ten minutes of silence brings %i environments few permits',
  async size => {
    const fleet = new TestFleet(size)
    await fleet.open()
    // As slow as a table under such a burst.
    fleet.store.fail({ latencyMs: 240 })
    await fleet.clock.advance(10 * minuteMs)
    let reached = 0
    const calls = fleet.environments.map(circuit =>
      circuit.run(() => {
        reached++
        return fails()
      }),
    )
    const settled = Promise.allSettled(calls)
    await fleet.clock.advance(5_000)
    await settled
    expect(reached).toBeLessThanOrEqual(3 + 2)
  },
)

it('a permit whose answer came too late for its call is taken by the next one', async () => {
  const fleet = new TestFleet(1, { probes: 1, recoveryMs: 0 })
  await fleet.open()
  await fleet.clock.advance(20_000)
  const [circuit] = fleet.environments as [Circuit]
  await circuit.refresh()
  fleet.store.fail({ latencyMs: 600, operations: ['write'], times: 1 })
  const late = circuit.run(works)
  late.catch(() => {})
  await fleet.clock.advance(1_000)
  await expect(late).rejects.toMatchObject({ name: 'CircuitOpenError' })
  await circuit.refresh()
  const { write } = fleet.store.requests
  const permit = await circuit.acquire()
  expect(permit.probe).toBe(true)
  expect(fleet.store.requests.write).toBe(write)
})

it('with a circuit a key, one finds for all that the table hangs (each waited, and reported it)', async () => {
  const clock = new VirtualClock()
  const store = new FaultyStore(new MemoryStore(), clock)
  store.fail({ hang: true })
  const tenants = new Circuits({ clock, store, maxCircuits: 10_000 })
  const events: string[] = []
  tenants.on(({ type }) => events.push(type))
  let waited = 0
  const calls: Promise<unknown>[] = []
  for (let key = 0; key < 5_000; key++) {
    const from = clock.now()
    calls.push(tenants.for(`tenant-${key}`).run(() => void (clock.now() > from && waited++)))
    if (key % 5 === 0) await clock.advance(10)
  }
  await Promise.all(calls)
  expect(waited).toBeLessThanOrEqual(15)
  expect(events.filter(type => type === 'store-failure')).toHaveLength(1)
  expect(store.requests.read).toBeLessThan(150)
})

it('a role that may not write is guarded by its own gate', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const fleet = new TestFleet(3)
  fleet.store.fail({ error: 'misconfigured', operations: ['write', 'add'] })
  const reached = await fleet.play(20_000, 10, fails)
  expect(reached).toBeLessThan(3 * 40)
  log.mockRestore()
})

it('an environment goes back to what the fleet shares as soon as any of its circuits could write', async () => {
  const fleet = new TestFleet(0)
  const clock = { ...fleet.clock }
  const circuit = fleet.start({ clock })
  await fleet.open()
  fleet.store.fail({ error: 'throttled', operations: ['write', 'add'] })
  await fleet.play(20_000, 100, fails)
  expect(circuit.status().store).toBe('unavailable')
  const own = circuit.status().generation
  const { record } = await fleet.store.read({ circuit: 'payments', consistent: true })
  expect(own).toBeGreaterThan(record!.generation)
  fleet.store.heal()
  await fleet.clock.advance(40_000)
  // Another circuit finds that writes are answered.
  await new Circuit('users', { store: fleet.store, clock }).run(works)
  await fleet.clock.advance(10)
  await circuit.refresh()
  expect(circuit.status()).toMatchObject({ store: 'available', generation: record!.generation })
})

it('a call that no longer waits for a permit takes none, and what came for it is left to the next one', async () => {
  const fleet = new TestFleet(1, { storeWaitMs: 250, probes: 5 })
  await fleet.open()
  await fleet.clock.advance(20_000)
  const [circuit] = fleet.environments as [Circuit]
  await circuit.refresh()
  const { write } = fleet.store.requests
  fleet.store.fail({ latencyMs: 200, operations: ['write'] })
  const permits = Promise.all(Array.from({ length: 5 }, () => circuit.acquire().catch(() => undefined)))
  await fleet.clock.advance(1_000)
  expect((await permits).filter(permit => permit !== undefined)).toHaveLength(1)
  // The second one was asked for, and granted when its call was gone.
  expect(fleet.store.requests.write - write).toBe(2)
  fleet.store.heal()
  expect((await circuit.acquire()).probe).toBe(true)
  expect(fleet.store.requests.write - write).toBe(2)
})

/** An environment alone, and open, that was granted a permit too late for the call that asked for it, and the time of that. */
async function grantedTooLate(probeLeaseMs: number) {
  const fleet = new TestFleet(1, { probes: 1, recoveryMs: 0, probeLeaseMs })
  await fleet.open()
  await fleet.clock.advance(20_000)
  const [circuit] = fleet.environments as [Circuit]
  await circuit.refresh()
  const askedAt = fleet.clock.now()
  fleet.store.fail({ latencyMs: 600, operations: ['write'], times: 1 })
  const late = circuit.acquire().catch(() => {})
  await fleet.clock.advance(1_000)
  await late
  return { fleet, circuit, askedAt }
}

// Of a lease of 6,500 ms a call may take (6,500 - 1,000) / 1.1 ms, 5,000.
it.each([
  [1_499, 'taken', 0],
  [1_500, 'asked for anew', 1],
  [3_000, 'asked for anew', 1],
])('a permit that was granted too late, and %i ms ago, is %s', async (ageMs, _, writes) => {
  const { fleet, circuit, askedAt } = await grantedTooLate(6_500)
  await fleet.clock.advance(askedAt + ageMs - fleet.clock.now())
  await circuit.refresh()
  const { write } = fleet.store.requests
  expect((await circuit.acquire()).probe).toBe(true)
  expect(fleet.store.requests.write - write).toBe(writes)
})

it('a permit that was renewed closes the circuit by its outcome, which comes in time', async () => {
  const { fleet, circuit } = await grantedTooLate(5_000)
  await fleet.clock.advance(2_000)
  await circuit.refresh()
  const { write } = fleet.store.requests
  await circuit.run(works)
  expect(fleet.store.requests.write - write).toBe(2)
  expect(circuit.status().state).toBe('CLOSED')
})

it.each([
  [4_999, 'is left to the call that could not renew it', true],
  [5_000, 'is none', false],
])('a permit that was granted too late, and %i ms ago of 5,000, %s', async (ageMs, _, letIn) => {
  const { fleet, circuit, askedAt } = await grantedTooLate(5_000)
  await fleet.clock.advance(askedAt + ageMs - fleet.clock.now())
  await circuit.refresh()
  fleet.store.fail({ error: 'throttled', operations: ['write'] })
  const permit = await circuit.acquire().catch(() => undefined)
  expect(permit?.probe ?? false).toBe(letIn)
})

it('a permit that was granted too late is over at its end, and asked for again after the next look only', async () => {
  const { fleet, circuit, askedAt } = await grantedTooLate(5_000)
  await fleet.clock.advance(askedAt + 4_500 - fleet.clock.now())
  await circuit.refresh()
  await fleet.clock.advance(500)
  const { write } = fleet.store.requests
  await expect(circuit.acquire()).rejects.toThrow()
  expect(fleet.store.requests.write).toBe(write)
})

it('calls that fail side by side raise one suspicion', async () => {
  const fleet = new TestFleet(1)
  const [circuit] = fleet.environments as [Circuit]
  await circuit.run(works)
  await Promise.allSettled(Array.from({ length: 20 }, () => circuit.run(fails)))
  expect(fleet.store.requests.write).toBeLessThanOrEqual(2)
})

it('a suspicion that could not be written is none', async () => {
  const fleet = new TestFleet(1)
  const [circuit] = fleet.environments as [Circuit]
  await circuit.run(works)
  fleet.store.fail({ error: 'throttled', operations: ['write'] })
  for (let call = 0; call < 5; call++) await circuit.run(fails).catch(() => {})
  expect(fleet.store.requests.write).toBeGreaterThan(0)
  expect(circuit.status()).toMatchObject({ suspect: false, state: 'CLOSED' })
})

it('a clock that is set back by an hour does not keep a shared circuit open for that hour', async () => {
  const fleet = new TestFleet(0)
  let offsetMs = 0
  const clock = { ...fleet.clock, now: () => fleet.clock.now() + offsetMs }
  const circuit = fleet.start({ clock, recoveryMs: 0 })
  await fleet.open()
  offsetMs = -3_600_000
  await fleet.play(20_000, 100, works)
  expect(circuit.status().state).toBe('CLOSED')
})

it('calls that end while writes are held back are reported after the pause', async () => {
  const fleet = new TestFleet(1, { minimumCalls: 40 })
  const [circuit] = fleet.environments as [Circuit]
  const run = () => circuit.run(fails).catch(() => {})
  const { store } = fleet
  const add = store.add.bind(store)
  let reported = 0
  store.add = async (name, slice, report, ...times) => {
    const sums = await add(name, slice, report, ...times)
    reported += report.calls
    return sums
  }
  await circuit.run(works)
  for (let call = 0; call < 5; call++) await run()
  await fleet.clock.advance(1_000)
  await circuit.refresh()
  store.fail({ error: 'throttled', operations: ['add'], times: 1 })
  await run()
  for (let call = 0; call < 5; call++) {
    await fleet.clock.advance(100)
    await run()
  }
  expect(reported).toBe(0)
  await fleet.clock.advance(1_000)
  await run()
  expect(reported).toBeGreaterThanOrEqual(6)
})
