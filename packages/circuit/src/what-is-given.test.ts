import { afterEach, describe, expect, it, vi } from 'vitest'
import { Circuit, type CircuitEvent, type CircuitOptions, Circuits, type RunOptions } from './index.ts'
import { VirtualClock } from './testing/index.ts'

afterEach(() => void vi.unstubAllEnvs())

const traced =
  <A extends unknown[], R>(call: (...given: A) => R) =>
  (...given: A) =>
    call(...given)

describe('what is declared does not decide what is given', () => {
  it('a wrapped call was never aborted, since it declares no parameter (lodash)', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('payments', { clock })
    let given: AbortSignal | undefined
    const call = traced((signal: AbortSignal) => {
      given = signal
      return new Promise(() => {})
    })
    expect(call).toHaveLength(0)
    const run = circuit.run(call, { timeoutMs: 50 })
    const failed = expect(run).rejects.toThrow('timed a call out after 50 ms')
    await clock.advance(50)
    await failed
    expect(given?.aborted).toBe(true)
  })

  it.each([
    ['wrapped', traced((error: unknown, context: unknown) => [error, context])],
    ['with defaults', (error: unknown = 'none', context: unknown = 'none') => [error, context]],
    ['of rest parameters', (...given: unknown[]) => given],
  ])('a fallback %s got undefined for its error (node-promise-breaker)', async (_, fallback) => {
    const circuit = new Circuit('payments')
    const failed = await circuit.run(() => Promise.reject('down'), { fallback })
    expect(failed).toEqual(['down', { circuit: 'payments', cause: 'failed', error: 'down' }])
    await circuit.forceOpen({ by: 'ana', reason: 'test' })
    expect(await circuit.run(() => 1, { fallback })).toMatchObject([
      { circuit: 'payments', reason: 'forced-open' },
      { circuit: 'payments', cause: 'rejected' },
    ])
  })
})

describe('options of a call', () => {
  const bad: [options: unknown, message: string][] = [
    [[], 'options: got an array; allowed is an object'],
    [null, 'options: got null; allowed is an object'],
    [{ signal: new AbortController() }, 'signal: got an object; allowed is an AbortSignal'],
    [{ signal: { aborted: false } }, 'signal: got an object; allowed is an AbortSignal'],
    [{ signal: true }, 'signal: got true; allowed is an AbortSignal'],
    [{ fallback: [] }, 'fallback: got an array; allowed is a function'],
    [{ fallback: null }, 'fallback: got null; allowed is a function'],
    [{ timeout: 50 }, 'did you mean timeoutMs?'],
    [{ timeoutMS: 50 }, 'did you mean timeoutMs?'],
    [{ fallBack: () => 1 }, 'did you mean fallback?'],
    [{ retries: 3 }, 'option: got "retries"; allowed is timeoutMs, deadline, signal, fallback, idempotent'],
    [{ idempotent: 'false' }, 'idempotent: got "false"; allowed is true or false'],
    [{ timeoutMs: '50' }, 'timeoutMs: got "50"; allowed is a number above 0'],
    [{ deadline: new Date() }, 'deadline: got an object; allowed is epoch ms'],
  ]
  it.each(bad)('%j was accepted until it did harm', async (options, message) => {
    const circuit = new Circuit('payments')
    const call = vi.fn(async () => 1)
    const error = await circuit.run(call, options as RunOptions).catch(error => error)
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toMatch(/^Circuit: /)
    expect(error.message).toContain(message)
    expect(call).not.toHaveBeenCalled()
    expect(circuit.status().calls).toEqual({ calls: 0, failures: 0, slow: 0 })
  })

  it.each([undefined, null])('takes %s for no signal, as fetch does', async signal => {
    expect(await new Circuit('payments').run(() => 1, { signal } as unknown as RunOptions)).toBe(1)
  })

  it('takes a signal of another realm', async () => {
    const listeners: (() => void)[] = []
    const signal = {
      aborted: false,
      reason: 'enough',
      addEventListener: (_: string, listener: () => void) => listeners.push(listener),
      removeEventListener: () => {},
    }
    const run = new Circuit('payments').run(() => new Promise(() => {}), { signal: signal as never })
    signal.aborted = true
    for (const listener of listeners) listener()
    await expect(run).rejects.toBe('enough')
  })

  it('refuses names that acquire does not have', async () => {
    const circuit = new Circuit('payments')
    await expect(circuit.acquire({ reentrent: true } as object)).rejects.toThrow('did you mean reentrant?')
    await expect(circuit.acquire({ detached: 1 } as object)).rejects.toThrow(
      'detached: got 1; allowed is true or',
    )
  })
})

