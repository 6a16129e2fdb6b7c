import { describe, expect, it } from 'vitest'
import { waitAtMost } from './bounded.ts'
import { chance, fails, hangs, TestFleet, works } from './fleet.fixture.ts'
import { CallTimeoutError, type Circuit } from './index.ts'
import { settle, VirtualClock } from './testing/index.ts'

// What simulated fleets brought to light; each is named after what went wrong.
describe('found by simulation', () => {
  it('an environment that was alone wrote its own copy of the record over the shared one, generations ahead', async () => {
    const fleet = new TestFleet(3, { openMs: 1_000 })
    await fleet.open()
    fleet.store.fail({ error: 'unavailable' })
    // Alone, each probes and re-opens its copy, again and again.
    await fleet.play(20_000, 50, fails)
    expect(fleet.environments[0]!.status().generation).toBeGreaterThan(2)
    fleet.store.heal()
    await fleet.play(60_000, 50, works)
    const generations = fleet.transitions.map(transition => Number(transition.split(' ')[0]))
    expect(generations).toEqual(generations.map((_, index) => index + 1))
    expect(fleet.transitions.at(-1)).toMatch(/CLOSED$/)
  })

  it('a write that showed the store to be back was followed by a read long before one was due', async () => {
    const fleet = new TestFleet(1, { refreshMs: 1_000, openMs: 500 })
    const random = chance(3)
    const sent: number[] = []
    for (let step = 0; step < 6_000; step++) {
      // Half of all requests are throttled, while the circuit opens, probes, closes and opens again.
      if (random() < 0.5) fleet.store.fail({ error: 'throttled', times: 1 })
      else fleet.store.heal()
      const before = fleet.store.requests.read
      await fleet.play(10, 10, random() < 0.7 ? fails : works)
      if (fleet.store.requests.read > before) sent.push(fleet.clock.now())
    }
    const gaps = sent.slice(1).map((at, index) => at - sent[index]!)
    expect(gaps.length).toBeGreaterThan(10)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000)
  })

  it('an answer that waited in the socket of a frozen environment was taken for a store that hangs', async () => {
    const clock = new VirtualClock()
    let answer = () => {}
    const request = new Promise<void>(resolve => {
      answer = resolve
    })
    const waited = waitAtMost(request, 1_000, clock)
    clock.freeze(60_000)
    // On the thaw the timers come first, late as they are, and then the sockets.
    await clock.advance(0)
    answer()
    await clock.advance(100)
    expect(await waited).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it('a wait that nothing ends is over when its time is', async () => {
    const clock = new VirtualClock()
    const waited = waitAtMost(new Promise(() => {}), 1_000, clock)
    let over = false
    void waited.then(() => {
      over = true
    })
    await clock.advance(999)
    expect(over).toBe(false)
    await clock.advance(1)
    expect(await waited).toBe(false)
  })

  it('a call whose time had passed while it waited for a permit was made all the same, and failed the probe', async () => {
    const fleet = new TestFleet(1, { openMs: 1_000, storeWaitMs: 250 })
    const [circuit] = fleet.environments as [Circuit]
    await fleet.open()
    await fleet.clock.advance(30_000)
    await circuit.refresh()
    fleet.store.fail({ latencyMs: 200, operations: ['write'] })
    let made = 0
    const probe = circuit.run(() => ++made, { deadline: fleet.clock.now() + 100 })
    const outcome = expect(probe).rejects.toThrow(CallTimeoutError)
    await fleet.clock.advance(1_000)
    await outcome
    expect(made).toBe(0)
    fleet.store.heal()
    // The permit went back, and blocks no other call.
    expect(circuit.status()).toMatchObject({ state: 'HALF_OPEN', leases: [] })
    await expect(circuit.run(works)).resolves.toBe('answer')
  })

  it('a circuit that is switched off made calls whose deadline had passed', async () => {
    const fleet = new TestFleet(1, { disabled: true })
    await expect(fleet.environments[0]!.run(works, { deadline: fleet.clock.now() - 1 })).rejects.toThrow(
      CallTimeoutError,
    )
  })

  it('every environment of a wide fleet asked for a permit once the open time was over', async () => {
    const fleet = new TestFleet(200, { openMs: 5_000 })
    await fleet.open()
    const writes = fleet.store.requests.write
    await fleet.play(8_000, 5, works)
    expect(fleet.transitions).toEqual(['1 OPEN', '2 HALF_OPEN', '3 CLOSED'])
    // Each is called once a second, with a look that is up to a second old; only those ask who have just looked.
    expect(fleet.store.requests.write - writes).toBeLessThan(20)
  })

  it('calls that hung marked the record one after the other, each on an old look', async () => {
    const fleet = new TestFleet(50, { timeoutMs: 2_000 })
    await Promise.all(fleet.environments.map(circuit => circuit.run(works)))
    await fleet.clock.advance(1_500)
    const hanging = Array.from({ length: 50 }, async (_, index) => {
      await fleet.environments[index]!.run(hangs).catch(() => {})
      await fleet.environments[index]!.run(hangs).catch(() => {})
    })
    for (let step = 0; step < 60; step++) {
      await fleet.clock.advance(100)
      await settle()
    }
    await Promise.all(hanging)
    // All looked again before they wrote, found the mark of the first, and wrote none of their own.
    expect(fleet.store.requests.write).toBeLessThan(50)
  })
})
