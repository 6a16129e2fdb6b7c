import { describe, expect, it } from 'vitest'
import { median, mediansOf, percentile } from './statistics.ts'

describe('median', () => {
  it('is the middle one, in whatever order they come', () => {
    expect(median([9, 1, 100])).toBe(9)
  })

  it('is the mean of the two in the middle of an even number', () => {
    expect(median([4, 1, 100, 2])).toBe(3)
  })

  it('sorts as numbers, and leaves what it was given alone', () => {
    const values = [10, 9, 1]
    expect(median(values)).toBe(9)
    expect(values).toEqual([10, 9, 1])
  })

  it('of none is NaN', () => {
    expect(median([])).toBeNaN()
  })
})

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)

  it.each([
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [0.991, 100],
    [1, 100],
  ])('%d of 1 to 100 is %d', (share, value) => {
    expect(percentile(hundred, share)).toBe(value)
  })

  it('of none is NaN', () => {
    expect(percentile([], 0.5)).toBeNaN()
  })
})

it('mediansOf takes each figure by itself', () => {
  const runs = [{ ns: 1, bytes: 30 }, { ns: 3, bytes: 10 }, { ns: 2 }]
  expect(mediansOf(runs)).toEqual({ ns: 2, bytes: 20 })
})
