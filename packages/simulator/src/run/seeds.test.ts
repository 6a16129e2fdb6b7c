import { expect, it } from 'vitest'
import { runs } from '../../../../test/tier.ts'
import { Summary } from '../report/summary.ts'
import { summaryTable } from '../report/summary-table.ts'
import { scenarios } from '../scenario/library.ts'
import { partialFaults } from '../scenario/partial-faults.ts'
import { runAll } from './pool.ts'
import type { Job } from './worker.ts'

/** Seeds of each scenario, by fleet size: small fleets are cheap, and find the most defects. */
const seeds = new Map([
  [1, runs(33, 65)],
  [2, runs(33, 65)],
  [5, runs(33, 65)],
  [10, runs(1, 65)],
  [100, runs(0, 8)],
])
/** Seeds of a scenario that is for larger fleets only, at its smallest size. */
const seedsOfLarge = runs(1, 4)
/** Seeds of a scenario that lasts for minutes. */
const seedsOfLong = runs(33, 65)
const long = new Set(partialFaults)
const atLeast = runs(2_000, 5_000)

function* jobs(): Iterable<Job> {
  for (const scenario of scenarios) {
    const sizes = scenario.sizes.filter(size => seeds.has(size))
    for (const size of sizes.length > 0 ? sizes : [Math.min(...scenario.sizes)]) {
      const count = Math.min(seeds.get(size) ?? seedsOfLarge, long.has(scenario) ? seedsOfLong : Infinity)
      for (let seed = 1; seed <= count; seed++) yield { scenario, options: { size, seed } }
    }
  }
}

it(`every invariant holds at every step of ${atLeast.toLocaleString('en')} seeds over all scenarios`, {
  timeout: 900_000,
}, async () => {
  const summary = new Summary()
  await runAll(jobs(), result => summary.add(result))
  const total = summary.groups.reduce((sum, group) => sum + group.runs, 0)
  expect(total).toBeGreaterThanOrEqual(atLeast)
  expect(summary.failed, summaryTable(summary)).toBe(0)
})
