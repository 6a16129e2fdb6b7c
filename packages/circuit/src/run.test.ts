import { describe, expect, expectTypeOf, it, vi } from 'vitest'
import { fails, hangs, works } from './fleet.fixture.ts'
import {
  CallTimeoutError,
  Circuit,
  type CircuitEvent,
  CircuitOpenError,
  isCallTimeoutError,
  isCircuitOpenError,
  type Settled,
} from './index.ts'
import { VirtualClock } from './testing/index.ts'

const setUp = (options: ConstructorParameters<typeof Circuit>[1] = {}) => {
  const clock = new VirtualClock()
  return { clock, circuit: new Circuit('payments', { clock, consecutiveFailures: 1, ...options } as object) }
}

describe('run', () => {
  it('returns the value of the call, be it a promise or not, and throws its error', async () => {
    const { circuit } = setUp()
    await expect(circuit.run(works)).resolves.toBe('answer')
    await expect(circuit.run(() => 7)).resolves.toBe(7)
    await expect(circuit.run(() => undefined, { timeoutMs: 10 })).resolves.toBeUndefined()
    const error = new Error('at once')
    const thrown = circuit.run(
      () => {
        throw error
      },
      { timeoutMs: 10 },
    )
    await expect(thrown).rejects.toBe(error)
  })

  it('says in its type what call and fallback answer', () => {
    const { circuit } = setUp()
    expectTypeOf(circuit.run(() => 1)).resolves.toEqualTypeOf<number>()
    expectTypeOf(circuit.run(async () => 'a', { timeoutMs: 1 })).resolves.toEqualTypeOf<string>()
    expectTypeOf(circuit.run(() => 1, { fallback: () => 'b' })).resolves.toEqualTypeOf<number | string>()
    expectTypeOf(circuit.run(() => 1, { fallback: async () => null })).resolves.toEqualTypeOf<number | null>()
  })

  it('gives every call a signal that is not aborted when the call succeeds, one of its own where it has an end', async () => {
    const { circuit, clock } = setUp()
    const signals: AbortSignal[] = []
    const call = async (signal: AbortSignal) => signals.push(signal)
    await circuit.run(call)
    await circuit.run(call)
    await circuit.run(call, { timeoutMs: 10 })
    await circuit.run(call, { timeoutMs: 10 })
    await clock.advance(100)
    expect(signals.every(signal => signal instanceof AbortSignal)).toBe(true)
    expect(new Set(signals.slice(2)).size).toBe(2)
    expect(signals.some(({ aborted }) => aborted)).toBe(false)
    expect(clock.pending).toBe(0)
  })

  it('times a call out, aborts it with the reason, drops its late answer, and counts a failure', async () => {
    const { circuit, clock } = setUp()
    let answer = (_: string) => {}
    let signal: AbortSignal | undefined
    const run = circuit.run(
      own => {
        signal = own
        return new Promise<string>(resolve => {
          answer = resolve
        })
      },
      { timeoutMs: 500 },
    )
    await clock.advance(499)
    expect(signal!.aborted).toBe(false)
    run.catch(() => {})
    await clock.advance(1)
    answer('too late')
    const error = await run.catch((reason: unknown) => reason)
    expect(isCallTimeoutError(error)).toBe(true)
    expect(error).toMatchObject({ name: 'CallTimeoutError', circuit: 'payments', timeoutMs: 500 })
    expect(signal!.reason).toBe(error)
    expect(circuit.status()).toMatchObject({ state: 'OPEN', reason: 'consecutive-failures' })
    expect(clock.pending).toBe(0)
  })

  it('takes the sooner of timeout and deadline, and does not call when the deadline has passed', async () => {
    const { circuit, clock } = setUp()
    const call = vi.fn(hangs)
    const run = circuit.run(call, { timeoutMs: 500, deadline: clock.now() + 200 })
    run.catch(() => {})
    await clock.advance(200)
    await expect(run).rejects.toMatchObject({ timeoutMs: 200 })
    const { circuit: other, clock: itsOwn } = setUp()
    await expect(other.run(call, { deadline: itsOwn.now() - 1 })).rejects.toThrow(CallTimeoutError)
    await expect(other.run(call, { deadline: itsOwn.now(), fallback: () => 'cached' })).resolves.toBe(
      'cached',
    )
    expect(call).toHaveBeenCalledOnce()
    expect(other.status().state).toBe('CLOSED')
  })

  it("follows the caller's signal and leaves no listener on it", async () => {
    const { circuit } = setUp()
    const caller = new AbortController()
    const added = vi.spyOn(caller.signal, 'addEventListener')
    const removed = vi.spyOn(caller.signal, 'removeEventListener')
    await circuit.run(works, { signal: caller.signal })
    expect(removed.mock.calls.length).toBeGreaterThanOrEqual(added.mock.calls.length)
    let inner: AbortSignal | undefined
    const run = circuit.run(
      signal => {
        inner = signal
        return hangs(signal)
      },
      { signal: caller.signal },
    )
    caller.abort(new Error('enough'))
    await expect(run).rejects.toThrow('enough')
    expect(inner!.aborted).toBe(true)
    const call = vi.fn(works)
    await expect(circuit.run(call, { signal: caller.signal })).rejects.toThrow('enough')
    expect(call).not.toHaveBeenCalled()
  })

  it('rejects at once while open, with name, reason and wait', async () => {
    const { circuit } = setUp({ openMs: 5_000, random: () => 0 })
    await circuit.run(fails).catch(() => {})
    const call = vi.fn(works)
    const error = await circuit.run(call).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(CircuitOpenError)
    expect(isCircuitOpenError(error)).toBe(true)
    expect(error).toMatchObject({
      name: 'CircuitOpenError',
      circuit: 'payments',
      reason: 'consecutive-failures',
      retryAfterMs: 5_000,
      message: 'Temporarily unavailable; retry in 5 s',
    })
    expect(call).not.toHaveBeenCalled()
  })
})

