import { describe, expect, it } from 'vitest'
import { fails, openFleet, works } from './fleet.fixture.ts'
import type { StoreFault } from './testing/index.ts'

const minuteMs = 60_000

describe.each<[string, StoreFault]>([
  ['failing', { error: 'throttled', operations: ['write', 'add'] }],
  ['denied', { error: 'misconfigured', operations: ['write', 'add'] }],
  ['hanging', { hang: true, operations: ['write', 'add'] }],
  ['slow', { latencyMs: 600, operations: ['write', 'add'] }],
])('while reads are answered and writes are %s', (_, fault) => {
  it('a dead dependency is probed by each environment with a back-off, and no more', async () => {
    const fleet = await openFleet(20, fault)
    const minutes: number[] = []
    for (let minute = 0; minute < 5; minute++) minutes.push(await fleet.play(minuteMs, 10, fails))
    // Five probes each: after 5, 15, 35, 75 and 155 seconds at the earliest.
    expect(minutes.reduce((sum, reached) => sum + reached)).toBeLessThan(20 * 5 + 20)
    for (const reached of minutes.slice(2)) expect(reached).toBeLessThanOrEqual(20 + 2)
    const failures = fleet.events.filter(({ type }) => type === 'store-failure')
    expect(failures.length).toBeLessThanOrEqual(20)
  })

  it('a dependency that is well again is called again, and the fleet closes when writes are answered', async () => {
    const fleet = await openFleet(20, fault)
    await fleet.play(minuteMs, 10, works)
    const reached = await fleet.play(minuteMs, 10, works)
    expect(reached).toBeGreaterThan(0.95 * 6_000)
    fleet.store.heal()
    await fleet.play(2 * minuteMs, 10, works)
    for (const circuit of fleet.environments) {
      expect(circuit.status()).toMatchObject({ state: 'CLOSED', admittedShare: 1, store: 'available' })
    }
    const stored = await fleet.store.read({ circuit: 'payments', consistent: true })
    expect(stored.record?.state).toBe('CLOSED')
  })
})
