import { expect, it } from 'vitest'
import { fails, TestFleet, works } from '../fleet.fixture.ts'
import type { Circuit, CircuitOptions } from '../index.ts'
import { FaultyStore, settle } from '../testing/index.ts'
import { MemoryStore } from './memory-store.ts'

const readMs = 50

/** How long a call waits until it is let in or rejected, in ms, while reads take `readMs`. */
async function waitOf(fleet: TestFleet, circuit: Circuit): Promise<number> {
  fleet.store.fail({ latencyMs: readMs, operations: ['read'] })
  const from = fleet.clock.now()
  let decidedAt: number | undefined
  const decided = () => {
    decidedAt ??= fleet.clock.now()
  }
  const call = circuit.run(async () => decided()).catch(decided)
  await fleet.clock.advance(500)
  await call
  return decidedAt! - from
}

async function readFleet(options?: CircuitOptions) {
  const fleet = new TestFleet(1, options)
  const [circuit] = fleet.environments as [Circuit]
  await circuit.run(works)
  return { fleet, circuit }
}

it.each([
  [works, 1_999, 0],
  [works, 2_000, readMs],
  [fails, 999, 0],
  [fails, 1_000, readMs],
])('after a call that %o, %i ms after the last look, a call waits %i ms', async (last, ageMs, waitMs) => {
  const { fleet, circuit } = await readFleet()
  await circuit.run(last).catch(() => {})
  await circuit.refresh()
  await fleet.clock.advance(ageMs)
  expect(await waitOf(fleet, circuit)).toBe(waitMs)
})

it.each([
  [-1, 0],
  [0, readMs],
  [1, readMs],
])('%i ms after the open time a call waits %i ms for a look, as it may probe', async (overMs, waitMs) => {
  const { fleet } = await readFleet()
  await fleet.open()
  // It has seen no call fail, after which it would wait in any case.
  const circuit = fleet.start()
  await circuit.refresh()
  const { retryAt } = circuit.status() as { retryAt: number }
  await fleet.clock.advance(retryAt + overMs - 1_500 - fleet.clock.now())
  await circuit.refresh()
  await fleet.clock.advance(1_500)
  expect(await waitOf(fleet, circuit)).toBe(waitMs)
})

it('while the circuit is half open, a call waits for a look', async () => {
  const { fleet, circuit } = await readFleet({ probes: 1 })
  await fleet.open()
  await fleet.clock.advance(20_000)
  await circuit.acquire()
  await circuit.refresh()
  await fleet.clock.advance(1_000)
  expect(await waitOf(fleet, circuit)).toBe(readMs)
})

it.each([
  [999, 0],
  [1_000, 1],
])('steady calls look once a second: %i ms after the last look, %i times', async (ageMs, reads) => {
  const { fleet, circuit } = await readFleet()
  await circuit.refresh()
  await fleet.clock.advance(ageMs)
  const { read } = fleet.store.requests
  await circuit.run(works)
  expect(fleet.store.requests.read - read).toBe(reads)
})

it.each([
  [249, 1, false],
  [250, 0, true],
])('%i ms after a read was sent that hangs, %i more calls wait for it', async (sinceMs, _, decidedAtOnce) => {
  const { fleet, circuit } = await readFleet({ storeWaitMs: 250 })
  await fleet.clock.advance(5_000)
  fleet.store.fail({ hang: true })
  const first = circuit.run(works)
  await fleet.clock.advance(sinceMs)
  let decided = false
  const second = circuit.run(async () => {
    decided = true
  })
  await settle()
  expect(decided).toBe(decidedAtOnce)
  await fleet.clock.advance(500)
  await Promise.all([first, second])
})

it.each([
  [250, 1],
  [251, 0],
])('%i ms after a read of one circuit was sent that hangs, another one sends %i', async (sinceMs, reads) => {
  const fleet = new TestFleet(0, { storeWaitMs: 250 })
  const clock = { ...fleet.clock }
  const [one, other] = [fleet.start({ clock }), fleet.start({ clock })]
  fleet.store.fail({ hang: true })
  const calls = [one.run(works)]
  await fleet.clock.advance(sinceMs)
  const { read } = fleet.store.requests
  calls.push(other.run(works))
  await settle()
  expect(fleet.store.requests.read - read).toBe(reads)
  await fleet.clock.advance(5_000)
  await Promise.all(calls)
})

it('a read that was frozen with its environment is forgotten, and sent again', async () => {
  const { fleet, circuit } = await readFleet()
  await fleet.clock.advance(5_000)
  fleet.store.fail({ hang: true, times: 1 })
  const calls = [circuit.run(works)]
  await settle()
  fleet.clock.freeze(10_000)
  const { read } = fleet.store.requests
  calls.push(circuit.run(works))
  await settle()
  expect(fleet.store.requests.read - read).toBe(1)
  await fleet.clock.advance(5_000)
  await Promise.all(calls)
})

