import { settle, VirtualClock } from '@breakwater/circuit/testing'
import { describe, expect, it } from 'vitest'
import { MemoryRecyclerStore } from '../records/memory.ts'
import type { RecyclerStore } from '../records/store.ts'
import { seeded } from './seeded.fixture.ts'
import { type Slot, sharedBucket } from './shared-bucket.ts'

/** Takers in environments of their own, whose stores and timers are all late at random. */
async function race(seed: number, takers: number, perSecond: number, latestMs: number) {
  const clock = new VirtualClock()
  const random = seeded(seed)
  const wait = (ms: number) => new Promise<void>(resolve => void clock.setTimeout(resolve, ms))
  const shared = new MemoryRecyclerStore()
  const slow = async <T>(call: () => Promise<T>): Promise<T> => {
    await wait(random() * 30)
    const answer = await call()
    await wait(random() * 30)
    return answer
  }
  const store: RecyclerStore = {
    read: keys => slow(() => shared.read(keys)),
    write: (...write) => slow(() => shared.write(...write)),
    list: (...list) => shared.list(...list),
  }
  const calls: number[] = []
  const done = Array.from({ length: takers }, async () => {
    const sleep = (ms: number) => wait(ms + (random() < 0.3 ? random() * latestMs : random() * 20))
    const bucket = sharedBucket({ store, name: 'test', perSecond, clock, sleep, random })
    await wait(random() * 5_000)
    await bucket.take()
    calls.push(clock.now())
  })
  let over = false
  const all = Promise.all(done).then(() => {
    over = true
  })
  for (let turns = 0; !over && turns < 10_000; turns++) await clock.advance(100)
  await all
  expect(clock.pending).toBe(0)
  return calls.sort((a, b) => a - b)
}

describe('sharedBucket', () => {
  for (const perSecond of [1, 2, 5]) {
    it(`lets no more than ${perSecond} begin in any second, however late they are`, async () => {
      for (let seed = 1; seed <= 8; seed++) {
        const calls = await race(seed, 40, perSecond, 400)
        expect(calls).toHaveLength(40)
        for (const [at, call] of calls.slice(perSecond).entries()) {
          expect(call - calls[at]!).toBeGreaterThanOrEqual(1_000)
        }
      }
    })
  }

  it('uses most of the rate while all are in time', async () => {
    const calls = await race(3, 40, 2, 20)
    const seconds = (calls.at(-1)! - calls[0]!) / 1_000
    expect(39 / seconds).toBeGreaterThan(1.6)
  })

  const clock = () => new VirtualClock()
  const make = (time = clock(), store: RecyclerStore = new MemoryRecyclerStore(), name = 'test') =>
    sharedBucket({ store, name, clock: time, random: () => 0.5 })

  it('gives slots that are 1.1 seconds over the rate apart, from now on', async () => {
    const time = clock()
    const bucket = make(time)
    const slots = []
    for (let one = 0; one < 3; one++) slots.push(((await bucket.reserve()) as Slot).at - time.now())
    expect(slots).toEqual([0, 550, 1_100])
    await time.advance(10_000)
    expect(((await bucket.reserve()) as Slot).at).toBe(time.now())
    expect(((await bucket.reserve(2_000)) as Slot).at).toBe(time.now() + 2_000)
  })

  it('reserves nothing that is too far off', async () => {
    const bucket = make()
    for (let one = 0; one < 3; one++) await bucket.reserve()
    expect(await bucket.reserve(0, 1_000)).toEqual({ waitMs: 1_650 })
    expect(await bucket.reserve(0, 1_650)).toHaveProperty('at')
  })

  it('says whether a slot is now', async () => {
    const time = clock()
    const slot = (await make(time).reserve(200)) as Slot
    const reservation = []
    for (const ms of [0, 199, 1, 100, 1]) {
      await time.advance(ms)
      reservation.push(slot.isNow())
    }
    expect(reservation).toEqual([false, false, true, true, false])
  })

  it('shares by name', async () => {
    const time = clock()
    const store = new MemoryRecyclerStore()
    await make(time, store).reserve()
    expect(((await make(time, store).reserve()) as Slot).at).toBe(time.now() + 550)
    expect(((await make(time, store, 'other').reserve()) as Slot).at).toBe(time.now())
  })

  it('ends a wait by its signal, and leaves nothing behind', async () => {
    const time = clock()
    const bucket = make(time)
    await bucket.take()
    const giveUp = new AbortController()
    const taking = bucket.take(giveUp.signal)
    taking.catch(() => {})
    await settle()
    expect(time.pending).toBe(1)
    giveUp.abort(new Error('enough'))
    await expect(taking).rejects.toThrow('enough')
    expect(time.pending).toBe(0)
    await expect(bucket.take(giveUp.signal)).rejects.toThrow('enough')
  })

  it('leaves an entry that is none untouched', async () => {
    const store = new MemoryRecyclerStore()
    const key = { partition: 'recycler#bucket', sort: 'test' }
    for (const value of [null, 7, {}, { next: 'soon' }, { next: null }]) {
      await store.write(key, value)
      const [before] = await store.read([key])
      await expect(make(clock(), store).take()).rejects.toMatchObject({ kind: 'unknown-schema' })
      expect(await store.read([key])).toEqual([before])
    }
  })

  it('refuses bad options by name', () => {
    const store = new MemoryRecyclerStore()
    const bad = (options: object, text: string) =>
      expect(() => sharedBucket({ store, name: 'a', ...options } as never)).toThrow(text)
    bad({ perSecond: 0 }, 'perSecond: got 0; allowed is')
    bad({ perSecond: 1.5 }, 'perSecond: got 1.5')
    bad({ name: '' }, 'name: got ""')
    bad({ store: {} }, 'store: got an object')
    bad({ rate: 2 }, 'option: got "rate"')
    expect(() => sharedBucket(undefined as never)).toThrow(TypeError)
  })
})