describe('options of a circuit', () => {
  it.each<[CircuitOptions | Record<string, unknown>, string]>([
    [{ disabled: 'false' }, 'disabled: got "false"; allowed is true or false'],
    [{ stackTraces: 'no' }, 'stackTraces: got "no"; allowed is true or false'],
    [{ random: 0.5 }, 'random: got 0.5; allowed is a function'],
    [{ clock: {} }, 'clock: got an object; allowed is a Clock'],
    [{ clock: Date }, 'clock: got a function; allowed is a Clock'],
    [{ store: [] }, 'store: got an array; allowed is a SharedStore'],
    [{ store: null }, 'store: got null; allowed is a SharedStore'],
    [{ classify: async () => 'failure' }, 'classify: got a function; allowed is one that returns a verdict'],
    [{ classify: null }, 'classify: got null; allowed is a function'],
    [{ listener: [] }, 'listener: got an array; allowed is a function'],
    [{ listener: 0 }, 'listener: got 0; allowed is a function'],
    [{ retry: 3 }, 'retry: got 3; allowed is a function'],
    [{ retry: 0 }, 'retry: got 0; allowed is a function'],
    [{ throttle: false }, 'throttle: got false; allowed is a function'],
    [{ timeout: 50 }, 'did you mean timeoutMs?'],
    [{ failureRatio: 0.5 }, 'option: got "failureRatio"; allowed is failureRate,'],
    [{ consecutiveFailure: 5 }, 'did you mean consecutiveFailures?'],
    [{ maxOpen: 5 }, 'did you mean maxOpenMs?'],
  ])('%j was accepted', (options, message) => {
    expect(() => new Circuit('a', options as CircuitOptions)).toThrow(message)
    expect(() => new Circuit('a', options as CircuitOptions)).toThrow(TypeError)
  })

  it.each([
    [{ maxCircuit: 5 }, 'Circuits: option: got "maxCircuit"', 'did you mean maxCircuits?'],
    [{ prefx: 'host' }, 'Circuits: option: got "prefx"', 'did you mean prefix?'],
    [{ timeout: 5 }, 'Circuits: option: got "timeout"', 'did you mean timeoutMs?'],
  ])('%j of circuits by key was taken for one of each circuit', (options, ...messages) => {
    for (const message of messages) expect(() => new Circuits(options as CircuitOptions)).toThrow(message)
  })

  it.each([
    ['a promise', () => Promise.resolve('failure')],
    ['true', () => true],
    ['a misspelt outcome', () => ({ outcome: 'failed' })],
  ])(
    'a classify that answers %s never opened the circuit; said once, the default judges',
    async (_, classify) => {
      const complain = vi.spyOn(console, 'error').mockReturnValue()
      const events: CircuitEvent[] = []
      const circuit = new Circuit('payments', { consecutiveFailures: 3, classify: classify as never })
      circuit.on(event => events.push(event))
      for (let call = 0; call < 3; call++)
        await circuit.run(() => Promise.reject(new Error('down'))).catch(() => {})
      expect(circuit.status().state).toBe('OPEN')
      expect(events.filter(({ type }) => type === 'misconfiguration')).toHaveLength(1)
      expect(complain.mock.calls.flat().join()).not.toContain('down')
      complain.mockRestore()
    },
  )

  it('leaves what a classify has no opinion of to the default', async () => {
    const circuit = new Circuit('payments', { classify: () => undefined })
    expect(circuit.judge({ ok: true, value: 1 })).toBe('success')
    expect(circuit.judge({ ok: false, error: new Error('down') })).toMatchObject({ outcome: 'failure' })
  })
})

describe('BREAKWATER_DISABLED', () => {
  it.each([
    ...['true', '1', 'yes', 'on', 'TRUE', 'Yes', 'ON', ' true '].map(text => [text, true] as const),
    ...['false', '0', 'no', 'off', 'FALSE', 'No', 'OFF', ''].map(text => [text, false] as const),
  ])('%j was read by its letters', async (text, disabled) => {
    vi.stubEnv('BREAKWATER_DISABLED', text)
    const circuit = new Circuit('payments', { consecutiveFailures: 1 })
    await circuit.run(() => Promise.reject(new Error('down'))).catch(() => {})
    expect(circuit.status().state).toBe(disabled ? 'CLOSED' : 'OPEN')
  })

  it('anything else was ignored in silence; it is said, once', async () => {
    const complain = vi.spyOn(console, 'error').mockReturnValue()
    vi.stubEnv('BREAKWATER_DISABLED', 'ja\u001b[2J')
    const events: CircuitEvent[] = []
    for (let circuits = 0; circuits < 3; circuits++)
      new Circuit('payments', { consecutiveFailures: 1 }).on(event => events.push(event))
    await Promise.resolve()
    expect(events).toHaveLength(3)
    expect(events[0]).toMatchObject({
      type: 'misconfiguration',
      message: 'BREAKWATER_DISABLED: got "ja\\u001b[2J"; allowed is true, 1, yes, on, false, 0, no or off',
    })
    expect(complain).toHaveBeenCalledOnce()
    complain.mockRestore()
  })
})