it('a circuit whose read was frozen reads again, also where another one has found the store well', async () => {
  const fleet = new TestFleet(0)
  const clock = { ...fleet.clock }
  const [one, other] = [fleet.start({ clock }), fleet.start({ clock })] as [Circuit, Circuit]
  await Promise.all([one.run(works), other.run(works)])
  await fleet.clock.advance(5_000)
  fleet.store.fail({ hang: true, times: 1 })
  const frozen = one.run(works)
  await settle()
  fleet.clock.freeze(10_000)
  await other.run(works)
  const { read } = fleet.store.requests
  const next = one.run(works)
  await settle()
  expect(fleet.store.requests.read - read).toBe(1)
  await fleet.clock.advance(5_000)
  await Promise.all([frozen, next])
})

/** From now on every write loses a race against one that changes nothing else. */
function loseRaces({ store }: TestFleet): { writes: number } {
  const lost = { writes: 0 }
  store.write = async (circuit, _, revision) => {
    lost.writes++
    const { record } = await store.read({ circuit, slices: [], consistent: true })
    return { written: false, record, revision: revision + 1 }
  }
  return lost
}

it('a permit is asked for twice where others write at the same time, and an outcome written eight times', async () => {
  const { fleet, circuit } = await readFleet({ probes: 2 })
  await fleet.open()
  await fleet.clock.advance(20_000)
  await circuit.refresh()
  const permit = await circuit.acquire()
  expect(permit.probe).toBe(true)
  const lost = loseRaces(fleet)
  await expect(circuit.acquire()).rejects.toThrow()
  expect(lost.writes).toBe(2)
  lost.writes = 0
  await permit.succeed()
  expect(lost.writes).toBe(8)
})

it('a suspicion is written twice where others write at the same time', async () => {
  const { fleet, circuit } = await readFleet()
  const lost = loseRaces(fleet)
  await circuit.run(fails).catch(() => {})
  expect(lost.writes).toBe(2)
})

it.each([
  ['closed', 1],
  ['open, and its open time over', 0],
])(
  'where writes fail and the circuit is %s, a call writes %i times to find out whether they do',
  async (state, writes) => {
    const { fleet, circuit } = await readFleet()
    if (state !== 'closed') await fleet.open()
    fleet.store.fail({ error: 'throttled', operations: ['write', 'add'], times: 1 })
    if (state === 'closed') await circuit.run(fails).catch(() => {})
    else {
      await fleet.clock.advance(20_000)
      await circuit.refresh()
      await circuit.run(works).catch(() => {})
    }
    expect(circuit.status().store).toBe('unavailable')
    await fleet.clock.advance(3_000)
    await circuit.refresh()
    const { write } = fleet.store.requests
    if (state === 'closed') await circuit.run(works)
    else
      await circuit
        .acquire()
        .then(permit => permit.ignore())
        .catch(() => {})
    // A permit is asked for by a write, and given back by another one.
    expect(fleet.store.requests.write - write).toBe(writes || 2)
  },
)

it('a clock that was set right after an hour ahead does not make an opening of the others begin anew', async () => {
  const fleet = new TestFleet(0, { openMs: 5_000, maxOpenMs: 5_000 })
  let aheadMs = 3_600_000
  const ahead = fleet.start({ clock: { ...fleet.clock, now: () => fleet.clock.now() + aheadMs } })
  await ahead.run(works)
  aheadMs = 0
  // Notices its clock while the circuit is still closed.
  await ahead.run(works)
  const other = fleet.start()
  await fleet.play(60_000, 100, fails, [other])
  expect(other.status().state).toBe('OPEN')
  await fleet.clock.advance(20_000)
  expect((await ahead.acquire()).probe).toBe(true)
})

it('an environment that cannot write keeps its own open time, until the others have gone on', async () => {
  const fleet = new TestFleet(0, { recoveryMs: 0 })
  const shared = new MemoryStore()
  const store = new FaultyStore(shared, fleet.clock)
  const [cut, other] = [fleet.start({ store }), fleet.start({ store: shared })]
  await fleet.play(60_000, 100, fails, [other])
  await cut.refresh()
  const { generation, openings } = cut.status()
  store.fail({ error: 'throttled', operations: ['write', 'add'] })
  await fleet.play(120_000, 100, fails, [cut])
  await cut.refresh()
  expect(cut.status()).toMatchObject({ state: 'OPEN', scope: 'environment' })
  expect(cut.status().generation).toBeGreaterThan(generation)
  expect(cut.status().openings).toBeGreaterThan(openings)
  await fleet.play(400_000, 1_000, works, [other])
  await cut.refresh()
  expect(cut.status()).toMatchObject({ state: 'CLOSED', generation: other.status().generation })
})
