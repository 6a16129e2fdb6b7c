import { expect, it } from 'vitest'
import { Distribution } from './distribution.ts'

it('a distribution is exact for a few values', () => {
  const values = new Distribution()
  expect([values.percentile(0.5), values.percentile(1)]).toEqual([undefined, undefined])
  for (const value of [5, 1, 4, 2, 3]) values.add(value)
  const { count, sum } = values
  expect([count, sum, values.percentile(0), values.percentile(0.5), values.percentile(1)]).toEqual([
    5, 15, 1, 3, 5,
  ])
})

it('a distribution is close for very many values, and keeps no more of them', () => {
  const values = new Distribution()
  for (let value = 0; value < 200_000; value++) values.add(value)
  expect([values.count, values.percentile(1)]).toEqual([200_000, 199_999])
  expect(values.percentile(0.5)! / 100_000).toBeCloseTo(1, 1)
  expect(values.percentile(0.99)! / 198_000).toBeCloseTo(1, 1)
})
