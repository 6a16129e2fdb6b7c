import { describe, expect, it, vi } from 'vitest'
import { fails, hangs, TestFleet, works } from './fleet.fixture.ts'
import { CallTimeoutError, Circuit, isCircuitOpenError } from './index.ts'
import { VirtualClock } from './testing/index.ts'

/** Opens a circuit of one environment and goes on to the time it may be probed. */
async function untilRetry(circuit: Circuit, clock: VirtualClock): Promise<void> {
  while (circuit.status().state === 'CLOSED') await circuit.run(fails).catch(() => {})
  await clock.advance(circuit.status().retryAt! - clock.now())
}

describe('defects of in-process breakers', () => {
  it('a half-open probe that never settles does not wedge the breaker (cockatiel, opossum, Polly, failsafe-go, gobreaker)', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', { clock, consecutiveFailures: 1, probes: 1, probeLeaseMs: 1_000 })
    await untilRetry(circuit, clock)
    const forgotten = await circuit.acquire()
    expect(forgotten.probe).toBe(true)
    await expect(circuit.acquire()).rejects.toMatchObject({ reason: 'half-open' })
    await clock.advance(1_000)
    await expect(circuit.run(works)).resolves.toBe('answer')
    expect(circuit.status().state).toBe('CLOSED')
    await forgotten.fail()
    expect(circuit.status().state).toBe('CLOSED')
  })

  it('a probe that hangs is timed out before its lease ends, so that its failure still counts', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', { clock, consecutiveFailures: 1, probes: 1, probeLeaseMs: 1_000 })
    await untilRetry(circuit, clock)
    const probe = circuit.run(hangs)
    probe.catch(() => {})
    await clock.advance(950)
    await expect(probe).rejects.toThrow(CallTimeoutError)
    expect(circuit.status()).toMatchObject({ state: 'OPEN', openings: 2, reason: 'probe-failed' })
  })

  it('a healthy call that takes longer than probeLeaseMs closes the circuit: its limit says how long it may take', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', { clock, consecutiveFailures: 1, recoveryMs: 0 })
    await untilRetry(circuit, clock)
    const slow = () => new Promise<string>(resolve => clock.setTimeout(() => resolve('answer'), 40_000))
    for (const limit of [{ timeoutMs: 60_000 }, { deadline: clock.now() + 300_000 }, { timeoutMs: 40_001 }]) {
      const probe = circuit.run(slow, limit)
      await clock.advance(40_000)
      await expect(probe).resolves.toBe('answer')
    }
    expect(circuit.status().state).toBe('CLOSED')
  })

  it.each([
    [{}, 27_000],
    [{ deadline: Number.MAX_SAFE_INTEGER }, 77_760_000],
  ])('a probe with the limit %j may take %i ms', async (limit, maxMs) => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', { clock, consecutiveFailures: 1, probes: 1 })
    await untilRetry(circuit, clock)
    const probe = circuit.run(hangs, limit)
    probe.catch(() => {})
    await clock.advance(maxMs - 1)
    expect(circuit.status().state).toBe('HALF_OPEN')
    await clock.advance(1)
    await expect(probe).rejects.toThrow(`${maxMs} ms`)
    expect(circuit.status()).toMatchObject({ state: 'OPEN', reason: 'probe-failed' })
  })

  it('calls that started before an outage and finish late do not re-open a circuit that has recovered (all but gobreaker)', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', { clock, consecutiveFailures: 2, probes: 1, recoveryMs: 0 })
    const late = await Promise.all([circuit.acquire(), circuit.acquire(), circuit.acquire()])
    await untilRetry(circuit, clock)
    await circuit.run(works)
    expect(circuit.status().state).toBe('CLOSED')
    for (const permit of late) await permit.fail()
    expect(circuit.status()).toMatchObject({ state: 'CLOSED', calls: { calls: 0 } })
  })

  it("the caller's own abort is no failure, and is not reported as a timeout (cockatiel)", async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', { clock, consecutiveFailures: 1 })
    const caller = new AbortController()
    const call = circuit.run(hangs, { signal: caller.signal, timeoutMs: 1_000, fallback: () => 'fallback' })
    caller.abort(new Error('user left'))
    await expect(call).rejects.toThrow('user left')
    expect(circuit.status()).toMatchObject({ state: 'CLOSED', calls: { calls: 0 } })
    expect(clock.pending).toBe(0)
  })

  it('a cancelled probe does not close the circuit (Polly)', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', { clock, consecutiveFailures: 1, probes: 1 })
    await untilRetry(circuit, clock)
    const caller = new AbortController()
    const probe = circuit.run(hangs, { signal: caller.signal })
    caller.abort()
    await expect(probe).rejects.toThrow('aborted')
    expect(circuit.status().state).toBe('HALF_OPEN')
    await expect(circuit.acquire()).resolves.toMatchObject({ probe: true })
  })

  it('an ignored error does not close a half-open circuit (opossum)', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', {
      clock,
      consecutiveFailures: 1,
      probes: 1,
      classify: ({ ok, ...rest }) =>
        ok ? 'success' : 'error' in rest && String(rest.error).includes('mine') ? 'ignored' : 'failure',
    })
    await untilRetry(circuit, clock)
    await expect(circuit.run(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    expect(circuit.status().state).toBe('HALF_OPEN')
  })

  it('a listener that throws neither fails a successful call nor runs it again (opossum, cockatiel)', async () => {
    const circuit = new Circuit('a', {
      listener: () => {
        throw new Error('broken listener')
      },
    })
    circuit.on(() => Promise.reject(new Error('broken asynchronous listener')))
    const call = vi.fn(works)
    await expect(circuit.run(call)).resolves.toBe('answer')
    expect(call).toHaveBeenCalledOnce()
  })

  it('failures older than the window do not count after a freeze (opossum)', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', { clock, minimumCalls: 10 })
    for (let call = 0; call < 9; call++) await circuit.run(fails).catch(() => {})
    clock.freeze(600_000)
    await circuit.run(fails).catch(() => {})
    expect(circuit.status()).toMatchObject({ state: 'CLOSED', calls: { calls: 1, failures: 1 } })
  })

  it('one timeout does not abort the other calls in flight (opossum)', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', { clock })
    const signals: AbortSignal[] = []
    const call = (signal: AbortSignal) => {
      signals.push(signal)
      return hangs(signal)
    }
    const short = circuit.run(call, { timeoutMs: 100 })
    const long = circuit.run(call, { timeoutMs: 1_000 })
    short.catch(() => {})
    long.catch(() => {})
    await clock.advance(100)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    await clock.advance(1_000)
    await expect(long).rejects.toThrow('1000 ms')
  })

  it('two breakers that share one options object share nothing else (opossum)', async () => {
    const options = { consecutiveFailures: 1 }
    const [a, b] = [new Circuit('a', options), new Circuit('a', options)]
    await a.run(fails).catch(() => {})
    expect([a.status().state, b.status().state]).toEqual(['OPEN', 'CLOSED'])
  })

  it('an override that was stored can be released by another environment (cockatiel: never)', async () => {
    const fleet = new TestFleet(2)
    const [a, b] = fleet.environments as [Circuit, Circuit]
    await a.forceOpen({ by: 'ana', reason: 'test' })
    await b.refresh()
    expect(b.status().state).toBe('FORCED_OPEN')
    await b.release({ by: 'bo', reason: 'done' })
    await a.refresh()
    await expect(a.run(works)).resolves.toBe('answer')
    expect((await fleet.store.audits('payments')).map(({ act, by }) => [act, by])).toEqual([
      ['RELEASED', 'bo'],
      ['FORCED_OPEN', 'ana'],
    ])
  })

  it('a state taken over from the store is judged by the time of now (opossum)', async () => {
    const fleet = new TestFleet(2)
    await fleet.open()
    await fleet.clock.advance(3_600_000)
    const fresh = fleet.start()
    await expect(fresh.run(works)).resolves.toBe('answer')
  })
})

