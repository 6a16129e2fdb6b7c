import { describe, expect, it } from 'vitest'
import { Circuit, type CircuitOptions, Circuits } from './index.ts'

describe('options', () => {
  const bad: [options: object, message: string][] = [
    [{ failureRate: 0 }, 'failureRate: got 0; allowed is a number above 0, at most 1'],
    [{ failureRate: 50 }, 'failureRate: got 50; allowed is a number above 0, at most 1'],
    [{ failureRate: '0.5' }, 'failureRate: got "0.5"; allowed is a number above 0, at most 1'],
    [{ minimumCalls: 2.5 }, 'minimumCalls: got 2.5; allowed is a whole number above 0, at most 2147483647'],
    [{ windowMs: Number.NaN }, 'windowMs: got NaN; allowed is a number above 0, at most 2147483647'],
    [{ openMs: -1 }, 'openMs: got -1; allowed is a number above 0, at most 2147483647'],
    [{ openMs: 10, maxOpenMs: 5 }, 'openMs: got 10; allowed is at most maxOpenMs, 5'],
    [{ probeLeaseMs: 86_400_001 }, 'probeLeaseMs: got 86400001; allowed is at most a day, 86400000'],
    [{ timeoutMs: 77_760_001 }, 'timeoutMs: got 77760001; allowed is at most 0.9 of a day, 77760000'],
    [
      { slowCallMs: 27_001 },
      'slowCallMs: got 27001; allowed is at most 0.9 of probeLeaseMs without a timeoutMs, 27000',
    ],
    [
      { slowCallMs: 901, probeLeaseMs: 1_000 },
      'slowCallMs: got 901; allowed is at most 0.9 of probeLeaseMs without a timeoutMs, 900',
    ],
    [{ probes: 0 }, 'probes: got 0; allowed is a whole number above 0, at most 2147483647'],
    [{ slowCallRate: 0.5 }, 'slowCallMs: got undefined; allowed is a number where slowCallRate is given'],
    [
      { consecutiveFailures: 3, failureRate: 0.5 },
      'failureRate: got 0.5; allowed is nothing beside consecutiveFailures',
    ],
    [
      { consecutiveFailures: 3, slowCallMs: 5 },
      'slowCallMs: got 5; allowed is nothing beside consecutiveFailures',
    ],
    [{ refreshMs: 0 }, 'refreshMs: got 0; allowed is a number above 0, at most 2147483647'],
    [{ storeWaitMs: 0 }, 'storeWaitMs: got 0; allowed is a number above 0, at most 2147483647'],
    [{ timeoutMs: 0 }, 'timeoutMs: got 0; allowed is a number above 0, at most 2147483647'],
    [{ store: {} }, 'store: got an object; allowed is a SharedStore'],
    [{ classify: 'x' }, 'classify: got "x"; allowed is a function'],
    [{ listener: 1 }, 'listener: got 1; allowed is a function'],
    [{ environment: '' }, 'environment: got ""; allowed is a text of 1 to 256 characters'],
    [{ failurerate: 0.5 }, 'option: got "failurerate"; allowed is failureRate,'],
  ]
  for (const [options, message] of bad) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      expect(() => new Circuit('a', options as CircuitOptions)).toThrow(`Circuit: ${message}`)
      expect(() => new Circuits(options as CircuitOptions)).toThrow(`Circuits: ${message}`)
    })
  }

  it('take what a probe can be judged by', () => {
    const good: CircuitOptions[] = [
      { slowCallMs: 27_000 },
      { slowCallMs: 40_000, probeLeaseMs: 50_000 },
      { slowCallMs: 40_000, timeoutMs: 60_000 },
      { timeoutMs: 77_760_000, probeLeaseMs: 86_400_000 },
    ]
    for (const options of good) expect(new Circuit('a', options).name).toBe('a')
  })

  it('refuses a name that is none', () => {
    expect(() => new Circuit('')).toThrow('Circuit: name: got ""; allowed is a text of 1 to 256 characters')
    expect(() => new Circuit(7 as never)).toThrow('Circuit: name: got 7')
  })

  it('refuses bad options of a call', async () => {
    const circuit = new Circuit('a')
    await expect(circuit.run(7 as never)).rejects.toThrow('Circuit: call: got 7; allowed is a function')
    await expect(circuit.run(() => 1, { timeoutMs: -5 })).rejects.toThrow('Circuit: timeoutMs: got -5')
    await expect(circuit.run(() => 1, { deadline: Number.NaN })).rejects.toThrow('Circuit: deadline: got NaN')
  })

  it('refuses an act without who and why', async () => {
    const circuit = new Circuit('a')
    await expect(circuit.forceOpen({ by: '', reason: 'x' })).rejects.toThrow('Circuit: by: got ""')
    await expect(circuit.forceOpen({ by: 'x' } as never)).rejects.toThrow('Circuit: reason: got undefined')
    await expect(circuit.forceOpen(undefined as never)).rejects.toThrow('Circuit: by: got undefined')
    await expect(circuit.forceOpen({ by: 'x', reason: 'y', forMs: 0 })).rejects.toThrow(
      'Circuit: forMs: got 0',
    )
  })

  it('exclude each other in the type where they do at run time', () => {
    const options: CircuitOptions[] = [
      { consecutiveFailures: 3 },
      { failureRate: 0.5, slowCallRate: 0.5, slowCallMs: 100 },
      // @ts-expect-error one rule or the other
      { consecutiveFailures: 3, failureRate: 0.5 },
      // @ts-expect-error one rule or the other
      { consecutiveFailures: 3, minimumCalls: 5 },
    ]
    expect(options).toHaveLength(4)
  })

  it('of keyed circuits are checked where they are written', () => {
    expect(() => new Circuits({ maxCircuits: 0 })).toThrow('Circuits: maxCircuits: got 0')
    expect(() => new Circuits({ maxNewPerSecond: 0 })).toThrow('Circuits: maxNewPerSecond: got 0')
    expect(() => new Circuits({ prefix: '' })).toThrow('Circuits: prefix: got ""')
    const circuits = new Circuits({ prefix: 'tenant', maxCircuits: 2 })
    expect(circuits.for('a').name).toBe('tenant:a')
    expect(() => circuits.for('')).toThrow('Circuits: key: got ""')
  })
})
