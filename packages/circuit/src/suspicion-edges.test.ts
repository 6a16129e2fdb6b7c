import { describe, expect, it } from 'vitest'
import { type CircuitRecord, initialRecord, resolvePolicy } from './index.ts'
import { noReport } from './shared/index.ts'
import { clearSuspicion, isRamp, isSuspect, isSuspicious, judgeFleet, suspect } from './shared/suspect.ts'

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

/** By several environments, unless it says so. */
const seen = (calls: number, failures: number, slow = 0, environments = 2, failing = environments) => ({
  calls,
  failures,
  slow,
  environments,
  failing,
})

describe('the rate that opens the circuit', () => {
  const opens = (calls: number, failures: number, ms: number, given = policy) =>
    judgeFleet({ ...initialRecord, suspectSince: now }, seen(calls, failures), given, now + ms, ms)

  it('is reached by three standard deviations of chance while little is known, and by one after a window', () => {
    // Half of 100 calls, give or take 5 at random.
    expect([opens(100, 64, 0), opens(100, 65, 0)]).toEqual([undefined, 'failure-rate'])
    expect([opens(100, 64, 999), opens(100, 54, 1_000)]).toEqual([undefined, undefined])
    expect([opens(100, 55, 1_000), opens(100, 55, 999)]).toEqual(['failure-rate', undefined])
  })

  it('is reached where all calls are bad, however sure one wants to be', () => {
    const given = resolvePolicy({ failureRate: 0.9, minimumCalls: 10 })
    expect([opens(10, 9, 0, given), opens(10, 10, 0, given)]).toEqual([undefined, 'failure-rate'])
  })

  it('is taken by a few calls while traffic grows back, and nothing is refuted then', () => {
    const ramp = { ...initialRecord, recovering: true, since: now, suspectSince: now }
    const judged = (calls: number, failures: number) =>
      judgeFleet(ramp, seen(calls, failures), policy, now + 500, 500)
    expect([judged(3, 3), judged(3, 2), judged(2, 2)]).toEqual(['relapse', undefined, undefined])
    expect([judged(100, 55), judged(100, 54), judged(100, 0)]).toEqual(['relapse', undefined, undefined])
  })
})

describe('what one environment saw', () => {
  const suspicious = (inARow: number, own = seen(20, inARow), given = policy) =>
    isSuspicious({ ...initialRecord, calmUntil: now }, inARow, own, given, now, 0.5)

  it('is suspicious from two bad calls in a row on, or at the rate', () => {
    expect([suspicious(1), suspicious(2)]).toEqual([false, true])
    expect([suspicious(0, seen(20, 9)), suspicious(0, seen(20, 10))]).toEqual([false, true])
  })

  it('is suspicious after a single bad call where it has too few to wait for a second one', () => {
    expect([suspicious(1, seen(19, 1)), suspicious(1, seen(20, 1))]).toEqual([true, false])
    expect(suspicious(1, seen(19, 1), resolvePolicy({ consecutiveFailures: 5 }))).toBe(true)
  })

  it('is as suspicious where few probes would do after a recovery', () => {
    expect(suspicious(1, seen(20, 1), resolvePolicy({ consecutiveFailures: 5, probes: 1 }))).toBe(false)
    expect(suspicious(1, seen(20, 1), resolvePolicy({ consecutiveFailures: 1, probes: 1 }))).toBe(true)
  })

  it('is suspicious at random, one time in sixteen, after a single bad call among good ones', () => {
    const after = (chance: number) => isSuspicious(initialRecord, 1, seen(20, 1), policy, now, chance)
    expect([after(0), after(0.0624), after(0.0625)]).toEqual([true, true, false])
  })

  it('must be three bad calls in a row in the calm after a cleared suspicion', () => {
    const calm = { ...initialRecord, calmUntil: now + 1 }
    expect(isSuspicious(calm, 2, seen(100, 2), policy, now, 0)).toBe(false)
    expect(isSuspicious(calm, 3, seen(100, 3), policy, now, 0.5)).toBe(true)
  })

  it('must be a longer row in that calm where so many are bad all the time that three often come together', () => {
    const calm = { ...initialRecord, calmUntil: now + 1 }
    const longEnough = (before: (inARow: number) => ReturnType<typeof seen>) => {
      let inARow = 1
      while (!isSuspicious(calm, inARow, before(inARow), policy, now, 0)) inARow++
      return inARow
    }
    expect(longEnough(row => seen(9 + row, row))).toBe(3)
    expect(longEnough(row => seen(100 + row, 30 + row))).toBe(6)
    expect(longEnough(row => seen(100 + row, 1, 30 + row))).toBe(6)
    // (before + 1) of (calls before + 2), by the rule of succession: 10 of 102 thrice is below 1 in 1,000, and 11 is not.
    expect(longEnough(row => seen(100 + row, 9 + row))).toBe(3)
    expect(longEnough(row => seen(100 + row, 10 + row))).toBe(4)
    // Nothing is known of before; and the window has forgotten the beginning of the row.
    expect(longEnough(row => seen(row, row))).toBe(10)
    expect(longEnough(row => seen(row - 1, row - 1))).toBe(10)
  })

  it('is no news in that calm where it happens by chance once in a thousand rows', () => {
    const calm = { ...initialRecord, calmUntil: now + 1 }
    const isNews = (before: number) => isSuspicious(calm, 3, seen(99_998 + 3, before - 1 + 3), policy, now, 0)
    expect([isNews(9_998), isNews(10_002)]).toEqual([true, false])
  })

  it('is no matter where the circuit is not closed', () => {
    expect(isSuspicious(open, 5, seen(5, 5), policy, now, 0)).toBe(false)
  })
})

