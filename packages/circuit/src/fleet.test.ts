import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { runs } from '../../../test/tier.ts'
import { chance, fails, TestFleet, works } from './fleet.fixture.ts'
import type { Circuit } from './index.ts'
import { settle } from './testing/index.ts'

describe('a fleet', () => {
  it('writes nothing under healthy traffic, and reads at most once a refresh in each environment', async () => {
    const fleet = new TestFleet(4, { refreshMs: 1_000 })
    await fleet.play(60_000, 10, works)
    const { read, write, add } = fleet.store.requests
    expect([write, add]).toEqual([0, 0])
    expect(read).toBeLessThanOrEqual(4 * 60)
    expect(read).toBeGreaterThan(4 * 30)
  })

  it('reads off the path of a call while traffic is steady', async () => {
    const fleet = new TestFleet(1)
    const [circuit] = fleet.environments as [Circuit]
    await circuit.run(works)
    await fleet.clock.advance(1_500)
    fleet.store.fail({ hang: true, operations: ['read'] })
    await expect(circuit.run(works)).resolves.toBe('answer')
    expect(fleet.store.requests.read).toBe(2)
  })

  it('waits for one read when it wakes with a snapshot too old to trust', async () => {
    const fleet = new TestFleet(2)
    const [sleeper, other] = fleet.environments as [Circuit, Circuit]
    await sleeper.run(works)
    await fleet.clock.advance(60_000)
    await other.forceOpen({ by: 'ana', reason: 'test' })
    await expect(sleeper.run(works)).rejects.toMatchObject({ reason: 'forced-open' })
  })

  it('opens, probes and closes with exactly one environment making each change', async () => {
    const fleet = new TestFleet(20, { recoveryMs: 1_000 })
    await fleet.play(3_000, 5, fails)
    expect(fleet.transitions).toEqual(['1 OPEN'])
    await fleet.play(10_000, 5, works)
    expect(fleet.transitions).toEqual(['1 OPEN', '2 HALF_OPEN', '3 CLOSED'])
    for (const circuit of fleet.environments)
      expect(circuit.status()).toMatchObject({ state: 'CLOSED', generation: 3 })
  })

  it('an environment whose look is older than the open time asks for no permit until it looks again', async () => {
    const fleet = new TestFleet(1, { refreshMs: 1_000, probes: 1, recoveryMs: 0 })
    await fleet.open()
    const [circuit] = fleet.environments as [Circuit]
    const { retryAt } = circuit.status()
    await fleet.clock.advance(retryAt! - fleet.clock.now() - 500)
    await circuit.refresh()
    await fleet.clock.advance(600)
    const { write } = fleet.store.requests
    await expect(circuit.run(works)).rejects.toMatchObject({ name: 'CircuitOpenError' })
    expect(fleet.store.requests.write).toBe(write)
    await fleet.clock.advance(500)
    await expect(circuit.run(works)).resolves.toBe('answer')
  })

  it('a call that began before the suspicion led up to it, and is not reported', async () => {
    const fleet = new TestFleet(2)
    const [late, other] = fleet.environments as [Circuit, Circuit]
    const permit = await late.acquire()
    await fleet.clock.advance(1_500)
    for (let call = 0; call < 5; call++) await other.run(fails).catch(() => {})
    await late.refresh()
    expect(late.status().suspect).toBe(true)
    const { add } = fleet.store.requests
    await permit.fail()
    expect(fleet.store.requests.add).toBe(add)
    await fleet.clock.advance(1)
    await late.run(fails).catch(() => {})
    expect(fleet.store.requests.add).toBe(add + 1)
  })

  it('after a call that failed, the next one looks first whether it is so everywhere', async () => {
    const fleet = new TestFleet(2, { refreshMs: 1_000 })
    const [circuit, other] = fleet.environments as [Circuit, Circuit]
    await circuit.run(works)
    await circuit.run(fails).catch(() => {})
    await fleet.clock.advance(1_200)
    await other.forceOpen({ by: 'ana', reason: 'test' })
    await expect(circuit.run(works)).rejects.toMatchObject({ reason: 'forced-open' })
  })

  it('what refuted a suspicion does not outweigh what raises the next one', async () => {
    const fleet = new TestFleet(10)
    await fleet.play(500, 10, works)
    await fleet.play(40, 10, fails)
    await fleet.play(6_000, 2, works)
    expect(fleet.transitions).toEqual([])
    expect(await fleet.play(3_000, 10, fails)).toBeLessThan(100)
    expect(fleet.transitions).toEqual(['1 OPEN'])
  })

  it('an environment is not taken for broken by a share of failures that chance may bring', async () => {
    const fleet = new TestFleet(2, { failureRate: 0.5, minimumCalls: 10 })
    const [circuit] = fleet.environments as [Circuit]
    for (const call of [fails, works, fails, works, fails, works, fails, works, fails, fails])
      await circuit.run(call).catch(() => {})
    expect(circuit.status()).toMatchObject({ shedding: false, calls: { calls: 10, failures: 6 } })
  })

  it('what an environment counted before the fleet opened is forgotten', async () => {
    const fleet = new TestFleet(5)
    await fleet.play(500, 10, works)
    await fleet.open()
    for (const circuit of fleet.environments)
      expect(circuit.status()).toMatchObject({ state: 'OPEN', shedding: false, calls: { calls: 0 } })
  })

  it('lets all environments know within their refresh', async () => {
    const fleet = new TestFleet(20)
    await fleet.play(3_000, 5, fails)
    expect(fleet.transitions).toEqual(['1 OPEN'])
    await fleet.play(1_100, 5, works)
    for (const circuit of fleet.environments) expect(circuit.status().state).toBe('OPEN')
  })

  it('is not opened by one broken environment among a hundred, which sheds its own calls', async () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const fleet = new TestFleet(100, { random: chance(seed) })
      // The broken one gets every second call: it fails fast, and so is free first.
      const [broken, ...healthy] = fleet.environments as [Circuit, ...Circuit[]]
      let reached = 0
      for (let at = 0; at < 30_000; at += 10) {
        broken
          .run(() => {
            reached++
            return fails()
          })
          .catch(() => {})
        const one = healthy[Math.floor(fleet.random() * healthy.length)]!
        one.run(works)
        await fleet.clock.advance(10)
      }
      expect(fleet.transitions).toEqual([])
      expect(reached).toBeLessThan(30)
      expect(broken.status()).toMatchObject({ state: 'CLOSED', shedding: true })
    }
  })

  it('opens for a wide and idle fleet in which each environment makes one call a minute', async () => {
    const fleet = new TestFleet(600)
    const reached = await fleet.play(60_000, 100, fails)
    expect(fleet.transitions[0]).toBe('1 OPEN')
    // Ten failures in the second that suspicion takes to be known, and the minimum of calls.
    expect(reached).toBeLessThan(40)
  })

  it('goes on when environments die holding leases: no other environment is blocked by them', async () => {
    const fleet = new TestFleet(10, { probes: 3, probeLeaseMs: 2_000, recoveryMs: 0 })
    await fleet.open()
    await fleet.clock.advance(20_000)
    const doomed = fleet.environments.slice(0, 3)
    for (const circuit of doomed) await circuit.acquire()
    const [, , , survivor] = fleet.environments as Circuit[]
    await expect(survivor!.run(works)).rejects.toMatchObject({ reason: 'half-open' })
    await fleet.clock.advance(2_000)
    for (let call = 0; call < 3; call++) await survivor!.run(works)
    expect(survivor!.status().state).toBe('CLOSED')
  })

  it('takes a control act to all environments, with who and why', async () => {
    const fleet = new TestFleet(3)
    const [a, b, c] = fleet.environments as [Circuit, Circuit, Circuit]
    await a.forceOpen({ by: 'ana', reason: 'migration' })
    await b.refresh()
    await c.refresh()
    expect(c.status()).toMatchObject({ state: 'FORCED_OPEN', control: { by: 'ana', reason: 'migration' } })
    const events = fleet.events.filter(event => event.type === 'control')
    expect(events.map(event => event.in)).toEqual(['env-0', 'env-1', 'env-2'])
  })

  it('does not pretend that an act is in force which the store did not take', async () => {
    const fleet = new TestFleet(1)
    fleet.store.fail({ error: 'unavailable', operations: ['control'] })
    await expect(fleet.environments[0]!.forceOpen({ by: 'a', reason: 'b' })).rejects.toMatchObject({
      name: 'StoreError',
    })
    await expect(fleet.environments[0]!.run(works)).resolves.toBe('answer')
  })

  it('goes on with generations from what it knows when the item has expired', async () => {
    const fleet = new TestFleet(1)
    await fleet.open()
    const { generation } = fleet.environments[0]!.status()
    const emptied = new TestFleet(0).store
    const { read, write } = emptied
    fleet.store.read = read.bind(emptied)
    fleet.store.write = write.bind(emptied)
    await fleet.environments[0]!.refresh()
    expect(fleet.environments[0]!.status()).toMatchObject({ state: 'CLOSED', generation })
  })
})

