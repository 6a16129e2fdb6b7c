import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../testing/index.ts'
import { MemoryStore } from './memory-store.ts'
import { healthOf, type RequestKind, StoreHealth } from './store-health.ts'

const now = 1_800_000_000_000

/** Fails a request of that kind at a time; true where it was reported. */
function fail(
  health: StoreHealth,
  kind: RequestKind,
  at: number,
  { broken = false, random = 0.5 } = {},
): boolean {
  return health.failed(kind, health.sent(kind, at), at, broken, random)
}

describe('requests to a store', () => {
  it('are held back after a failure, twice as long after each further one, up to 30 seconds', () => {
    const health = new StoreHealth()
    let at = now
    const pauses = Array.from({ length: 7 }, () => {
      fail(health, 'reads', at)
      const failedAt = at
      while (!health.maySend('reads', at)) at += 100
      return at - failedAt
    })
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    expect(health.maySend('writes', now)).toBe(true)
  })

  it.each([
    [0, 750],
    [0.5, 1_000],
    [0.999, 1_249.5],
  ])('with a random number of %d are held back for %d ms', (random, pauseMs) => {
    const health = new StoreHealth()
    fail(health, 'writes', now, { random })
    expect([pauseMs - 1, pauseMs].map(ms => health.maySend('writes', now + ms))).toEqual([false, true])
  })

  it('that were sent side by side fail as one', () => {
    const health = new StoreHealth()
    const requests = Array.from({ length: 20 }, () => health.sent('writes', now))
    for (const request of requests) health.failed('writes', request, now, false, 0.5)
    expect(health.maySend('writes', now + 1_000)).toBe(true)
  })

  it('find out one at a time whether the store is back', () => {
    const health = new StoreHealth()
    fail(health, 'writes', now)
    expect(health.maySend('writes', now + 1_000)).toBe(true)
    const tried = health.sent('writes', now + 1_000)
    expect(health.maySend('writes', now + 1_000)).toBe(false)
    health.answered('writes', tried, now + 1_100)
    expect(health.maySend('writes', now + 1_100)).toBe(true)
  })

  it('are not held back for the hour by which the clock was set back', () => {
    const health = new StoreHealth()
    fail(health, 'reads', now)
    expect(health.maySend('reads', now - 3_600_000)).toBe(true)
  })
})

describe('a store is away by every sign', () => {
  const away = (health: StoreHealth, at: number) => health.isAway(at, 5_000)

  it('where writes failed at two times a pause apart, a random part of the spread later', () => {
    const health = new StoreHealth()
    fail(health, 'writes', now)
    expect(away(health, now + 900)).toBe(false)
    for (const at of [now + 1_000, now + 3_000, now + 7_000]) fail(health, 'writes', at, { random: 0.5 })
    // Since the second failure, for half of the spread.
    expect([3_499, 3_500].map(ms => away(health, now + ms))).toEqual([false, true])
  })

  it('where a write failed, and reads did at two times', () => {
    const health = new StoreHealth()
    fail(health, 'reads', now)
    fail(health, 'writes', now, { random: 0 })
    expect(away(health, now)).toBe(false)
    fail(health, 'reads', now + 500, { random: 0 })
    expect(away(health, now + 500)).toBe(true)
  })

  it('not where reads alone fail, nor when the pause is over, nor once a write was answered', () => {
    const health = new StoreHealth()
    for (const ms of [0, 2_000, 6_000]) fail(health, 'reads', now + ms, { random: 0 })
    expect(away(health, now + 6_000)).toBe(false)
    fail(health, 'writes', now + 6_000, { random: 0 })
    expect(away(health, now + 6_000)).toBe(true)
    expect(away(health, now + 7_000)).toBe(false)
    health.answered('writes', health.sent('writes', now + 7_000), now + 7_000)
    expect(away(health, now + 7_000)).toBe(false)
  })
})

describe('failures are reported', () => {
  it('once for a stretch, which ends when reads and writes are answered', () => {
    const health = new StoreHealth()
    expect(fail(health, 'reads', now)).toBe(true)
    expect(fail(health, 'writes', now)).toBe(false)
    expect(health.answered('reads', health.sent('reads', now), now)).toBe(false)
    expect(health.isFailing()).toBe(true)
    expect(health.answered('writes', health.sent('writes', now), now)).toBe(true)
    expect(health.answered('writes', health.sent('writes', now), now)).toBe(false)
    expect(fail(health, 'reads', now)).toBe(true)
  })

  it('once more where it turns out that they will not pass', () => {
    const health = new StoreHealth()
    expect(fail(health, 'reads', now)).toBe(true)
    expect(fail(health, 'reads', now, { broken: true })).toBe(true)
    expect(fail(health, 'reads', now, { broken: true })).toBe(false)
    expect(fail(health, 'reads', now)).toBe(false)
  })
})

describe('of a store that is silent', () => {
  it('five calls wait for an answer; of one that was just asked, any number', () => {
    const health = new StoreHealth()
    health.sent('reads', now)
    health.waiting = 5
    expect([24, 25].map(ms => health.mayWait('reads', now + ms))).toEqual([true, false])
    health.waiting = 4
    expect(health.mayWait('reads', now + 25)).toBe(true)
  })

  it('an answer to another read is a sign of life', () => {
    const health = new StoreHealth()
    health.sent('reads', now)
    const other = health.sent('reads', now + 10)
    expect(health.silentMs('reads', now + 100)).toBe(100)
    health.answered('reads', other, now + 80)
    expect(health.silentMs('reads', now + 100)).toBe(20)
    health.forget()
    expect(health.silentMs('reads', now + 100)).toBe(0)
  })
})

