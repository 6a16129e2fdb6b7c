import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { claims } from './claims.ts'
import { comparisonJobs, comparisons } from './comparisons.ts'

const page = readFileSync(new URL('../../docs/fleet.md', import.meta.url), 'utf8')

it('docs/fleet.md has a line for every claim and a table for every comparison, in the same words', () => {
  for (const { what, target } of claims) expect(page).toContain(`\n| ${what} | ${target} | `)
  for (const { what, columns } of comparisons) {
    const headings = columns.map(([heading]) => heading).join(' | ')
    expect(page).toContain(`**${what}** (`)
    expect(page).toContain(`\n| breaker | ${headings} |\n`)
  }
})

it('a comparison makes the runs of each breaker with the same seeds', () => {
  const [first] = comparisons
  const seedsOf = Map.groupBy(comparisonJobs(first!, 1), ({ options }) => options.breaker)
  const seeds = [...seedsOf.values()].map(jobs => jobs.map(({ options }) => options.seed))
  expect([...seedsOf.keys()]).toEqual(['breakwater', 'cockatiel', 'share-open', 'write-every-call'])
  expect(new Set(seeds.map(list => list.join()))).toEqual(new Set(['1,2,3,4,5']))
})
