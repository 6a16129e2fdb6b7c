import { describe, expect, it } from 'vitest'
import { fails, TestFleet, works } from './fleet.fixture.ts'
import type { Circuit, Clock } from './index.ts'

const minute = 60_000
const hour = 60 * minute

/** A fleet in which the clock of the first environment is off. */
function fleetWith(offMs: number, size: number, options: object = {}) {
  const fleet = new TestFleet(0, { openMs: 5_000, recoveryMs: 10_000, probes: 1, ...options })
  const { clock } = fleet
  const off: Clock = {
    now: () => clock.now() + offMs,
    setTimeout: (callback, ms) => clock.setTimeout(callback, ms),
    clearTimeout: handle => clock.clearTimeout(handle),
  }
  const wrong = fleet.start({ clock: off })
  const others = Array.from({ length: size - 1 }, () => fleet.start())
  return { fleet, clock, wrong, others: others as [Circuit, ...Circuit[]] }
}

/** Lets the environment with the wrong clock open the circuit for all, while the others read. */
async function openedBy(
  wrong: Circuit,
  { clock }: TestFleet,
  others: readonly Circuit[] = [],
): Promise<void> {
  while (wrong.status().state === 'CLOSED') {
    for (const circuit of others) await circuit.refresh()
    await wrong.run(fails).catch(() => {})
    await clock.advance(500)
  }
}

describe.each([-hour, -10 * minute, 10 * minute, hour])(
  'where the clock of one environment is off by %i ms',
  offMs => {
    it('the others are shut out for as long as it meant, and no longer', async () => {
      const { fleet, clock, wrong, others } = fleetWith(offMs, 3)
      await openedBy(wrong, fleet, others)
      for (const circuit of others) await circuit.refresh()
      const retryMs = others.map(circuit => circuit.status().retryAt! - clock.now())
      expect(Math.min(...retryMs)).toBeGreaterThan(3_000)
      expect(Math.max(...retryMs)).toBeLessThanOrEqual(6_000)
      await expect(others[0].run(works)).rejects.toMatchObject({ reason: 'failure-rate' })
      await clock.advance(6_500)
      await expect(others[0].run(works)).resolves.toBe('answer')
    })

    it('an environment that starts is shut out no longer than maxOpenMs', async () => {
      const { fleet, clock, wrong } = fleetWith(offMs, 1)
      await openedBy(wrong, fleet)
      const fresh = fleet.start()
      await fresh.refresh()
      expect(fresh.status().retryAt! - clock.now()).toBeLessThanOrEqual(6_000)
      await clock.advance(6_500)
      await expect(fresh.run(works)).resolves.toBe('answer')
    })

    it('it takes what the others have opened for open, and for no longer than they', async () => {
      const { clock, fleet, wrong, others } = fleetWith(offMs, 4)
      await wrong.refresh()
      await fleet.play(3_000, 50, fails, others)
      expect(fleet.transitions).toEqual(['1 OPEN'])
      await clock.advance(1_000)
      await expect(wrong.run(works)).rejects.toMatchObject({ scope: 'fleet', reason: 'failure-rate' })
      await clock.advance(6_500)
      await expect(wrong.run(works)).resolves.toBe('answer')
    })

    it('a ramp that it began is a ramp for the others', async () => {
      const { clock, fleet, wrong, others } = fleetWith(offMs, 2)
      await openedBy(wrong, fleet, others)
      await clock.advance(7_000)
      await others[0].refresh()
      await wrong.run(works)
      expect(wrong.status()).toMatchObject({ state: 'CLOSED' })
      await others[0].refresh()
      expect(others[0].status().admittedShare).toBeLessThan(1)
      await clock.advance(10_000)
      expect(others[0].status().admittedShare).toBe(1)
    })

    it('a suspicion or a calm of its making keeps the others from nothing for long', async () => {
      const { clock, fleet, wrong, others } = fleetWith(offMs, 3)
      await wrong.run(fails).catch(() => {})
      for (let call = 0; call < 30; call++) {
        for (const circuit of fleet.environments) await circuit.run(works)
        await clock.advance(500)
      }
      expect(await others[0].refresh()).toMatchObject({ suspect: false })
      await clock.advance(minute)
      await fleet.play(5_000, 50, fails, others)
      expect(fleet.transitions[0]).toBe('1 OPEN')
    })

    it('a permit that it took and lost is free again', async () => {
      const { clock, fleet, wrong, others } = fleetWith(offMs, 2, { probeLeaseMs: 2_000 })
      await openedBy(wrong, fleet)
      await clock.advance(7_000)
      expect((await wrong.acquire()).probe).toBe(true)
      await others[0].refresh()
      await clock.advance(2_500)
      await others[0].refresh()
      await expect(others[0].run(works)).resolves.toBe('answer')
    })

    it('a permit that it took for a long call, and lost, is free again after the time of that call', async () => {
      const { clock, fleet, wrong, others } = fleetWith(offMs, 2)
      await openedBy(wrong, fleet)
      await clock.advance(7_000)
      expect((await wrong.acquire({ timeoutMs: 2 * minute })).probe).toBe(true)
      await others[0].refresh()
      if (offMs > 0) {
        await clock.advance(2 * minute)
        await expect(others[0].run(works)).rejects.toMatchObject({ reason: 'half-open' })
      }
      await clock.advance(14_000)
      await others[0].refresh()
      await expect(others[0].run(works)).resolves.toBe('answer')
    })

    it('an override that an operator set by it lasts as long as it was meant to', async () => {
      const { clock, wrong, others } = fleetWith(offMs, 2)
      await others[0].refresh()
      await wrong.forceOpen({ by: 'ana', reason: 'test', forMs: 2 * minute })
      await others[0].refresh()
      await clock.advance(minute)
      expect((await others[0].refresh()).state).toBe('FORCED_OPEN')
      await clock.advance(minute)
      expect((await others[0].refresh()).state).toBe('CLOSED')
    })
  },
)

it('an open time that was written under a longer maxOpenMs is cut to that of the reader', async () => {
  const fleet = new TestFleet(1, { openMs: 60_000 })
  await fleet.open()
  const reader = fleet.start({ openMs: 1_000, maxOpenMs: 2_000 })
  await reader.refresh()
  expect(reader.status().retryAt! - fleet.clock.now()).toBeLessThanOrEqual(2_000)
  await fleet.clock.advance(2_000)
  await expect(reader.run(works)).resolves.toBe('answer')
})