describe('fallback', () => {
  it('answers for a failure, a timeout and a rejection, and knows which', async () => {
    const { circuit, clock } = setUp()
    const fallback = vi.fn((_error: unknown, { cause }: { cause: string }) => cause)
    await expect(circuit.run(fails, { fallback })).resolves.toBe('failed')
    await expect(circuit.run(works, { fallback })).resolves.toBe('rejected')
    const { circuit: other } = { circuit: new Circuit('b', { clock }) }
    const timedOut = other.run(hangs, { fallback, timeoutMs: 5 })
    await clock.advance(5)
    await expect(timedOut).resolves.toBe('failed')
    expect(fallback.mock.calls.map(([error]) => (error as Error).name)).toEqual([
      'Error',
      'CircuitOpenError',
      'CallTimeoutError',
    ])
  })

  it('may answer undefined', async () => {
    const { circuit } = setUp()
    await expect(circuit.run(fails, { fallback: () => undefined })).resolves.toBeUndefined()
  })

  it('may itself throw, and that is what the caller gets', async () => {
    const { circuit } = setUp()
    const fallback = () => {
      throw new Error('no cached answer')
    }
    await expect(circuit.run(fails, { fallback })).rejects.toThrow('no cached answer')
  })

  it('is not asked for an error that is no failure: a 404 is an answer', async () => {
    const { circuit } = setUp()
    const notFound = Object.assign(new Error('not found'), { status: 404 })
    await expect(circuit.run(() => Promise.reject(notFound), { fallback: () => 'cached' })).rejects.toBe(
      notFound,
    )
    expect(circuit.status().state).toBe('CLOSED')
  })

  it('answers for a response that says 503', async () => {
    const { circuit } = setUp()
    const call = async () => new Response('', { status: 503, headers: { 'retry-after': '60' } })
    await expect(circuit.run(call, { fallback: () => 'cached' })).resolves.toBe('cached')
    const { retryAt } = circuit.status()
    expect(retryAt).toBeGreaterThanOrEqual(circuit.status().since + 60_000)
  })
})

