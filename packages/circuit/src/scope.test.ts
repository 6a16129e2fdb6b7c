import { describe, expect, it } from 'vitest'
import { fails, works } from './fleet.fixture.ts'
import { Circuit, type CircuitEvent, type CircuitOptions } from './index.ts'
import { MemoryStore } from './shared/index.ts'
import { FaultyStore, failUntilOpen, VirtualClock } from './testing/index.ts'

function twoEnvironments(options: CircuitOptions = {}) {
  const clock = new VirtualClock()
  const store = new FaultyStore(new MemoryStore(), clock)
  const make = (environment: string) =>
    new Circuit('payments', { store, clock, environment, ...options } as CircuitOptions)
  return { clock, store, a: make('a'), b: make('b') }
}

/** What a rejected call, the status and the event say. */
async function said(circuit: Circuit) {
  const events: CircuitEvent[] = []
  const off = circuit.on(event => events.push(event))
  const error = await circuit.run(works).catch((error: unknown) => error)
  off()
  const { state, scope } = circuit.status()
  return { error, state, scope, event: events.find(({ type }) => type === 'rejection') }
}

describe('an open circuit says whom it is open for', () => {
  it('the error said "is open" while the status said CLOSED: the own gate of an environment had shut', async () => {
    const { a, b, clock } = twoEnvironments()
    for (let call = 0; call < 40; call++) {
      await a.run(fails).catch(() => {})
      for (let other = 0; other < 10; other++) await b.run(works)
      await clock.advance(10)
    }
    expect(await said(a)).toMatchObject({
      error: {
        name: 'CircuitOpenError',
        scope: 'environment',
        reason: 'failure-rate',
      },
      state: 'CLOSED',
      scope: 'environment',
      event: { scope: 'environment' },
    })
    expect(b.status()).toMatchObject({ state: 'CLOSED', scope: undefined })
  })

  it('says fleet where all environments share the opening', async () => {
    const { a, b, clock } = twoEnvironments()
    await failUntilOpen([a, b], clock)
    for (const circuit of [a, b]) {
      expect(await said(circuit)).toMatchObject({
        error: { scope: 'fleet', reason: 'failure-rate' },
        state: 'OPEN',
        scope: 'fleet',
        event: { scope: 'fleet' },
      })
    }
  })

  it('says environment without a store, and while the store is away', async () => {
    const clock = new VirtualClock()
    const alone = new Circuit('payments', { consecutiveFailures: 1, clock })
    await alone.run(fails).catch(() => {})
    expect(await said(alone)).toMatchObject({ error: { scope: 'environment' }, scope: 'environment' })

    const { a, store } = twoEnvironments({ consecutiveFailures: 2 })
    store.fail({ error: 'unavailable' })
    for (let call = 0; call < 2; call++) await a.run(fails).catch(() => {})
    expect(await said(a)).toMatchObject({
      error: { scope: 'environment' },
      state: 'OPEN',
      scope: 'environment',
    })
  })

  it('says environment where a fleet had opened it and this environment alone re-opened it', async () => {
    const { a, b, clock, store } = twoEnvironments()
    await failUntilOpen([a, b], clock)
    store.fail({ error: 'unavailable' })
    await clock.advance(2_000)
    expect(await said(a)).toMatchObject({ error: { scope: 'fleet' }, scope: 'fleet' })
    await clock.advance(10_000)
    // The first call finds that no permit is to be had; within an open time from then, one probes on its own.
    for (let call = 0; call < 100 && a.status().scope === 'fleet'; call++) {
      await a.run(fails).catch(() => {})
      await clock.advance(100)
    }
    expect(await said(a)).toMatchObject({ error: { scope: 'environment' }, scope: 'environment' })
  })

  it('says fleet of an override, and nothing while calls pass', async () => {
    const { a } = twoEnvironments()
    expect(a.status().scope).toBeUndefined()
    const act = { by: 'ana', reason: 'provider migrates' }
    await a.forceOpen(act)
    expect(await said(a)).toMatchObject({ error: { scope: 'fleet', reason: 'forced-open' }, scope: 'fleet' })
    await a.forceClosed(act)
    expect(a.status()).toMatchObject({ state: 'FORCED_CLOSED', scope: undefined })
  })
})

it('failUntilOpen says so where the circuits share nothing', async () => {
  const clock = new VirtualClock()
  const alone = new Circuit('payments', { clock })
  await expect(failUntilOpen([alone], clock)).rejects.toThrow(/^failUntilOpen: still closed/)
})
