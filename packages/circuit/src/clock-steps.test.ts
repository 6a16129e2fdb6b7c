import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/tier.ts'
import { chance, fails, TestFleet, works } from './fleet.fixture.ts'
import { Circuit, type CircuitEvent, type CircuitOptions, type Clock, isCircuitOpenError } from './index.ts'
import { MemoryStore } from './shared/index.ts'
import { VirtualClock } from './testing/index.ts'

const minute = 60_000
const hour = 60 * minute
const act = { by: 'ana', reason: 'test' }

/** A circuit that shares nothing, by a clock that can be set while time passes. */
class SteppedCircuit {
  readonly time = new VirtualClock()
  readonly circuit: Circuit
  readonly events: CircuitEvent[] = []
  #setMs = 0
  reached = 0

  constructor(options: CircuitOptions = {}) {
    const { time } = this
    const clock: Clock = { ...time, now: () => time.now() + this.#setMs }
    const policy = { openMs: 5_000, probes: 1, windowMs: 10_000, recoveryMs: 4_000 }
    this.circuit = new Circuit('payments', {
      random: chance(),
      ...policy,
      ...options,
      clock,
    } as CircuitOptions)
    this.circuit.on(event => this.events.push(event))
  }

  set(byMs: number): void {
    this.#setMs += byMs
  }

  pass(ms: number): Promise<void> {
    return this.time.advance(ms)
  }

  /** Makes a call; true where it was let in. */
  async call(call: () => Promise<unknown> = works): Promise<boolean> {
    let letIn = false
    const made = () => {
      letIn = true
      this.reached++
      return call()
    }
    await this.circuit.run(made).catch(error => {
      if (!letIn && !isCircuitOpenError(error)) throw error
    })
    return letIn
  }

  /** Fails, a call every 100 ms, until the circuit is open, and says how many calls that took. */
  async open(): Promise<number> {
    let calls = 0
    while (this.circuit.status().state === 'CLOSED' && calls++ < 1_000) {
      await this.call(fails)
      await this.pass(100)
    }
    return calls
  }

  /** Calls every 100 ms until one is let in, and says how long that took. */
  async shutMs(call: () => Promise<unknown> = works): Promise<number> {
    let waited = 0
    while (!(await this.call(call))) {
      await this.pass(100)
      waited += 100
    }
    return waited
  }
}

const steps = [-hour, -10 * minute, -2_000, 10 * minute, hour]

describe.each(['alone', 'shared'].flatMap(kind => steps.map(stepMs => [stepMs, kind] as const)))(
  'a clock that is set by %i ms, with a circuit that is %s',
  (stepMs, kind) => {
    const stored = () => (kind === 'shared' ? { store: new MemoryStore() } : {})

    it('hid all failures until it was there again', async () => {
      const stepped = new SteppedCircuit({ ...stored(), minimumCalls: 10 })
      // A whole window.
      for (let call = 0; call < 120; call++) {
        await stepped.call(works)
        await stepped.pass(100)
      }
      stepped.set(stepMs)
      // Half of what the window holds must have failed: after a step back that is what it held before, and a fleet is to be sure.
      expect(await stepped.open()).toBeLessThanOrEqual(stepMs < 0 || kind === 'shared' ? 60 : 10)
    })

    it('while the circuit was open, kept it open for as long', async () => {
      const stepped = new SteppedCircuit(stored())
      await stepped.open()
      await stepped.pass(1_000)
      stepped.set(stepMs)
      expect(await stepped.shutMs()).toBeLessThanOrEqual(6_000)
    })

    it('while a probe was on its way that was never settled, kept its permit for as long', async () => {
      const stepped = new SteppedCircuit({ ...stored(), probeLeaseMs: 2_000 })
      await stepped.open()
      await stepped.pass(6_000)
      expect((await stepped.circuit.acquire()).probe).toBe(true)
      expect(await stepped.call()).toBe(false)
      stepped.set(stepMs)
      expect(await stepped.shutMs()).toBeLessThanOrEqual(2_000)
    })

    it('while traffic grew back, kept its share as it was for as long', async () => {
      const stepped = new SteppedCircuit(stored())
      await stepped.open()
      await stepped.pass(6_000)
      expect(await stepped.call()).toBe(true)
      await stepped.pass(2_000)
      await stepped.call()
      stepped.set(stepMs)
      await stepped.call()
      const { admittedShare } = stepped.circuit.status()
      expect(admittedShare).toBe(stepMs < 0 ? 0.5 : 1)
      await stepped.pass(2_000)
      expect(stepped.circuit.status()).toMatchObject({ state: 'CLOSED', admittedShare: 1 })
    })

    it.each(['forceOpen', 'forceClosed', 'observeOnly'] as const)(
      'while %s was in force, kept it in force for as long',
      async force => {
        const stepped = new SteppedCircuit(stored())
        await stepped.circuit[force]({ ...act, forMs: 30_000 })
        await stepped.pass(10_000)
        await stepped.call()
        stepped.set(stepMs)
        await stepped.call()
        expect(stepped.circuit.status().control !== undefined).toBe(stepMs < 0)
        await stepped.pass(20_000)
        expect(stepped.circuit.status().control).toBeUndefined()
      },
    )

    it('during a call, does not make its duration negative', async () => {
      const stepped = new SteppedCircuit(stored())
      await stepped.call(async () => stepped.set(stepMs))
      expect(stepped.events).toMatchObject([{ type: 'call', durationMs: Math.max(0, stepMs) }])
    })
  },
)

it('an override that was set before any call, and a clock that was set back before the next one, made it last as long', async () => {
  const stepped = new SteppedCircuit()
  await stepped.circuit.forceOpen({ ...act, forMs: 30_000 })
  stepped.set(-hour)
  expect(await stepped.call()).toBe(false)
  await stepped.pass(30_000)
  expect(await stepped.call()).toBe(true)
})

it('however often and far a clock is set, a circuit opens within a window, and lets a probe through after its open time', async () => {
  const step = fc.record({
    ms: fc.oneof(fc.integer({ min: -hour, max: hour }), fc.integer({ min: -5_000, max: 5_000 })),
    after: fc.integer({ min: 0, max: 40 }),
    down: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 6 }), async steps => {
      const stepped = new SteppedCircuit({ minimumCalls: 10, maxOpenMs: 6_000 })
      for (const { ms, after, down } of steps) {
        for (let call = 0; call < after; call++) {
          await stepped.call(down ? fails : works)
          await stepped.pass(100)
        }
        stepped.set(ms)
      }
      // It may be open, probed, recovering or closed by now.
      await stepped.pass(100)
      let failing = 0
      while (stepped.circuit.status().state === 'CLOSED') {
        await stepped.call(fails)
        await stepped.pass(100)
        expect(++failing).toBeLessThanOrEqual(100)
      }
      expect(await stepped.shutMs(fails)).toBeLessThanOrEqual(6_100)
    }),
    { numRuns: runs(60, 2_000) },
  )
})