describe('defects of breakers that share their state', () => {
  it('failures of many environments, few in each, add up to one opening (counted in each alone)', async () => {
    const fleet = new TestFleet(500)
    const reached = await fleet.play(10_000, 10, fails)
    expect(fleet.transitions[0]).toBe('1 OPEN')
    expect(
      fleet.transitions.filter(transition => transition.endsWith('OPEN') && !transition.includes('HALF')),
    ).toHaveLength(2)
    // 100 calls a second for 10 s: about one refresh of them, the minimum, and one probe.
    expect(reached).toBeLessThan(150)
  })

  it('any environment may finish the recovery that another began (only the lease owner could)', async () => {
    const fleet = new TestFleet(100, { recoveryMs: 0 })
    await fleet.open()
    await fleet.clock.advance(20_000)
    const probers = new Set<number>()
    await fleet.play(2_000, 50, async index => probers.add(index))
    expect(fleet.transitions.at(-1)).toMatch(/CLOSED/)
    expect(probers.size).toBeGreaterThanOrEqual(3)
  })

  it('a thawed former prober overwrites nothing (no fencing)', async () => {
    const fleet = new TestFleet(3, { probes: 1, probeLeaseMs: 1_000, recoveryMs: 0 })
    await fleet.open()
    await fleet.clock.advance(20_000)
    const [a, b] = fleet.environments as [Circuit, Circuit, Circuit]
    const frozen = await a.acquire()
    expect(frozen.probe).toBe(true)
    await fleet.clock.advance(5_000)
    await b.run(works)
    expect(b.status().state).toBe('CLOSED')
    await frozen.fail()
    await a.refresh()
    expect(a.status()).toMatchObject({ state: 'CLOSED', generation: b.status().generation })
  })

  it('writing OPEN does not overwrite HALF_OPEN in mid-probe nor restamp the opening time', async () => {
    const fleet = new TestFleet(2, { minimumCalls: 2, probes: 1 })
    const [a, b] = fleet.environments as [Circuit, Circuit]
    await fleet.open()
    const { retryAt } = a.status()
    const late = await Promise.all([b.run(fails).catch(error => error), b.run(fails).catch(error => error)])
    expect(late.every(isCircuitOpenError)).toBe(true)
    await b.refresh()
    expect(b.status().retryAt).toBe(retryAt)
  })

  it.each(['throttled', 'misconfigured'] as const)(
    'a store that is %s in the election of a probe is not thrown at the caller, and is no permit either',
    async error => {
      const log = vi.spyOn(console, 'error').mockImplementation(() => {})
      const fleet = new TestFleet(1, { recoveryMs: 0 })
      await fleet.open()
      await fleet.clock.advance(20_000)
      fleet.store.fail({ error, operations: ['write'] })
      const [circuit] = fleet.environments as [Circuit]
      await expect(circuit.run(works)).rejects.toMatchObject({ retryAfterMs: 1_000 })
      await fleet.play(1_000 * 1.25 + 5_000, 50, works)
      // Writes have failed a second time, after a pause, and an open time has passed since: this environment is on its own.
      await expect(circuit.run(works)).resolves.toBe('answer')
      log.mockRestore()
    },
  )

  it('a lost election refreshes the snapshot: no failed conditional write a call', async () => {
    const fleet = new TestFleet(2, { probes: 1 })
    await fleet.open()
    await fleet.clock.advance(20_000)
    const [a, b] = fleet.environments as [Circuit, Circuit]
    await a.refresh()
    await b.refresh()
    await a.acquire()
    const before = fleet.store.requests.write
    for (let call = 0; call < 50; call++) await b.run(works).catch(() => {})
    expect(fleet.store.requests.write - before).toBeLessThanOrEqual(1)
  })

  it('successes of one lease are not added to the next', async () => {
    const fleet = new TestFleet(2, { probes: 2, probeLeaseMs: 1_000 })
    await fleet.open()
    await fleet.clock.advance(20_000)
    const [a, b] = fleet.environments as [Circuit, Circuit]
    const lost = await a.acquire()
    await fleet.clock.advance(2_000)
    await b.run(works)
    await lost.succeed()
    await b.refresh()
    expect(b.status().state).toBe('HALF_OPEN')
  })

  it('with the table down there is still protection, by a gate of its own', async () => {
    const fleet = new TestFleet(1)
    fleet.store.fail({ error: 'unavailable' })
    const reached = await fleet.play(5_000, 10, fails)
    expect(reached).toBe(10)
  })

  it('with the table down after OPEN was read, calls are not rejected for ever', async () => {
    const fleet = new TestFleet(1)
    await fleet.open()
    fleet.store.fail({ error: 'unavailable' })
    await fleet.play(60_000, 100, works)
    await expect(fleet.environments[0]!.run(works)).resolves.toBe('answer')
    expect(fleet.environments[0]!.status()).toMatchObject({ state: 'CLOSED', store: 'unavailable' })
  })

  it('rejected calls do not extend the open time', async () => {
    const fleet = new TestFleet(1)
    await fleet.open()
    const { retryAt } = fleet.environments[0]!.status()
    await fleet.play(retryAt! - fleet.clock.now() - 100, 50, works)
    expect(fleet.environments[0]!.status().retryAt).toBe(retryAt)
  })

  it('not all environments probe at once (50 of 50 did)', async () => {
    const fleet = new TestFleet(50)
    await fleet.open()
    await fleet.clock.advance(20_000)
    let inFlight = 0
    let most = 0
    const calls = fleet.environments.map(circuit =>
      circuit
        .run(async () => {
          most = Math.max(most, ++inFlight)
          await new Promise<void>(resolve => fleet.clock.setTimeout(resolve, 100))
          inFlight--
        })
        .catch(() => {}),
    )
    await fleet.clock.advance(200)
    await Promise.all(calls)
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(3)
  })

  it('50 simultaneous failures are not stored as 1 (read, modify, write)', async () => {
    const fleet = new TestFleet(50)
    // Suspicion first, then one failure in each environment at the same moment.
    await Promise.all(fleet.environments.map(circuit => circuit.run(works)))
    for (const _ of '12') await fleet.environments[0]!.run(fails).catch(() => {})
    await fleet.clock.advance(1_000)
    for (const circuit of fleet.environments) await circuit.refresh()
    const before = fleet.store.requests.add
    await Promise.allSettled(fleet.environments.map(circuit => circuit.run(fails)))
    await fleet.clock.advance(1)
    expect(fleet.store.requests.add).toBeGreaterThan(before)
    expect(fleet.transitions).toEqual(['1 OPEN'])
  })

  it('a slow success does not rewrite OPEN to CLOSED', async () => {
    const fleet = new TestFleet(2)
    const [a, b] = fleet.environments as [Circuit, Circuit]
    const slow = await a.acquire()
    await fleet.open()
    await slow.succeed()
    await b.refresh()
    expect(b.status().state).toBe('OPEN')
  })

  it('an error rate of 0.5 % does not open the circuit after 1,000 calls (window reset only after silence)', async () => {
    const fleet = new TestFleet(4)
    let calls = 0
    await fleet.play(60_000, 20, () => (++calls % 200 === 0 ? fails() : works()))
    expect(fleet.transitions).toEqual([])
  })

  it('a store that never answers does not hold a call for longer than storeWaitMs', async () => {
    const fleet = new TestFleet(1, { storeWaitMs: 250 })
    fleet.store.fail({ hang: true })
    const call = fleet.environments[0]!.run(works)
    await fleet.clock.advance(250)
    await expect(call).resolves.toBe('answer')
  })

  it('a hang whose end was never seen is counted at the next call of its environment', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', { clock, consecutiveFailures: 1 })
    // The handler answered and the environment froze before any timer could run.
    circuit.acquire({ timeoutMs: 1_000 })
    clock.freeze(2_000)
    await expect(circuit.run(works)).rejects.toMatchObject({ reason: 'consecutive-failures' })
  })

  it('a hang from before the window, found after a long freeze, says nothing of today', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', { clock, minimumCalls: 1 })
    circuit.acquire({ timeoutMs: 1_000 })
    clock.freeze(60_000)
    await expect(circuit.run(works)).resolves.toBe('answer')
    expect(circuit.status()).toMatchObject({ state: 'CLOSED', calls: { failures: 0 } })
  })

  it('calls that hang, each found at the next one long after the window, are failures in a row', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', { clock, consecutiveFailures: 3 })
    for (let call = 0; call < 3; call++) {
      circuit.acquire({ timeoutMs: 1_000 })
      clock.freeze(60_000)
    }
    // Its open time was over long ago, as it would have been had the environment not been frozen.
    await expect(circuit.run(works)).resolves.toBe('answer')
    expect(circuit.status()).toMatchObject({ state: 'HALF_OPEN', reason: 'consecutive-failures' })
  })

  it('a misconfigured table says so once, loudly, and in an event, while calls go on', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const fleet = new TestFleet(3)
    fleet.store.fail({ error: 'misconfigured' })
    const reached = await fleet.play(60_000, 100, works)
    expect(reached).toBe(600)
    expect(log).toHaveBeenCalledOnce()
    expect(log.mock.calls[0]![0]).toContain('misconfigured')
    expect(fleet.events.filter(event => event.type === 'store-failure')).toHaveLength(3)
    log.mockRestore()
  })
})
