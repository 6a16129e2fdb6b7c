import fc from 'fast-check'
import { expect, it } from 'vitest'
import { earlierTimes } from './label-change.ts'

const day = 86_400_000

it('earlierTimes keeps the label changes of a day, in order', () => {
  expect(earlierTimes({ movedAt: 5 * day }, 5 * day)).toEqual([5 * day])
  expect(earlierTimes({ earlier: [1, 4.5 * day], movedAt: 5 * day }, 5 * day)).toEqual([4.5 * day, 5 * day])
  expect(earlierTimes({ movedAt: 1 }, 5 * day)).toEqual([])
})

it('earlierTimes keeps few of many, the first and the last always, and no gap that is much larger than need be', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 40, maxLength: 200 }), steps => {
      let now = 10 * day
      const first = now
      let kept: readonly number[] = []
      for (const step of steps) {
        kept = earlierTimes({ earlier: kept, movedAt: now }, now)
        now += step
      }
      expect(kept.length).toBeLessThanOrEqual(32)
      expect(kept).toEqual([...kept].sort((a, b) => a - b))
      if (now - first < day) expect(kept[0]).toBe(first)
      const gaps = kept.slice(1).map((at, index) => at - kept[index]!)
      const span = kept.at(-1)! - kept[0]!
      expect(Math.max(...gaps)).toBeLessThanOrEqual(Math.max(400_000, (4 * span) / 31))
    }),
    { numRuns: 100 },
  )
})