describe('what the fleet saw', () => {
  const refutes = (sums: ReturnType<typeof seen>, given: typeof policy) =>
    judgeFleet({ ...initialRecord, suspectSince: now }, sums, given, now, 0) === 'refuted'

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

  it('opens on failures in a row only where no call was good', () => {
    const given = resolvePolicy({ consecutiveFailures: 5 })
    const judged = (calls: number, failures: number) =>
      judgeFleet({ ...initialRecord, suspectSince: now }, seen(calls, failures), given, now, 0)
    expect([judged(5, 5), judged(4, 4), judged(9, 8)]).toEqual(['consecutive-failures', undefined, 'refuted'])
    const patient = resolvePolicy({ consecutiveFailures: 20 })
    expect(judgeFleet({ ...initialRecord, suspectSince: now }, seen(12, 12), patient, now, 0)).toBe(undefined)
  })

  it('opens nothing for what one environment saw, as long as it may be alone in seeing it', () => {
    const opens = (sums: ReturnType<typeof seen>, ms: number) =>
      judgeFleet({ ...initialRecord, suspectSince: now }, sums, policy, now + ms, ms) === 'failure-rate'
    // Two of them fail.
    expect(opens(seen(10, 10), 0)).toBe(true)
    // One of several fails.
    expect(opens(seen(100, 90, 0, 2, 1), 60_000)).toBe(false)
    // One reports: believed after ten calls and three reads of the others.
    const alone = (calls: number, ms: number) => opens(seen(calls, calls, 0, 1, 1), ms)
    expect([alone(10, 2_999), alone(10, 3_000)]).toEqual([false, true])
    const given = resolvePolicy({ consecutiveFailures: 3 })
    const row = (calls: number) =>
      judgeFleet(initialRecord, seen(calls, calls, 0, 1, 1), given, now, 60_000) !== undefined
    expect([row(9), row(10)]).toEqual([false, true])
  })

  it('refutes with a single good call where failures in a row decide', () => {
    const given = resolvePolicy({ consecutiveFailures: 1 })
    expect([refutes(seen(2, 1), given), refutes(seen(10, 10), given)]).toEqual([true, false])
  })
})

it('a suspicion is over at its end', () => {
  const suspected = { ...initialRecord, suspectUntil: now }
  expect([isSuspect(suspected, now - 1), isSuspect(suspected, now)]).toEqual([true, false])
})

describe('a ramp', () => {
  const ramp: CircuitRecord = {
    ...initialRecord,
    recovering: true,
    since: now,
    suspectSince: now,
    suspectUntil: now + 900,
  }

  it('is what a recovery asks for by itself, and no suspicion is one', () => {
    expect(isRamp(ramp)).toBe(true)
    expect(isRamp({ ...ramp, suspectSince: now + 1 } as CircuitRecord)).toBe(false)
    expect(isRamp({ ...ramp, recovering: false } as CircuitRecord)).toBe(false)
    expect(isRamp(open)).toBe(false)
  })

  it('is not prolonged by a failure in it, and suspected like any other circuit after it', () => {
    expect(suspect(ramp, policy, now + 899)).toBe(ramp)
    expect(suspect(ramp, policy, now + 900)).toEqual({
      ...ramp,
      suspectSince: now + 900,
      suspectUntil: now + 2_900,
    })
  })
})

describe('a suspicion of a row of failures', () => {
  it('lasts an hour from the last failure on, and is renewed in its second half', () => {
    const row = resolvePolicy({ consecutiveFailures: 1 })
    const raised = suspect(initialRecord, row, now)
    expect(raised).toMatchObject({ suspectSince: now, suspectUntil: now + 3_600_000 })
    expect(suspect(raised, row, now + 1_799_999)).toBe(raised)
    expect(suspect(raised, row, now + 1_800_000)).toMatchObject({
      suspectSince: now,
      suspectUntil: now + 5_400_000,
    })
  })
})

describe('a cleared suspicion', () => {
  const suspected: CircuitRecord = { ...initialRecord, suspectSince: now - 500, suspectUntil: now + 500 }

  it('ends the suspicion and rests for four seconds a report, a minute at the most', () => {
    const rest = (environments: number) =>
      clearSuspicion(suspected, { ...noReport, environments }, policy, now)
    expect(rest(4)).toEqual({ ...suspected, suspectUntil: 0, calmUntil: now + 16_000 })
    expect(rest(14)).toMatchObject({ calmUntil: now + 56_000 })
    expect(rest(1_000)).toMatchObject({ calmUntil: now + 60_000 })
  })

  it('of a row of failures rests as if as many had reported as it takes to refute a rate', () => {
    const rest = (environments: number, given: typeof policy) =>
      clearSuspicion(suspected, { ...noReport, environments }, given, now)
    const row = resolvePolicy({ consecutiveFailures: 1 })
    expect([rest(1, row), rest(12, row)]).toMatchObject([
      { calmUntil: now + 40_000 },
      { calmUntil: now + 48_000 },
    ])
    expect(rest(0, policy)).toMatchObject({ calmUntil: now })
  })

  it('changes nothing where nothing is suspected any more', () => {
    const over = { ...suspected, suspectUntil: now }
    expect(clearSuspicion(over, noReport, policy, now)).toBe(over)
    expect(clearSuspicion(open, noReport, policy, now)).toBe(open)
  })
})
