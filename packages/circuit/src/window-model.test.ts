import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../test/tier.ts'
import { CallWindow } from './window.ts'

const windowMs = 1_000

describe('the window', () => {
  it('counts what a list of all calls counts, to the slice', () => {
    const steps = fc.array(
      fc.record({
        // Mostly forward, sometimes far: a freeze, or a clock that was set ahead.
        by: fc.oneof(fc.integer({ min: 0, max: 80 }), fc.integer({ min: 0, max: 5_000 })),
        // Some ends are found late.
        lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1_500 })),
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
        for (const { by, lateMs, failed, slow } of list) {
          now += by
          const slice = (at: number) => Math.floor(at / 100)
          window.add(now - lateMs, failed, slow, now)
          calls.push({ slice: slice(now - lateMs), failed, slow })
          const inside = calls.filter(call => call.slice > slice(now) - 10)
          const sums = window.sums(now)
          expect(sums.calls).toBe(inside.length)
          expect(sums.failures).toBe(inside.filter(call => call.failed).length)
          expect(sums.slow).toBe(inside.filter(call => call.slow).length)
        }
      }),
      { numRuns: runs(150, 5_000) },
    )
  })

  it('goes by the time that has passed, however often and far its clock is set back or ahead', () => {
    const hour = 3_600_000
    const steps = fc.array(
      fc.record({
        passedMs: fc.oneof(fc.integer({ min: 0, max: 80 }), fc.integer({ min: 0, max: 1_500 })),
        setMs: fc.oneof(
          { weight: 8, arbitrary: fc.constant(0) },
          fc.integer({ min: -300, max: 0 }),
          fc.integer({ min: -hour, max: hour }),
        ),
        counts: fc.boolean(),
      }),
      { maxLength: 60, size: 'max' },
    )
    fc.assert(
      fc.property(steps, list => {
        const window = new CallWindow(windowMs)
        const sliceMs = windowMs / 10
        let passed = 0
        let setMs = 1_800_000_000_000
        let before = 0
        const calls: number[] = []
        const setBack: { at: number; lostMs: number }[] = []
        for (const step of list) {
          passed += step.passedMs
          setMs += step.setMs
          // A step ahead is as a freeze: what was counted before it need not be held.
          if (step.setMs > 0) before = calls.length
          // What passed between the slice that was seen last and the step is not to be known.
          if (step.setMs < 0) setBack.push({ at: passed, lostMs: sliceMs + step.passedMs })
          if (step.counts) {
            window.add(passed + setMs, true, false)
            calls.push(passed)
          }
          const { calls: held } = window.sums(passed + setMs)
          const lostSince = (call: number) =>
            setBack.reduce((sum, { at, lostMs }) => (at >= call ? sum + lostMs : sum), 0)
          const must = calls.slice(before).filter(at => passed - at < windowMs - sliceMs)
          const may = calls.filter(at => passed - at <= windowMs + lostSince(at))
          expect(held).toBeGreaterThanOrEqual(must.length)
          expect(held).toBeLessThanOrEqual(may.length)
        }
      }),
      { numRuns: runs(150, 5_000) },
    )
  })

  it('counted nothing for as long as its clock had been set back', () => {
    const window = new CallWindow(windowMs)
    window.add(1_000_000, true, false)
    for (let call = 0; call < 20; call++) window.add(400_000 + call, true, false)
    expect(window.sums(400_020).failures).toBe(21)
    expect(window.sums(401_100).failures).toBe(0)
  })

  it('counted a call in a slice that was over, once a clock that was set back was there again', () => {
    const window = new CallWindow(windowMs)
    window.add(500_000, true, false)
    window.sums(400_000)
    window.add(500_000, true, false)
    expect(window.sums(500_000).failures).toBe(1)
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
    window.add(15_000, true, false, 17_000)
    expect([window.failuresInARow, window.sums(17_000).failures]).toEqual([3, 1])
    window.add(15_000, false, false, 17_000)
    expect(window.failuresInARow).toBe(0)
    window.add(17_001, true, false)
    window.succeed()
    expect(window.failuresInARow).toBe(0)
    window.add(17_002, true, false)
    window.clear()
    expect(window.failuresInARow).toBe(0)
  })
})
