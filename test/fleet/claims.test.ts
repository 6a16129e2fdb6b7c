import { runAll, Summary } from '@breakwater/simulator'
import { expect, it } from 'vitest'
import { runs } from '../tier.ts'
import { claims, jobsOf } from './claims.ts'

// A few seeds of each here, and no fleet above 1,000 where a claim is for smaller ones, too; docs/fleet.md has them all,
// by `npm run fleet`.
it.each(claims)('$what: $target', { timeout: 300_000 }, async claim => {
  const summary = new Summary()
  const sizes = claim.sizes.filter(size => size <= runs(1_000, 5_000))
  const small = { ...claim, sizes: sizes.length > 0 ? sizes : claim.sizes }
  await runAll(jobsOf(small, runs(0.005, 0.2)), result => summary.add(result))
  const { found, holds } = claim.judge(summary.groups)
  expect(holds, found).toBe(true)
})
