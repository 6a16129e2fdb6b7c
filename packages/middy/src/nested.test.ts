import { Circuit, type CircuitOptions } from '@breakwater/circuit'
import { MemoryStore, pause } from '@breakwater/circuit/shared'
import { VirtualClock } from '@breakwater/circuit/testing'
import { describe, expect, it } from 'vitest'
import { contextOf, versions } from './chain.fixture.ts'
import { circuitBreaker } from './index.ts'

const fails = () => Promise.reject(new Error('down'))

describe.each(versions)('the same circuit around a handler and inside of it, under $version', ({ middy }) => {
  /** Environments that share a circuit, each with a handler that calls through it in two places. */
  function environments(count: number, probes: number) {
    const clock = new VirtualClock()
    const store = new MemoryStore()
    let down = true
    const call = async () => {
      await pause(100, undefined, clock)
      if (down) throw new Error('down')
      return 'answer'
    }
    const made = Array.from({ length: count }, (_, index) => {
      const options: CircuitOptions = { store, clock, probes, environment: `e${index}`, minimumCalls: 4 }
      const circuit = new Circuit('payments', {
        ...options,
        openMs: 1_000,
        random: () => 0.5,
      } as CircuitOptions)
      const handler = middy(async () => {
        await circuit.run(call)
        return circuit.run(call)
      }).use(circuitBreaker({ circuit, clock }))
      return { circuit, invoke: () => handler({ order: 1 }, contextOf()).catch(() => {}) }
    })
    const recover = () => {
      down = false
    }
    return { clock, made, recover }
  }

  it.each([
    { environmentCount: 1, atOnce: 1, everyMs: 1_000, probes: 3 },
    { environmentCount: 1, atOnce: 3, everyMs: 1_000, probes: 3 },
    { environmentCount: 1, atOnce: 3, everyMs: 1_000, probes: 1 },
    { environmentCount: 1, atOnce: 30, everyMs: 1_000, probes: 3 },
    { environmentCount: 3, atOnce: 1, everyMs: 1_000, probes: 1 },
    { environmentCount: 3, atOnce: 1, everyMs: 333, probes: 3 },
    { environmentCount: 10, atOnce: 3, everyMs: 333, probes: 3 },
  ])('stayed open for ever after the recovery: %o', async ({ environmentCount, atOnce, everyMs, probes }) => {
    const { clock, made, recover } = environments(environmentCount, probes)
    const states = () => made.map(({ circuit }) => circuit.status().state)
    const second = async (until: () => boolean, seconds: number) => {
      for (let at = 0; at < seconds * 1_000 && !until(); at += everyMs) {
        const running = made.flatMap(({ invoke }) => Array.from({ length: atOnce }, invoke))
        await clock.advance(everyMs)
        void Promise.all(running)
      }
    }
    await second(() => states().includes('OPEN'), 60)
    expect(states()).toContain('OPEN')
    recover()
    await second(() => states().every(state => state === 'CLOSED'), 60)
    expect(new Set(states())).toEqual(new Set(['CLOSED']))
    await clock.advance(30_000)
    expect(made[0]?.circuit.status()).toMatchObject({ state: 'CLOSED', admittedShare: 1 })
  })

  it('a failure inside of the probe closed the circuit, since the handler answered by a fallback', async () => {
    const clock = new VirtualClock()
    const circuit = new Circuit('payments', { clock, consecutiveFailures: 1, probes: 1 })
    await circuit.run(fails).catch(() => {})
    await clock.advance(10_000)
    const handler = middy(() => circuit.run(fails, { fallback: () => 'cached' })).use(
      circuitBreaker({ circuit, clock }),
    )
    expect(await handler({}, contextOf())).toBe('cached')
    expect(circuit.status()).toMatchObject({ state: 'OPEN', reason: 'probe-failed' })
  })
})
