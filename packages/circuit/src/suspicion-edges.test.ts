import { describe, expect, it } from 'vitest'
import { type CircuitRecord, initialRecord, resolvePolicy } from './index.ts'
import { reaches } from './judge.ts'
import { noReport } from './shared/index.ts'
import { acquit, isSuspicious, marginAfter, refutes } from './shared/suspect.ts'

const now = 1_000_000
const policy = resolvePolicy({ failureRate: 0.5, minimumCalls: 10, windowMs: 1_000 })
const open: CircuitRecord = {
  state: 'OPEN',
  generation: 1,
  since: now,
  openings: 1,
  environment: 'e',
  retryAt: now + 1_000,
  reason: 'failure-rate',
}

const seen = (calls: number, failures: number, slow = 0) => ({ calls, failures, slow })

describe('a rate', () => {
  it('is reached by a margin of standard deviations, above or below it', () => {
    // Half of 100 calls, give or take 5 by chance.
    const reached = (bad: number, margin: number) => reaches(0.5, bad, 100, margin)
    expect([reached(49, 0), reached(50, 0)]).toEqual([false, true])
    expect([reached(64, 3), reached(65, 3)]).toEqual([false, true])
    expect([reached(34, -3), reached(35, -3)]).toEqual([false, true])
    expect([reaches(0.2, 27, 100, 2), reaches(0.2, 28, 100, 2)]).toEqual([false, true])
  })

  it('is reached where all calls are bad, however wide the margin', () => {
    expect([reaches(0.9, 9, 10, 3), reaches(0.9, 10, 10, 3)]).toEqual([false, true])
  })

  it('is asked for with certainty while little is known, and with less after a window', () => {
    expect([marginAfter(0, policy), marginAfter(999, policy), marginAfter(1_000, policy)]).toEqual([3, 3, 1])
  })
})

describe('what one environment saw', () => {
  const suspicious = (inARow: number, own = seen(10, inARow), given = policy) =>
    isSuspicious({ ...initialRecord, calmUntil: now }, inARow, own, given, now, 0.5)

  it('is suspicious from two bad calls in a row on, or at the rate', () => {
    expect([suspicious(1), suspicious(2)]).toEqual([false, true])
    expect([suspicious(0, seen(10, 4)), suspicious(0, seen(10, 5))]).toEqual([false, true])
    expect([suspicious(0, seen(0, 0)), suspicious(1, seen(1, 1))]).toEqual([false, true])
  })

  it('is as suspicious as ever where few probes would do after a recovery', () => {
    expect(suspicious(1, seen(10, 1), resolvePolicy({ consecutiveFailures: 5, probes: 1 }))).toBe(false)
    expect(suspicious(1, seen(10, 1), resolvePolicy({ consecutiveFailures: 1, probes: 1 }))).toBe(true)
  })

  it('is suspicious by chance, one time in sixteen, after a single bad call among good ones', () => {
    const after = (chance: number) => isSuspicious(initialRecord, 1, seen(10, 1), policy, now, chance)
    expect([after(0), after(0.0624), after(0.0625)]).toEqual([true, true, false])
  })

  it('must be three bad calls in a row in the calm after an acquittal', () => {
    const calm = { ...initialRecord, calmUntil: now + 1 }
    expect(isSuspicious(calm, 2, seen(2, 2), policy, now, 0)).toBe(false)
    expect(isSuspicious(calm, 3, seen(3, 3), policy, now, 0.5)).toBe(true)
  })

  it('is no matter where the circuit is not closed', () => {
    expect(isSuspicious(open, 5, seen(5, 5), policy, now, 0)).toBe(false)
  })
})

describe('what the fleet saw', () => {
  it('refutes a suspicion when it is below the rate by three standard deviations', () => {
    expect([refutes(seen(100, 34), policy), refutes(seen(100, 35), policy)]).toEqual([true, false])
  })

  it('refutes nothing on fewer calls than a verdict needs', () => {
    const given = resolvePolicy({ failureRate: 0.9, minimumCalls: 10 })
    expect([refutes(seen(9, 0), given), refutes(seen(10, 0), given)]).toEqual([false, true])
  })

  it('refutes a suspicion of slowness only when few are slow, or none', () => {
    const given = resolvePolicy({ failureRate: 0.9, slowCallRate: 0.4, slowCallMs: 100, minimumCalls: 10 })
    expect([refutes(seen(10, 0, 0), given), refutes(seen(10, 0, 1), given)]).toEqual([true, false])
    // 40 of 100 calls, less three times 4.9.
    expect([refutes(seen(100, 0, 25), given), refutes(seen(100, 0, 26), given)]).toEqual([true, false])
    expect(refutes(seen(100, 90, 0), given)).toBe(false)
  })

  it('refutes with a single good call where failures in a row decide', () => {
    const given = resolvePolicy({ consecutiveFailures: 1 })
    expect([refutes(seen(10, 9), given), refutes(seen(10, 10), given)]).toEqual([true, false])
  })
})

describe('an acquittal', () => {
  const suspected: CircuitRecord = { ...initialRecord, suspectSince: now - 500, suspectUntil: now + 500 }

  it('ends the suspicion and rests for three seconds a report, a minute at the most', () => {
    const rest = (environments: number) => acquit(suspected, { ...noReport, environments }, now)
    expect(rest(4)).toEqual({ ...suspected, suspectUntil: now, calmUntil: now + 12_000 })
    expect(rest(19)).toMatchObject({ calmUntil: now + 57_000 })
    expect(rest(1_000)).toMatchObject({ calmUntil: now + 60_000 })
  })

  it('changes nothing where nothing is suspected any more', () => {
    const over = { ...suspected, suspectUntil: now }
    expect(acquit(over, noReport, now)).toBe(over)
    expect(acquit(open, noReport, now)).toBe(open)
  })
})