it('a clock that was set back while an environment alone was shut out kept it shut out for as long', async () => {
  const stepped = new SteppedCircuit({ consecutiveFailures: 1, store: new MemoryStore() })
  await stepped.call(fails)
  await stepped.pass(1_000)
  expect(await stepped.call()).toBe(false)
  expect(stepped.circuit.status()).toMatchObject({ state: 'CLOSED', shedding: true })
  stepped.set(-10 * minute)
  expect(await stepped.shutMs()).toBeLessThanOrEqual(6_000)
})

it('a clock that was set back while reports were put off kept a fleet from seeing trouble for a window more', async () => {
  const detectionMs = async (setMs: number) => {
    const fleet = new TestFleet(0, { openMs: 5_000 })
    let offMs = 0
    const clock: Clock = { ...fleet.clock, now: () => fleet.clock.now() + offMs }
    for (let environment = 0; environment < 10; environment++) fleet.start({ clock })
    await fleet.play(20_000, 25, works)
    let calls = 0
    await fleet.play(10_000, 25, () => (calls++ % 4 === 0 ? fails() : works()))
    offMs = setMs
    let ms = 0
    for (; fleet.transitions.length === 0; ms += 100)
      await fleet.play(100, 25, () => (fleet.random() < 0.6 ? fails() : works()))
    return ms
  }
  const unset = await detectionMs(0)
  for (const setMs of [-10 * minute, -hour])
    expect(await detectionMs(setMs)).toBeLessThanOrEqual(unset + 2_000)
})