describe('a pause', () => {
  it('of the longest kind holds to its end, whatever chance has added to it', () => {
    const health = new StoreHealth()
    let at = now
    for (let failure = 0; failure < 6; failure++, at += 37_500) fail(health, 'writes', at, { random: 1 })
    const last = at - 37_500
    expect([0, 37_499, 37_500].map(ms => health.maySend('writes', last + ms))).toEqual([false, false, true])
  })

  it('ends for one request; the others wait for its answer, or for its end', () => {
    const health = new StoreHealth()
    fail(health, 'reads', now)
    const tried = health.sent('reads', now + 1_000)
    expect(health.maySend('reads', now + 1_000)).toBe(false)
    // Without an answer that says anything, another one may find out.
    health.ended('reads', tried)
    expect(health.maySend('reads', now + 1_000)).toBe(true)
  })

  it('is as long as after one failure where all requests under way are given up at once', () => {
    const health = new StoreHealth()
    for (let request = 0; request < 3; request++) health.sent('reads', now)
    const write = health.sent('writes', now)
    expect(health.failed('reads', undefined, now, false, 0.5)).toBe(true)
    expect(health.silentMs('reads', now + 900)).toBe(0)
    expect([999, 1_000].map(ms => health.maySend('reads', now + ms))).toEqual([false, true])
    // Given up once more, it is a failure of its own.
    health.failed('reads', undefined, now + 1_000, false, 0.5)
    expect([2_999, 3_000].map(ms => health.maySend('reads', now + ms))).toEqual([false, true])
    health.failed('writes', write, now, false, 0.5)
    expect(health.maySend('writes', now + 999)).toBe(false)
  })

  it('is longer after a request that was sent since the last failure, and only then', () => {
    const health = new StoreHealth()
    const [early, late] = [health.sent('writes', now), health.sent('writes', now)]
    health.failed('writes', early, now, false, 0.5)
    const next = health.sent('writes', now)
    health.failed('writes', late, now, false, 0.5)
    expect(health.maySend('writes', now + 1_000)).toBe(false)
    health.failed('writes', next, now, false, 0.5)
    expect([1_999, 2_000].map(ms => health.maySend('writes', now + ms))).toEqual([false, true])
  })
})

it('reads and writes fail apart, and either is a failure of the store', () => {
  const health = new StoreHealth()
  const failing = () => [health.isFailing(), health.isFailing('reads'), health.isFailing('writes')]
  expect(failing()).toEqual([false, false, false])
  fail(health, 'reads', now)
  expect(failing()).toEqual([true, true, false])
  fail(health, 'writes', now)
  expect(failing()).toEqual([true, true, true])
})

it('a store is known once it has answered', () => {
  const health = new StoreHealth()
  fail(health, 'reads', now)
  expect(health.known).toBe(false)
  health.answered('reads', health.sent('reads', now), now)
  expect(health.known).toBe(true)
})

it('a store is silent since its oldest read under way, and frozen reads say nothing', () => {
  const health = new StoreHealth()
  expect(health.silentMs('reads', now)).toBe(0)
  health.sent('writes', now)
  expect(health.silentMs('reads', now + 100)).toBe(0)
  const first = health.sent('reads', now + 100)
  health.sent('reads', now + 150)
  expect(health.silentMs('reads', now + 200)).toBe(100)
  health.ended('reads', first)
  expect(health.silentMs('reads', now + 200)).toBe(50)
  // An answer to a read of before is a sign of life as well, and one to a write is none.
  health.answered('reads', health.sent('reads', now), now + 180)
  expect(health.silentMs('reads', now + 200)).toBe(20)
  health.answered('writes', health.sent('writes', now), now + 190)
  expect(health.silentMs('reads', now + 200)).toBe(20)
})

it('a store that was away by every sign stays so for as long by a clock that was set back', () => {
  const health = new StoreHealth()
  for (const ms of [0, 1_000]) fail(health, 'writes', now + ms, { random: 0.5 })
  fail(health, 'writes', now - 600_000, { random: 0.5 })
  expect(health.isAway(now - 600_000, 5_000)).toBe(true)
})

it('the circuits of an environment know the same of a store, and those of another one do not', () => {
  const [store, clock] = [new MemoryStore(), new VirtualClock()]
  const health = healthOf(store, clock)
  expect(healthOf(store, clock)).toBe(health)
  expect(healthOf(store, new VirtualClock())).not.toBe(health)
  expect(healthOf(store, clock)).toBe(health)
  expect(healthOf(new MemoryStore(), clock)).not.toBe(health)
})

it('no call waits for a store that has not been asked', () => {
  expect(new StoreHealth().waiting).toBe(0)
})

it('a pause that is longer than there is any was made before the clock was set back', () => {
  const health = new StoreHealth()
  for (let failure = 0; failure < 6; failure++) fail(health, 'writes', now, { random: 1 })
  expect([0, -1].map(ms => health.maySend('writes', now + ms))).toEqual([false, true])
})

it('a store is not away while only reads fail, however long ago they began to', () => {
  const health = new StoreHealth()
  for (const ms of [0, 1_000]) fail(health, 'reads', now + ms, { random: 0.5 })
  fail(health, 'writes', now + 6_000, { random: 0.5 })
  // From the failure of the write on, for half of the spread.
  expect(health.isAway(now + 6_000, 5_000)).toBe(false)
  expect(health.isAway(now + 6_000, 0)).toBe(true)
})

it('a request of before that fails after another was answered is a failure', () => {
  const health = new StoreHealth()
  const [early, late] = [health.sent('writes', now), health.sent('writes', now)]
  health.failed('writes', early, now, false, 0.5)
  health.answered('writes', health.sent('writes', now), now)
  expect(health.isFailing('writes')).toBe(false)
  health.failed('writes', late, now, false, 0.5)
  expect(health.isFailing('writes')).toBe(true)
})