describe('trip rules', () => {
  it('failure rate, from the minimum of calls on', async () => {
    const { circuit } = setUp({ consecutiveFailures: undefined, failureRate: 0.5, minimumCalls: 4 } as object)
    await circuit.run(works)
    for (let call = 0; call < 2; call++) await circuit.run(fails).catch(() => {})
    expect(circuit.status().state).toBe('CLOSED')
    await circuit.run(fails).catch(() => {})
    expect(circuit.status()).toMatchObject({ state: 'OPEN', reason: 'failure-rate' })
  })

  it('slow calls, without a single error', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', { clock, slowCallMs: 100, slowCallRate: 0.5, minimumCalls: 2 })
    const slow = () => new Promise(resolve => clock.setTimeout(() => resolve('late'), 100))
    for (let call = 0; call < 2; call++) {
      const run = circuit.run(slow)
      await clock.advance(100)
      await expect(run).resolves.toBe('late')
    }
    expect(circuit.status()).toMatchObject({ state: 'OPEN', reason: 'slow-call-rate' })
  })

  it('failures in a row, which a success ends', async () => {
    const { circuit } = setUp({ consecutiveFailures: 2 })
    await circuit.run(fails).catch(() => {})
    await circuit.run(works)
    await circuit.run(fails).catch(() => {})
    expect(circuit.status().state).toBe('CLOSED')
    await circuit.run(fails).catch(() => {})
    expect(circuit.status().state).toBe('OPEN')
  })

  it('failures in a row open where one call fails every 12 s, longer than the window, for good', async () => {
    const { circuit, clock } = setUp({ consecutiveFailures: 5, windowMs: 10_000 } as object)
    for (let call = 1; call <= 5; call++) {
      await clock.advance(12_000)
      expect(circuit.status().state).toBe('CLOSED')
      await circuit.run(fails).catch(() => {})
    }
    expect(circuit.status()).toMatchObject({ state: 'OPEN', reason: 'consecutive-failures' })
  })

  it('failures in a row are neither extended nor ended by a call that is ignored', async () => {
    const aborted = async (): Promise<never> => {
      throw new Error('mine')
    }
    const { circuit, clock } = setUp({
      consecutiveFailures: 2,
      classify: (settled: Settled) =>
        settled.ok ? 'success' : (settled.error as Error).message === 'mine' ? 'ignored' : 'failure',
    } as object)
    for (const call of [aborted, fails, aborted, aborted]) {
      await clock.advance(12_000)
      await circuit.run(call).catch(() => {})
    }
    expect(circuit.status().state).toBe('CLOSED')
    await circuit.run(fails).catch(() => {})
    expect(circuit.status().state).toBe('OPEN')
  })

  it('a row of failures begins anew once the circuit has closed again', async () => {
    const { circuit, clock } = setUp({ consecutiveFailures: 2, probes: 1, recoveryMs: 0 } as object)
    for (let call = 0; call < 2; call++) await circuit.run(fails).catch(() => {})
    await clock.advance(10_000)
    await circuit.run(works)
    await circuit.run(fails).catch(() => {})
    expect(circuit.status().state).toBe('CLOSED')
  })
})

describe('recovery', () => {
  const recover = async (options: object = {}) => {
    const { circuit, clock } = setUp({
      probes: 1,
      openMs: 1_000,
      recoveryMs: 10_000,
      random: () => 0.5,
      ...options,
    })
    await circuit.run(fails).catch(() => {})
    await clock.advance(1_200)
    await circuit.run(works)
    return { circuit, clock }
  }

  it('lets traffic in by the time since closing', async () => {
    const { circuit, clock } = await recover()
    expect(circuit.status()).toMatchObject({ state: 'CLOSED', admittedShare: 0.1 })
    await expect(circuit.run(works)).rejects.toMatchObject({ reason: 'recovering' })
    await clock.advance(4_000)
    expect(circuit.status().admittedShare).toBe(0.4)
    await clock.advance(1_100)
    await expect(circuit.run(works)).resolves.toBe('answer')
    await clock.advance(5_000)
    expect(circuit.status().admittedShare).toBe(1)
  })

  it('opens at once on a relapse, for twice as long', async () => {
    const { circuit, clock } = await recover({ random: () => 0 })
    await circuit.run(fails).catch(() => {})
    expect(circuit.status()).toMatchObject({ state: 'OPEN', reason: 'relapse', openings: 2 })
    expect(circuit.status().retryAt! - clock.now()).toBe(2_000)
  })

  it('starts the backoff over once a recovery has held', async () => {
    const { circuit, clock } = await recover({ random: () => 0 })
    await clock.advance(10_000)
    await circuit.run(fails).catch(() => {})
    expect(circuit.status()).toMatchObject({ openings: 1, reason: 'consecutive-failures' })
  })

  it('takes a slow probe for a failed one where slowness opens the circuit', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('a', { clock, slowCallMs: 100, minimumCalls: 1, probes: 1, openMs: 1_000 })
    const slow = () => new Promise<void>(resolve => clock.setTimeout(() => resolve(), 100))
    for (const wait of [100, 2_000]) {
      const run = circuit.run(slow)
      await clock.advance(100)
      await run
      await clock.advance(wait === 100 ? 1_200 : 0)
    }
    expect(circuit.status()).toMatchObject({ state: 'OPEN', reason: 'probe-failed' })
  })
})

