import { type Job, runAll, Summary } from '@breakwater/simulator'
import { beforeAll, expect, it } from 'vitest'
import { runs } from '../tier.ts'
import { jobsOf } from './claim.ts'
import { claims } from './claims.ts'

// A few seeds of each here, and in `npm test` no fleet above 10: claims that are for larger ones alone are skipped.
// docs/fleet.md has them all, by `npm run fleet`.
const maxSize = runs(10, 5_000)
const smaller = claims.map(claim => ({ ...claim, sizes: claim.sizes.filter(size => size <= maxSize) }))
const summaries = smaller.map(() => new Summary())

beforeAll(
  async () => {
    // All of them on the same threads, which take longer to start than most runs.
    const summaryOf = new Map<Job, Summary>()
    for (const [index, claim] of smaller.entries()) {
      for (const job of jobsOf(claim, runs(0.005, 0.2))) summaryOf.set(job, summaries[index]!)
    }
    await runAll(summaryOf.keys(), (result, job) => summaryOf.get(job)!.add(result))
  },
  runs(300_000, 7_200_000),
)

it.for(smaller.map((claim, index) => ({ claim, index, what: claim.what, target: claim.target })))(
  '$what: $target',
  ({ claim, index }, { skip }) => {
    skip(claim.sizes.length === 0, `for fleets above ${maxSize}`)
    const { found, holds } = claim.judge(summaries[index]!.groups)
    expect(holds, found).toBe(true)
  },
)
