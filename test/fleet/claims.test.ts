import { runAll, Summary } from '@breakwater/simulator'
import { expect, it } from 'vitest'
import { runs } from '../tier.ts'
import { claims, jobsOf } from './claims.ts'

// A few seeds of each here; docs/fleet.md has them all, by `npm run fleet`.
it.each(claims)('$what: $target', { timeout: 300_000 }, async claim => {
  const summary = new Summary()
  await runAll(jobsOf(claim, runs(0.005, 0.2)), result => summary.add(result))
  const { found, holds } = claim.judge(summary.groups)
  expect(holds, found).toBe(true)
})
