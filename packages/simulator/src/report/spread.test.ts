import { expect, it } from 'vitest'
import { Spread } from './spread.ts'

it('knows the spread of a few values exactly', () => {
  const spread = new Spread()
  expect([spread.at(0.5), spread.at(1)]).toEqual([undefined, undefined])
  for (const value of [5, 1, 4, 2, 3]) spread.add(value)
  expect([spread.count, spread.sum, spread.at(0), spread.at(0.5), spread.at(1)]).toEqual([5, 15, 1, 3, 5])
})

it('knows it well of very many, and keeps no more of them', () => {
  const spread = new Spread()
  for (let value = 0; value < 200_000; value++) spread.add(value)
  expect([spread.count, spread.at(1)]).toEqual([200_000, 199_999])
  expect(spread.at(0.5)! / 100_000).toBeCloseTo(1, 1)
  expect(spread.at(0.99)! / 198_000).toBeCloseTo(1, 1)
})