describe('by hand', () => {
  it('forced open rejects everything until released, or until its time is over', async () => {
    const { circuit, clock } = setUp()
    await circuit.forceOpen({ by: 'ana', reason: 'migration', forMs: 1_000 })
    await expect(circuit.run(works)).rejects.toMatchObject({ reason: 'forced-open', retryAfterMs: 1_000 })
    expect(circuit.status()).toMatchObject({
      state: 'FORCED_OPEN',
      control: { by: 'ana', reason: 'migration' },
    })
    await clock.advance(1_000)
    await expect(circuit.run(works)).resolves.toBe('answer')
    await circuit.forceOpen({ by: 'ana', reason: 'migration' })
    await clock.advance(3_600_000)
    await expect(circuit.run(works)).rejects.toMatchObject({ reason: 'forced-open' })
    await circuit.release({ by: 'bo', reason: 'done' })
    await expect(circuit.run(works)).resolves.toBe('answer')
    expect(circuit.status().state).toBe('CLOSED')
  })

  it('forced closed lets everything through and counts nothing', async () => {
    const { circuit } = setUp()
    await circuit.forceClosed({ by: 'ana', reason: 'drill' })
    for (let call = 0; call < 10; call++) await expect(circuit.run(fails)).rejects.toThrow('down')
    expect(circuit.status()).toMatchObject({ state: 'FORCED_CLOSED', generation: 0, calls: { calls: 0 } })
  })

  it('observe only decides and reports as always, and rejects nothing', async () => {
    const { circuit } = setUp()
    const events: CircuitEvent[] = []
    circuit.on(event => events.push(event))
    await circuit.observeOnly({ by: 'ana', reason: 'first week' })
    for (let call = 0; call < 3; call++) await expect(circuit.run(fails)).rejects.toThrow('down')
    expect(circuit.status().state).toBe('OPEN')
    expect(events.filter(({ type }) => type === 'rejection')).toMatchObject([
      { observed: true },
      { observed: true },
    ])
  })

  it('switches off by an environment variable', async () => {
    vi.stubEnv('BREAKWATER_DISABLED', 'true')
    const circuit = new Circuit('a', { consecutiveFailures: 1 })
    vi.unstubAllEnvs()
    for (let call = 0; call < 3; call++) await expect(circuit.run(fails)).rejects.toThrow('down')
    expect(circuit.status().state).toBe('CLOSED')
  })
})

describe('permits', () => {
  it('count the first word only', async () => {
    const { circuit } = setUp()
    const permit = await circuit.acquire()
    await permit.succeed()
    await permit.fail()
    expect(circuit.status()).toMatchObject({ state: 'CLOSED', calls: { calls: 1, failures: 0 } })
  })

  it('let classify judge, and return the outcome', async () => {
    const { circuit } = setUp()
    await expect((await circuit.acquire()).settle({ ok: true, value: 1 })).resolves.toBe('success')
    await expect((await circuit.acquire()).settle({ ok: false, error: { status: 404 } })).resolves.toBe(
      'success',
    )
    await expect((await circuit.acquire()).settle({ ok: false, error: { status: 500 } })).resolves.toBe(
      'failure',
    )
    await expect(circuit.acquire()).rejects.toThrow(CircuitOpenError)
  })
})
