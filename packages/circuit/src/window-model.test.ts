import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/tier.ts'
import { CallWindow } from './window.ts'

const windowMs = 1_000

describe('the window', () => {
  it('counts what a list of all calls counts, to the slice', () => {
    const steps = fc.array(
      fc.record({
        // Mostly forward, sometimes far (a freeze), sometimes a little back (a clock that was set).
        by: fc.oneof(
          fc.integer({ min: 0, max: 80 }),
          fc.integer({ min: 0, max: 5_000 }),
          fc.integer({ min: -90, max: 0 }),
        ),
        failed: fc.boolean(),
        slow: fc.boolean(),
      }),
      { maxLength: 80, size: 'max' },
    )
    fc.assert(
      fc.property(steps, list => {
        const window = new CallWindow(windowMs)
        const calls: { slice: number; failed: boolean; slow: boolean }[] = []
        let now = 1_800_000_000_000
        let newest = 0
        for (const { by, failed, slow } of list) {
          now += by
          const slice = Math.floor(now / 100)
          window.add(now, failed, slow)
          newest = Math.max(newest, slice)
          calls.push({ slice, failed, slow })
          const inside = calls.filter(call => call.slice > slice - 10 && call.slice > newest - 10)
          const sums = window.sums(now)
          expect(sums.calls).toBe(inside.length)
          expect(sums.failures).toBe(inside.filter(call => call.failed).length)
          expect(sums.slow).toBe(inside.filter(call => call.slow).length)
        }
      }),
      { numRuns: runs(300, 5_000) },
    )
  })

  it('holds nothing of before a freeze', () => {
    const window = new CallWindow(windowMs)
    for (let call = 0; call < 100; call++) window.add(5_000, true, true)
    expect(window.sums(5_999)).toEqual({ calls: 100, failures: 100, slow: 100 })
    expect(window.sums(6_100)).toEqual({ calls: 0, failures: 0, slow: 0 })
  })

  it('knows failures in a row until a success, however far apart they are, and in whatever order they end', () => {
    const window = new CallWindow(windowMs)
    window.add(5_000, true, false)
    window.add(17_000, true, false)
    // Found late, as in a frozen environment: it ended before the window.
    window.add(15_000, true, false)
    expect([window.failuresInARow, window.sums(17_000).failures]).toEqual([3, 1])
    window.add(15_000, false, false)
    expect(window.failuresInARow).toBe(0)
    window.add(17_001, true, false)
    window.succeed()
    expect(window.failuresInARow).toBe(0)
    window.add(17_002, true, false)
    window.clear()
    expect(window.failuresInARow).toBe(0)
  })
})
