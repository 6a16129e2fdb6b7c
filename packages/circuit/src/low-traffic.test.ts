import { describe, expect, it } from 'vitest'
import { fails, TestFleet, works } from './fleet.fixture.ts'
import type { Circuit, CircuitOptions } from './index.ts'

/** Healthy for a minute, then dead: the calls that reach the dependency until the circuit is open for the fleet. */
async function failingCalls(size: number, everyMs: number, options: CircuitOptions = {}): Promise<number> {
  const fleet = new TestFleet(size, options)
  await fleet.play(60_000, everyMs, works)
  let reached = 0
  for (let next = 0; fleet.transitions.length === 0; next++) {
    if (next > 200) return Infinity
    const [circuit] = fleet.environments.slice(next % size)
    reached += await fleet.play(everyMs, everyMs, fails, [circuit!])
  }
  return reached
}

describe('at one call a second', () => {
  it.each([1, 2, 3, 4, 5])('a fleet of %i opens within minimumCalls + 3 failing calls', async size => {
    expect(await failingCalls(size, 1_000)).toBeLessThanOrEqual(13)
    // One a second in each environment.
    expect(await failingCalls(size, 1_000 / size)).toBeLessThanOrEqual(13)
  })

  it.each([1, 2, 3, 4, 5])(
    'a fleet of %i lets through at most so many failures in a row in each environment',
    async size => {
      expect(await failingCalls(size, 1_000, { consecutiveFailures: 3, openMs: 60_000 })).toBeLessThanOrEqual(
        3 * size,
      )
    },
  )
})

describe('an environment of a fleet', () => {
  it.each([1_000, 10])(
    'shuts its own gate after exactly three failures in a row, one every %i ms, and the fleet hears of it in that call',
    async everyMs => {
      const fleet = new TestFleet(2, { consecutiveFailures: 3 })
      const [circuit, other] = fleet.environments as [Circuit, Circuit]
      await fleet.play(20_000, everyMs, works, [circuit])
      let reached = 0
      for (let call = 0; call < 3; call++) {
        expect(circuit.status().shedding).toBe(false)
        reached += await fleet.play(everyMs, everyMs, fails, [circuit])
      }
      expect(circuit.status()).toMatchObject({ state: 'CLOSED', scope: 'environment', shedding: true })
      expect(await other.refresh()).toMatchObject({ suspect: true, shedding: false })
      reached += await fleet.play(2_000, everyMs, fails, [circuit])
      expect(reached).toBe(3)
    },
  )

  it('that shuts its gate says so at once, though it has reported a moment ago', async () => {
    const fleet = new TestFleet(2, { consecutiveFailures: 4 })
    const [circuit, other] = fleet.environments as [Circuit, Circuit]
    await other.run(fails).catch(() => {})
    await fleet.clock.advance(10)
    await circuit.refresh()
    for (let call = 0; call < 3; call++) await circuit.run(fails).catch(() => {})
    const before = fleet.store.requests.add
    await circuit.run(fails).catch(() => {})
    expect(circuit.status().shedding).toBe(true)
    expect(fleet.store.requests.add).toBe(before + 1)
  })

  it.each([{}, { consecutiveFailures: 3 }] as CircuitOptions[])(
    'that alone cannot reach the dependency opens the circuit for no other: %j',
    async options => {
      for (const size of [2, 3, 5]) {
        const fleet = new TestFleet(size, options)
        await fleet.play(60_000, 1_000 / size, index => (index === 0 ? fails() : works()))
        expect(fleet.transitions).toEqual([])
        expect(fleet.environments[0]!.status().shedding).toBe(true)
      }
    },
  )

  it('that is the only one in use opens the circuit for those to come', async () => {
    const fleet = new TestFleet(1, { consecutiveFailures: 3, openMs: 60_000 })
    const reached = await fleet.play(20_000, 500, fails)
    expect(reached).toBe(3)
    expect(fleet.transitions).toEqual(['1 OPEN'])
  })
})

describe('found by simulation', () => {
  it('an environment that learned of a suspicion late did not know what the others had reported', async () => {
    const fleet = new TestFleet(3, { windowMs: 10_000 })
    const [a, b, late] = fleet.environments as [Circuit, Circuit, Circuit]
    for (let call = 0; fleet.transitions.length === 0 && call < 9; call++)
      await fleet.play(1_000, 1_000, fails, [call % 2 ? a : b])
    // Nine have failed, and all but the first were counted.
    expect(fleet.transitions).toEqual([])
    await fleet.play(2_000, 1_000, fails, [late])
    expect(fleet.transitions).toEqual(['1 OPEN'])
  })

  it('a suspicion that was cleared was raised again by an environment that had not read of it', async () => {
    const fleet = new TestFleet(3)
    const [a, b, stale] = fleet.environments as [Circuit, Circuit, Circuit]
    for (const circuit of fleet.environments) await circuit.run(works)
    await fleet.clock.advance(1)
    await a.run(fails).catch(() => {})
    for (let call = 0; call < 20; call++) {
      await fleet.clock.advance(25)
      for (const circuit of [a, b]) {
        if (call === 0) await circuit.refresh()
        await circuit.run(works)
      }
    }
    expect(await b.refresh()).toMatchObject({ suspect: false })
    await stale.run(fails).catch(() => {})
    expect(await b.refresh()).toMatchObject({ suspect: false })
  })
})