describe('with the store', () => {
  it('slow, a call waits no longer than storeWaitMs at one point, and goes on', async () => {
    const fleet = new TestFleet(1, { storeWaitMs: 250 })
    const [circuit] = fleet.environments as [Circuit]
    await circuit.run(works)
    await fleet.clock.advance(60_000)
    fleet.store.fail({ latencyMs: 400 })
    const before = fleet.clock.now()
    const call = circuit.run(async () => fleet.clock.now() - before)
    await fleet.clock.advance(1_000)
    await expect(call).resolves.toBe(250)
  })

  it('slower than any call waits, it is left alone as if it were down', async () => {
    const fleet = new TestFleet(1, { storeWaitMs: 250 })
    await fleet.play(3_000, 10, works)
    fleet.store.fail({ latencyMs: 5_000 })
    const { read } = fleet.store.requests
    await fleet.play(60_000, 10, works)
    expect(fleet.store.requests.read - read).toBeLessThan(10)
    expect(fleet.environments[0]!.status().store).toBe('unavailable')
  })

  it('slow at first and then refusing, the refusal is reported as well, and on standard error', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const fleet = new TestFleet(1)
    await fleet.play(1_000, 10, works)
    fleet.store.fail({ error: 'timeout', times: 1 })
    await fleet.play(2_000, 10, works)
    fleet.store.fail({ error: 'misconfigured' })
    await fleet.play(60_000, 10, works)
    const events = fleet.events.flatMap(event => (event.type === 'store-failure' ? [event.kind] : []))
    expect(events.at(-1)).toBe('misconfigured')
    expect(events.filter(kind => kind === 'misconfigured')).toHaveLength(1)
    expect(log).toHaveBeenCalledOnce()
    log.mockRestore()
  })

  it('down, it is left alone, said so once, and taken up again', async () => {
    const fleet = new TestFleet(1)
    await fleet.play(1_000, 10, works)
    fleet.store.fail({ error: 'unavailable' })
    const { read } = fleet.store.requests
    await fleet.play(60_000, 10, works)
    expect(fleet.store.requests.read - read).toBeLessThan(10)
    fleet.store.heal()
    await fleet.play(40_000, 10, works)
    const events = fleet.events.map(({ type }) => type).filter(type => type.startsWith('store'))
    expect(events).toEqual(['store-failure', 'store-recovery'])
  })

  it('down for all at once, environments do not come back to it in step', async () => {
    const fleet = new TestFleet(20)
    const all = () => Promise.all(fleet.environments.map(circuit => circuit.run(works)))
    await all()
    fleet.store.fail({ error: 'unavailable' })
    await fleet.clock.advance(1_100)
    await all()
    await fleet.clock.advance(100)
    const reads: number[] = []
    for (let step = 0; step < 30; step++) {
      const before = fleet.store.requests.read
      await all()
      await fleet.clock.advance(50)
      reads.push(fleet.store.requests.read - before)
    }
    expect(reads.reduce((sum, each) => sum + each)).toBeGreaterThanOrEqual(20)
    expect(Math.max(...reads)).toBeLessThan(10)
  })

  it('gone in the middle of an outage, every environment is guarded by its own gate, and rejoins', async () => {
    const fleet = new TestFleet(3, { recoveryMs: 1_000 })
    await fleet.play(1_000, 10, works)
    fleet.store.fail({ error: 'unavailable' })
    const reached = await fleet.play(4_000, 10, fails)
    expect(reached).toBeLessThan(3 * 110)
    for (const circuit of fleet.environments)
      expect(circuit.status()).toMatchObject({ state: 'OPEN', shedding: true })
    fleet.store.heal()
    await fleet.play(60_000, 10, works)
    for (const circuit of fleet.environments) {
      expect(circuit.status()).toMatchObject({ state: 'CLOSED', shedding: false, store: 'available' })
    }
  })

  it('losing answers, what was written counts all the same', async () => {
    const fleet = new TestFleet(1, { probes: 1, recoveryMs: 0 })
    await fleet.open()
    await fleet.clock.advance(20_000)
    const [circuit] = fleet.environments as [Circuit]
    await circuit.refresh()
    fleet.store.fail({ lostAnswer: true, operations: ['write'], times: 1 })
    await expect(circuit.run(works)).rejects.toMatchObject({ name: 'CircuitOpenError' })
    await fleet.play(60_000, 100, works)
    expect(circuit.status()).toMatchObject({ state: 'CLOSED', store: 'available' })
  })

  it('losing the answer to a change of state, the change is reported once, by the environment that made it', async () => {
    const fleet = new TestFleet(2, { probes: 1, recoveryMs: 0 })
    await fleet.open()
    await fleet.clock.advance(20_000)
    const [circuit] = fleet.environments as [Circuit, Circuit]
    await circuit.refresh()
    fleet.store.fail({ lostAnswer: true, operations: ['write'], times: 1 })
    await expect(circuit.acquire()).rejects.toMatchObject({ name: 'CircuitOpenError' })
    await fleet.clock.advance(5_000)
    for (let read = 0; read < 3; read++) await circuit.refresh()
    expect(fleet.transitions).toEqual(['1 OPEN', '2 HALF_OPEN'])
  })

  it('slow, a read that a write of the same environment overtook does not take it back', async () => {
    const fleet = new TestFleet(1, { probes: 1, recoveryMs: 0 })
    await fleet.open()
    const [circuit] = fleet.environments as [Circuit]
    await fleet.clock.advance(20_000)
    await circuit.refresh()
    const { store } = fleet
    const read = store.read.bind(store)
    let answer = () => {}
    // Carried out at once, answered late.
    store.read = async query => {
      const stored = await read(query)
      await new Promise<void>(resolve => {
        answer = resolve
      })
      return stored
    }
    const refreshed = circuit.refresh()
    await settle()
    store.read = read
    await circuit.run(works)
    expect(circuit.status().state).toBe('CLOSED')
    answer()
    await refreshed
    expect(circuit.status().state).toBe('CLOSED')
    expect(fleet.transitions).toEqual(['1 OPEN', '2 HALF_OPEN', '3 CLOSED'])
  })

  it('out of sight for a while, an environment reports the change it missed, even from OPEN to OPEN', async () => {
    const fleet = new TestFleet(2, { probes: 1 })
    await fleet.open()
    const [sleeper, other] = fleet.environments as [Circuit, Circuit]
    await fleet.clock.advance(20_000)
    await other.refresh()
    await other.run(fails).catch(() => {})
    await sleeper.refresh()
    const events = fleet.events.filter(event => event.type === 'transition' && event.in === 'env-0').at(-1)
    expect(events).toMatchObject({ from: 'OPEN', to: 'OPEN', generation: 3, origin: 'elsewhere' })
  })

  it('lagging, a replica does not take an environment back to an older state', async () => {
    const fleet = new TestFleet(2)
    const [a] = fleet.environments as [Circuit, Circuit]
    await a.run(works)
    fleet.store.lag()
    await fleet.clock.advance(1_000)
    await a.run(works)
    fleet.store.heal()
    await fleet.open()
    fleet.store.lag()
    const generations = [a.status().generation]
    a.on(
      event => event.type === 'transition' && event.scope === 'fleet' && generations.push(event.generation),
    )
    await fleet.play(20_000, 100, works)
    expect(generations).toEqual([1, 2, 3])
  })

  it('answering after a freeze, the answer is not taken for news', async () => {
    const fleet = new TestFleet(2)
    const [sleeper, other] = fleet.environments as [Circuit, Circuit]
    await sleeper.run(works)
    await fleet.clock.advance(1_200)
    // The background read is under way when the environment freezes.
    fleet.store.fail({ latencyMs: 50, operations: ['read'], times: 1 })
    await sleeper.run(works)
    await other.forceOpen({ by: 'ana', reason: 'test' })
    fleet.clock.freeze(300_000)
    const call = expect(sleeper.run(works)).rejects.toMatchObject({ reason: 'forced-open' })
    await fleet.clock.advance(100)
    await call
  })
})

