import { runAll, Summary } from '@breakwater/simulator'
import { expect, it } from 'vitest'
import { runs } from '../tier.ts'
import { jobsOf } from './claim.ts'
import { claims } from './claims.ts'

// A few seeds of each here, and in `npm test` no fleet above 10: claims that are for larger ones alone are skipped.
// docs/fleet.md has them all, by `npm run fleet`.
const maxSize = runs(10, 5_000)
const smaller = claims.map(claim => ({ ...claim, sizes: claim.sizes.filter(size => size <= maxSize) }))

it.for(smaller)('$what: $target', { timeout: 300_000 }, async (claim, { skip }) => {
  skip(claim.sizes.length === 0, `for fleets above ${maxSize}`)
  const summary = new Summary()
  await runAll(jobsOf(claim, runs(0.005, 0.2)), result => summary.add(result))
  const { found, holds } = claim.judge(summary.groups)
  expect(holds, found).toBe(true)
})
