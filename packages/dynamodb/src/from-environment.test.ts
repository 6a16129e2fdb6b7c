import { Circuit, type CircuitEvent, type CircuitOptions, type Circuits } from '@breakwater/circuit'
import { MemoryStore } from '@breakwater/circuit/shared'
import { VirtualClock } from '@breakwater/circuit/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { circuitFromEnvironment, circuitsFromEnvironment } from './index.ts'

const said = vi.spyOn(console, 'error').mockImplementation(() => {})
afterEach(() => {
  said.mockClear()
  vi.unstubAllEnvs()
})

const fails = () => Promise.reject(new Error('down'))
const store = () => new MemoryStore()

/** Calls that fail until the circuit is open: so many, at most 20. */
async function failuresToOpen(circuit: Circuit): Promise<number> {
  for (let calls = 1; calls <= 20; calls++) {
    await circuit.run(fails).catch(() => {})
    if (circuit.status().scope) return calls
  }
  return Infinity
}

function circuitWith(value: unknown, options: CircuitOptions = {}, name = 'payments'): Circuit {
  vi.stubEnv('CIRCUIT_OPTIONS', typeof value === 'string' ? value : JSON.stringify(value))
  return circuitFromEnvironment(name, { store: store(), clock: new VirtualClock(), ...options })
}

describe('circuitFromEnvironment', () => {
  it.each<[string, unknown, CircuitOptions, number]>([
    ['no options', '', { consecutiveFailures: 3 }, 3],
    ['white space', ' ', { consecutiveFailures: 3 }, 3],
    ['options of all circuits', { consecutiveFailures: 2 }, {}, 2],
    ['options that go before those of the code', { consecutiveFailures: 2 }, { consecutiveFailures: 3 }, 2],
    ['another rule than the code', { consecutiveFailures: 2 }, { failureRate: 0.9, minimumCalls: 20 }, 2],
    ['a rate where the code counts in a row', { minimumCalls: 5 }, { consecutiveFailures: 2 }, 5],
    [
      'options by name',
      { circuits: { payments: { consecutiveFailures: 2 } } },
      { consecutiveFailures: 3 },
      2,
    ],
    ['options of others only', { circuits: { users: { probes: 1 } } }, { consecutiveFailures: 3 }, 3],
    ['a default', { default: { consecutiveFailures: 2 }, circuits: { users: {} } }, {}, 2],
    ['the off switch', { disabled: true }, { consecutiveFailures: 1 }, Infinity],
    ['an off switch that is off', { disabled: false }, { consecutiveFailures: 1, disabled: true }, 1],
  ])('takes %s', async (_, value, own, calls) => {
    expect(await failuresToOpen(circuitWith(value, own))).toBe(calls)
    expect(said).not.toHaveBeenCalled()
  })

  it('takes no options where the variable is missing', async () => {
    vi.stubEnv('CIRCUIT_OPTIONS', undefined)
    const circuit = circuitFromEnvironment('payments', { store: store(), consecutiveFailures: 3 })
    expect(await failuresToOpen(circuit)).toBe(3)
  })

  it('is switched off by BREAKWATER_DISABLED, whatever else is set', async () => {
    vi.stubEnv('BREAKWATER_DISABLED', 'true')
    for (const value of [{ disabled: false }, 'yes', {}])
      expect(await failuresToOpen(circuitWith(value, { consecutiveFailures: 1 }))).toBe(Infinity)
  })

  it.each([
    ['{', 'CIRCUIT_OPTIONS: got "{"; allowed is a JSON object such as'],
    ['[]', 'CIRCUIT_OPTIONS: got "[]"; allowed is a JSON object'],
    ['null', 'CIRCUIT_OPTIONS: got "null"'],
    ['5', 'CIRCUIT_OPTIONS: got "5"'],
    ['{"openMs":-1}', 'CIRCUIT_OPTIONS: openMs: got -1; allowed is a number above 0'],
    ['{"openMs":"5"}', 'CIRCUIT_OPTIONS: openMs: got "5"'],
    ['{"openms":5}', 'CIRCUIT_OPTIONS: option: got "openms"; allowed is failureRate,'],
    ['{"store":{}}', 'CIRCUIT_OPTIONS: option: got "store"'],
    ['{"disabled":"false"}', 'CIRCUIT_OPTIONS: disabled: got "false"; allowed is true or false'],
    ['{"openMs":900000}', 'CIRCUIT_OPTIONS: openMs: got 900000; allowed is at most maxOpenMs, 300000'],
    ['{"consecutiveFailures":2,"failureRate":0.5}', 'nothing beside consecutiveFailures'],
    ['{"circuits":[]}', 'CIRCUIT_OPTIONS: circuits: got an array; allowed is an object'],
    ['{"circuits":{"payments":5}}', 'CIRCUIT_OPTIONS: options: got 5; allowed is an object'],
    ['{"default":null}', 'CIRCUIT_OPTIONS: options: got null; allowed is an object'],
  ])(
    'a function died at init by %s: the options of its code hold, and it is said once',
    async (value, message) => {
      const events: CircuitEvent[] = []
      for (let circuits = 0; circuits < 2; circuits++) {
        const circuit = circuitWith(value, { consecutiveFailures: 3 })
        circuit.on(event => events.push(event))
        expect(await failuresToOpen(circuit)).toBe(3)
      }
      expect(said).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(message))
      const reports = events.filter(({ type }) => type === 'misconfiguration')
      const event = { circuit: 'payments', message: expect.stringContaining(message), at: expect.any(Number) }
      expect(reports).toEqual([
        { type: 'misconfiguration', ...event },
        { type: 'misconfiguration', ...event },
      ])
    },
  )

  it('keeps the off switch of options that cannot be used', async () => {
    const circuit = circuitWith({ disabled: true, openms: 5 }, { consecutiveFailures: 1 })
    expect(await failuresToOpen(circuit)).toBe(Infinity)
  })

  it('shares its store through a table, and goes on where there is none', async () => {
    vi.stubEnv('CIRCUIT_TABLE', undefined)
    vi.stubEnv('CIRCUIT_OPTIONS', '{"consecutiveFailures":2}')
    const circuit = circuitFromEnvironment('payments')
    const events: CircuitEvent[] = []
    circuit.on(event => events.push(event))
    expect(await failuresToOpen(circuit)).toBe(2)
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'store-failure', kind: 'misconfigured', circuit: 'payments' }),
    )
    expect(said).toHaveBeenCalledTimes(1)
  })

  it('throws for what is wrong in the code, whatever the environment says', () => {
    for (const value of ['{}', '{']) {
      vi.stubEnv('CIRCUIT_OPTIONS', value)
      expect(() => circuitFromEnvironment('')).toThrow('Circuit: name: got ""')
      expect(() => circuitFromEnvironment('payments', { openMs: -1 })).toThrow('Circuit: openMs: got -1')
      expect(() => circuitsFromEnvironment({ maxCircuits: 0 })).toThrow('Circuits: maxCircuits: got 0')
    }
  })
})

it('circuitsFromEnvironment takes the same options for circuits by key', async () => {
  vi.stubEnv('CIRCUIT_OPTIONS', '{"default":{"consecutiveFailures":2},"circuits":{"payments":{}}}')
  const tenants: Circuits = circuitsFromEnvironment({ store: store(), prefix: 'tenant' })
  expect(tenants.for('a')).toBeInstanceOf(Circuit)
  expect(tenants.for('a').name).toBe('tenant:a')
  expect(await failuresToOpen(tenants.for('a'))).toBe(2)
})