describe('nothing is left over', () => {
  it('no timer, no unhandled rejection, no lost call, whatever calls and store do', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', note)
    const step = fc.record({
      environment: fc.nat(2),
      call: fc.constantFrom('works', 'fails', 'hangs', 'aborted', 'forgotten'),
      store: fc.constantFrom('fine', 'fine', 'error', 'hang', 'slow', 'lost', 'lag'),
      waitMs: fc.constantFrom(0, 1, 50, 300, 1_500, 20_000),
      freezeMs: fc.constantFrom(0, 0, 0, 500, 90_000),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25, size: 'max' }), async steps => {
        const fleet = new TestFleet(3, { minimumCalls: 3, probes: 2, probeLeaseMs: 1_000, recoveryMs: 2_000 })
        const results: Promise<unknown>[] = []
        const keep = (result: Promise<unknown>) => {
          result.catch(() => {})
          results.push(result)
        }
        for (const { environment, call, store, waitMs, freezeMs } of steps) {
          const faults = {
            error: { error: 'throttled' },
            hang: { hang: true },
            slow: { latencyMs: 400 },
            lost: { lostAnswer: true },
          } as const
          if (store === 'fine') fleet.store.heal()
          else if (store === 'lag') fleet.store.lag()
          else fleet.store.fail(faults[store])
          const circuit = fleet.environments[environment]!
          const caller = new AbortController()
          if (call === 'forgotten') keep(circuit.acquire({ timeoutMs: 100 }))
          else if (call === 'hangs' || call === 'aborted') {
            keep(circuit.run(() => new Promise(() => {}), { timeoutMs: 100, signal: caller.signal }))
          } else keep(circuit.run(call === 'works' ? works : fails, { timeoutMs: 100 }))
          await settle()
          if (call === 'aborted') caller.abort()
          fleet.clock.freeze(freezeMs)
          await fleet.clock.advance(waitMs)
        }
        await fleet.clock.advance(4_000)
        expect(await Promise.allSettled(results)).toHaveLength(steps.length)
        expect(fleet.clock.pending).toBe(0)
      }),
      { numRuns: runs(50, 1_000) },
    )
    await settle()
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
})
