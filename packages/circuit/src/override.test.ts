import { describe, expect, it } from 'vitest'
import { chance, TestFleet, works } from './fleet.fixture.ts'
import { type Audit, Circuit, type Control, type ReadQuery, type StoredCircuit } from './index.ts'
import { MemoryStore } from './shared/index.ts'
import { settle, VirtualClock } from './testing/index.ts'

const act = { by: 'ana', reason: 'provider migrates' }

/** A store whose answers a test delays, and whose past it brings back. */
class HeldStore extends MemoryStore {
  /** What reads answer in place of what is stored. */
  past: StoredCircuit | undefined
  heldReads: Promise<void> | undefined
  heldActs: Promise<void> | undefined
  consistentReads = 0

  override async read(query: ReadQuery): Promise<StoredCircuit> {
    if (query.consistent) this.consistentReads++
    const stored = this.past ?? (await super.read(query))
    await this.heldReads
    return stored
  }

  override async control(circuit: string, control: Control | undefined, audit: Audit): Promise<number> {
    const revision = await super.control(circuit, control, audit)
    await this.heldActs
    return revision
  }
}

function twoEnvironments() {
  const clock = new VirtualClock()
  const store = new HeldStore()
  const start = (environment: string) =>
    new Circuit('payments', { store, clock: { ...clock }, environment, random: chance() })
  return { clock, store, here: start('here'), there: start('there') }
}

function gate() {
  let open = () => {}
  const held = new Promise<void>(resolve => {
    open = resolve
  })
  return { held, open }
}

describe('with replicas behind, an environment un-learned an override', () => {
  it('that it had made itself, and let calls through', async () => {
    const fleet = new TestFleet(20)
    const [a] = fleet.environments
    await fleet.play(3_000, 10, works)
    fleet.store.lag()
    await fleet.play(3_000, 10, works)
    await a!.forceOpen(act)
    expect(await fleet.play(10_000, 50, works, [a!])).toBe(0)
    // The others learn of it as they look: here by a consistent read, later from the replica.
    for (const circuit of fleet.environments) await circuit.refresh()
    expect(await fleet.play(10_000, 10, works)).toBe(0)
    const learned = fleet.events.filter(({ type }) => type === 'control')
    expect(learned).toHaveLength(20)
  })

  it('as well as its end', async () => {
    const fleet = new TestFleet(5)
    const [a] = fleet.environments
    await a!.forceOpen(act)
    for (const circuit of fleet.environments) await circuit.refresh()
    fleet.store.lag()
    expect(await fleet.play(3_000, 10, works)).toBe(0)
    await a!.release({ ...act, reason: 'done' })
    for (const circuit of fleet.environments) await circuit.refresh()
    expect(await fleet.play(5_000, 10, works)).toBe(500)
  })

  it('where the consistent read that is to settle it fails', async () => {
    const fleet = new TestFleet(1)
    const [a] = fleet.environments
    await fleet.play(3_000, 10, works)
    fleet.store.lag()
    await fleet.play(3_000, 10, works)
    await a!.forceOpen(act)
    // The replica answers, and after it nothing does.
    const read = fleet.store.read.bind(fleet.store)
    fleet.store.read = query => (query.consistent ? Promise.reject(new Error('throttled')) : read(query))
    expect(await fleet.play(60_000, 100, works)).toBe(0)
  })
})

it.each(['refresh', 'run'] as const)(
  'a read of %s that was under way when an override was made undid it',
  async asked => {
    const { clock, store, here } = twoEnvironments()
    await here.run(works)
    const { held, open } = gate()
    store.heldReads = held
    await clock.advance(2_000)
    const late = here[asked](works).catch(() => {})
    await here.forceOpen(act)
    store.heldReads = undefined
    open()
    await late
    await settle()
    expect(here.status().state).toBe('FORCED_OPEN')
    await expect(here.run(works)).rejects.toMatchObject({ reason: 'forced-open' })
    expect(store.consistentReads).toBe(asked === 'run' ? 1 : 2)
  },
)

it('an override whose answer came late replaced a later one of another operator', async () => {
  const { store, here, there } = twoEnvironments()
  const { held, open } = gate()
  store.heldActs = held
  const forced = here.forceOpen(act)
  await settle()
  store.heldActs = undefined
  await there.forceClosed({ by: 'bo', reason: 'it is needed' })
  await here.refresh()
  open()
  await forced
  expect(here.status()).toMatchObject({ state: 'FORCED_CLOSED', control: { by: 'bo' } })
})

it('a restored backup brings back the override of its time, once a consistent read has shown it', async () => {
  const { clock, store, here } = twoEnvironments()
  await here.forceOpen(act)
  const backup = await store.read({ circuit: 'payments' })
  await clock.advance(1_000)
  await here.release({ ...act, reason: 'done' })
  await here.run(works)
  store.past = backup
  await clock.advance(5_000)
  await here.run(works).catch(() => {})
  await settle()
  expect(here.status().state).toBe('FORCED_OPEN')
  // What is done from here on counts on, though its revision may be smaller than those of the lost history.
  store.past = undefined
  await here.forceClosed({ by: 'bo', reason: 'it is needed' })
  expect(here.status().state).toBe('FORCED_CLOSED')
})
