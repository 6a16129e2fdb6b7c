import { describe, expect, it } from 'vitest'
import { chance, fails, works } from './fleet.fixture.ts'
import { type CircuitEvent, Circuits, type CircuitsOptions } from './index.ts'
import { MemoryStore } from './shared/index.ts'
import { FaultyStore, settle, VirtualClock } from './testing/index.ts'

const setUp = (options: CircuitsOptions = {}) => {
  const clock = new VirtualClock()
  const circuits = new Circuits({
    clock,
    random: chance(),
    consecutiveFailures: 1,
    probes: 1,
    ...options,
  } as CircuitsOptions)
  const fail = (key: string) =>
    circuits
      .for(key)
      .run(fails)
      .catch(() => {})
  return { clock, circuits, fail }
}
const act = { by: 'ana', reason: 'test' }

describe('keyed circuits', () => {
  it('keep memory bounded with any number of keys, whatever state they are in', async () => {
    const { circuits, fail } = setUp({ maxCircuits: 50 })
    for (let key = 0; key < 1_000; key++) circuits.for(`tenant-${key}`)
    expect(circuits.size).toBe(50)
    for (let key = 0; key < 200; key++) await fail(`tenant-${key}`)
    expect(circuits.size).toBe(50)
    // The newest is kept, also where all others are open.
    expect(circuits.for('tenant-199').status().state).toBe('OPEN')
    expect(circuits.for('new')).toBe(circuits.for('new'))
  })

  it('are the same object as long as they are kept, and call one listener for all', async () => {
    const { circuits, fail } = setUp()
    const opened: string[] = []
    const off = circuits.on(event => event.type === 'transition' && opened.push(event.circuit))
    expect(circuits.for('a')).toBe(circuits.for('a'))
    await fail('a')
    off()
    await fail('b')
    expect(opened).toEqual(['a'])
  })

  it('drop the less recently used of two', () => {
    const draws = [0.5, 0]
    const { circuits } = setUp({ maxCircuits: 2, random: () => draws.reverse()[0]! })
    const [a, b] = [circuits.for('a'), circuits.for('b')]
    circuits.for('a')
    circuits.for('c')
    expect(circuits.for('a')).toBe(a)
    expect(circuits.for('b')).not.toBe(b)
  })

  it('that are open, probed, recovering or forced are not dropped for closed ones', async () => {
    const { clock, circuits, fail } = setUp({ maxCircuits: 6, recoveryMs: 100_000, openMs: 1_000 })
    for (const key of ['probed', 'recovering']) await fail(key)
    await clock.advance(1_200)
    await circuits.for('probed').acquire()
    await circuits.for('recovering').run(works)
    await fail('open')
    await circuits.for('forced').forceOpen(act)
    await circuits.for('observed').observeOnly(act)
    const kept = ['probed', 'recovering', 'open', 'forced', 'observed']
    const before = kept.map(key => circuits.for(key))
    expect(before.map(circuit => circuit.status().state)).toEqual([
      'HALF_OPEN',
      'CLOSED',
      'OPEN',
      'FORCED_OPEN',
      'CLOSED',
    ])
    for (let key = 0; key < 500; key++) await circuits.for(`tenant-${key}`).run(works)
    expect(kept.map(key => circuits.for(key))).toEqual(before)
    // One that has closed for good is one of many again.
    await clock.advance(100_000)
    for (let key = 0; key < 500; key++) circuits.for(`tenant-${key}`)
    expect(circuits.for('recovering')).not.toBe(before[1])
    expect(circuits.for('open')).toBe(before[2])
  })

  it('that shed the calls of this environment alone are not dropped for others', async () => {
    const clock = new VirtualClock()
    const { circuits, fail } = setUp({ maxCircuits: 3, store: new MemoryStore(), clock })
    await fail('shedding')
    const before = circuits.for('shedding')
    expect(before.status()).toMatchObject({ state: 'CLOSED', shedding: true })
    for (let key = 0; key < 200; key++) await circuits.for(`tenant-${key}`).run(works)
    expect(circuits.for('shedding')).toBe(before)
  })

  it('were read at every call where one key more was in use than are kept, each in turn', async () => {
    for (const [maxCircuits, share] of [
      [10, 0.4],
      [100, 0.05],
    ] as const) {
      const clock = new VirtualClock()
      const store = new FaultyStore(new MemoryStore(), clock)
      const { circuits } = setUp({ maxCircuits, store, clock })
      const calls = 30 * (maxCircuits + 1)
      for (let call = 0; call < calls; call++)
        await circuits.for(`key-${call % (maxCircuits + 1)}`).run(works)
      expect(store.requests.read).toBeGreaterThan(maxCircuits)
      expect((store.requests.read - maxCircuits) / calls).toBeLessThan(share)
    }
  })

  it('never opened where one key more was in use than are kept, each in turn: what they counted was lost', async () => {
    const { circuits, fail } = setUp({ maxCircuits: 20, consecutiveFailures: 3 } as CircuitsOptions)
    for (let round = 0; round < 5; round++) {
      for (let key = 0; key < 21; key++) await (key === 0 ? fail('bad') : circuits.for(`${key}`).run(works))
    }
    expect(circuits.for('bad').status().state).toBe('OPEN')
  })

  it('of a dead dependency among one key more than are kept let its calls through for ever, and never opened', async () => {
    const clock = new VirtualClock()
    const circuits = new Circuits({ maxCircuits: 1_000, clock, random: chance() })
    const events: CircuitEvent[] = []
    circuits.on(event => events.push(event))
    let reached = 0
    const dead = () => {
      reached++
      return fails()
    }
    for (let round = 0; round < 120; round++) {
      for (let key = 0; key < 1_000; key++) await circuits.for(`well-${key}`).run(works)
      await circuits
        .for('dead')
        .run(dead)
        .catch(() => {})
      await clock.advance(500)
    }
    // The minimum of a window, and a probe for each open time: 5 s, and twice that after each probe that failed.
    expect(reached).toBeLessThanOrEqual(10 + 4)
    expect(circuits.for('dead').status().state).toBe('OPEN')
    expect(events.some(({ type }) => type === 'eviction')).toBe(false)
  })

  it('that have failures in their window, or are suspect, are dropped after all other closed ones, and before open ones', async () => {
    const { circuits, fail } = setUp({ maxCircuits: 4, consecutiveFailures: 3 } as CircuitsOptions)
    await fail('failing')
    for (let call = 0; call < 3; call++) await fail('open')
    const [failing, open] = [circuits.for('failing'), circuits.for('open')]
    for (let key = 0; key < 200; key++) await circuits.for(`tenant-${key}`).run(works)
    expect(circuits.for('failing')).toBe(failing)
    for (const key of ['b', 'c']) for (let call = 0; call < 3; call++) await fail(key)
    await circuits.for('d').run(works)
    expect(circuits.for('failing')).not.toBe(failing)
    expect(circuits.for('open')).toBe(open)
  })

  it('that were slow lately are kept', async () => {
    const { circuits, clock } = setUp({
      maxCircuits: 4,
      consecutiveFailures: undefined,
      slowCallMs: 100,
    } as never)
    const slow = circuits.for('slow')
    await slow.run(() => clock.advance(100))
    for (let key = 0; key < 100; key++) await circuits.for(`tenant-${key}`).run(works)
    expect(circuits.for('slow')).toBe(slow)
  })

  it('that are observed only are kept', async () => {
    const { circuits } = setUp({ maxCircuits: 4 })
    const observed = circuits.for('observed')
    await observed.observeOnly(act)
    for (let key = 0; key < 100; key++) await circuits.for(`tenant-${key}`).run(works)
    expect(circuits.for('observed')).toBe(observed)
  })

  it('that the fleet suspects are kept', async () => {
    const clock = new VirtualClock()
    const { circuits } = setUp({
      maxCircuits: 4,
      store: new MemoryStore(),
      clock,
      consecutiveFailures: 5,
    } as never)
    const suspect = circuits.for('suspect')
    await suspect.run(fails).catch(() => {})
    await suspect.run(fails).catch(() => {})
    await clock.advance(11_000)
    await suspect.refresh()
    expect(suspect.status()).toMatchObject({ suspect: true, calls: { failures: 0 } })
    for (let key = 0; key < 100; key++) await circuits.for(`tenant-${key}`).run(works)
    expect(circuits.for('suspect')).toBe(suspect)
  })

  describe('that keep calls out, where none is closed,', () => {
    const full = async (options: CircuitsOptions = {}) => {
      const heard: CircuitEvent[] = []
      const { clock, circuits, fail } = setUp({
        prefix: 'tenant',
        maxCircuits: 3,
        listener: event => heard.push(event),
        ...options,
      } as CircuitsOptions)
      for (const key of ['a', 'b', 'c']) {
        await fail(key)
        await circuits.for(key).refresh()
      }
      heard.length = 0
      return { clock, circuits, fail, heard }
    }

    it('were dropped in silence', async () => {
      const { circuits, heard, clock } = await full()
      const groupHeard: CircuitEvent[] = []
      circuits.on(event => groupHeard.push(event))
      circuits.for('d')
      const [event] = heard
      expect(heard).toEqual([
        {
          type: 'eviction',
          group: 'tenant:*',
          circuit: expect.stringMatching(/^tenant:[abc]$/),
          state: 'OPEN',
          scope: 'environment',
          at: clock.now(),
        },
      ])
      expect(groupHeard).toEqual([event])
      // The new one is closed: it goes next, without an event.
      circuits.for('e')
      expect(heard).toEqual([event])
    })

    it('are dropped with an event that says which state is lost, or that the store has it', async () => {
      const forced = await full({ consecutiveFailures: 9 } as CircuitsOptions)
      for (const key of ['a', 'b', 'c']) await forced.circuits.for(key).forceClosed(act)
      forced.heard.length = 0
      forced.circuits.for('d')
      expect(forced.heard).toMatchObject([{ type: 'eviction', state: 'FORCED_CLOSED', scope: 'environment' }])

      const clock = new VirtualClock()
      const shared = await full({
        store: new MemoryStore(),
        clock,
        consecutiveFailures: 9,
      } as CircuitsOptions)
      for (const key of ['a', 'b', 'c']) await shared.circuits.for(key).forceOpen(act)
      shared.heard.length = 0
      shared.circuits.for('d')
      expect(shared.heard).toMatchObject([{ type: 'eviction', state: 'FORCED_OPEN', scope: 'fleet' }])

      // The gate of this environment alone is shut.
      const own = await full({ store: new MemoryStore(), clock })
      own.circuits.for('d')
      expect(own.heard).toMatchObject([{ type: 'eviction', state: 'CLOSED', scope: 'environment' }])
    })

    it('are dropped once each, however many keys are in use, and their listeners may ask for more', async () => {
      const { circuits, heard, fail } = await full()
      const off = circuits.on(({ type, circuit }) => {
        if (type === 'eviction') circuits.for(circuit.slice('tenant:'.length))
      })
      circuits.for('d')
      off()
      expect(circuits.size).toBe(3)
      heard.length = 0
      for (let key = 0; key < 1_000; key++) await fail(`key-${key}`)
      const count = (type: string) => heard.filter(event => event.type === type).length
      expect(count('eviction')).toBeLessThanOrEqual(count('transition'))
      expect(circuits.size).toBe(3)
    })
  })

  it('of 50,000 keys are kept up to their bound, whatever state they are in', async () => {
    const { circuits } = setUp({ maxCircuits: 100 })
    for (let key = 0; key < 50_000; key++) {
      const call = key % 10 === 0 ? fails : works
      circuits
        .for(`key-${key}`)
        .run(call)
        .catch(() => {})
      if (key % 500 === 0) await settle()
      if (circuits.size > 100) break
    }
    expect(circuits.size).toBe(100)
  })

  describe('of keys that callers choose', () => {
    const shared = (options: Record<string, unknown> = {}) => {
      const time = new VirtualClock()
      let setBackMs = 0
      const clock = { ...time, now: () => time.now() - setBackMs }
      const store = new FaultyStore(new MemoryStore(), time)
      const { circuits, fail } = setUp({ store, clock, maxNewPerSecond: 10, ...options } as CircuitsOptions)
      const heard: string[] = []
      circuits.on(({ type, circuit }) => type === 'unshared' && heard.push(circuit))
      let key = 0
      /** Calls of so many new keys fail at once. Returns how many were read of in the table. */
      const come = async (count: number) => {
        const before = store.requests.read
        for (let left = count; left > 0; left--) await fail(`key-${key++}`)
        return store.requests.read - before
      }
      const setBack = (ms: number) => (setBackMs += ms)
      return { time, store, circuits, heard, come, setBack }
    }

    it('each cost a read, and rows where it failed, however many came', async () => {
      const { store, circuits, heard, come } = shared()
      expect(await come(100)).toBe(10)
      expect(circuits.size).toBe(10)
      expect(store.requests.write + store.requests.add).toBeLessThan(50)
      expect(heard).toEqual(['key-10'])
      // What is kept is not new.
      expect(circuits.for('key-3')).toBe(circuits.for('key-3'))
      expect(circuits.for('key-99')).not.toBe(circuits.for('key-99'))
      expect(circuits.for('key-99').status()).toMatchObject({
        circuit: 'key-99',
        state: 'CLOSED',
        store: 'none',
      })
    })

    it('are shared again as time goes by, also by a clock that is set back', async () => {
      const { time, heard, come, setBack } = shared()
      await come(10)
      expect(heard).toEqual([])
      await time.advance(300)
      expect(await come(10)).toBe(3)
      setBack(3_600_000)
      expect(await come(10)).toBe(0)
      await time.advance(500)
      expect(await come(10)).toBe(5)
      expect(heard).toEqual(['key-13'])
      // No second without too many has passed until now.
      await time.advance(60_000)
      expect(await come(100)).toBe(10)
      expect(heard).toEqual(['key-13', 'key-50'])
    })

    it.each([
      [{ maxCircuits: 5 }, 1_000],
      [{ maxCircuits: 1_500 }, 1_500],
    ])('are as many a second as are kept, and 1,000 at least: %j', async (options, most) => {
      const { circuits, heard } = shared({ ...options, maxNewPerSecond: undefined })
      for (let key = 0; key < most; key++) circuits.for(`key-${key}`)
      expect(heard).toEqual([])
      circuits.for('one more')
      expect(heard).toEqual(['one more'])
    })

    it('are not bounded where nothing is shared', () => {
      const { circuits, heard } = shared({ store: undefined })
      for (let key = 0; key < 500; key++) circuits.for(`key-${key}`)
      expect(circuits.size).toBe(500)
      expect(heard).toEqual([])
    })
  })

  it('of one prefix are none of another: a:b under x was b under x:a', () => {
    expect(setUp({ prefix: 'x' }).circuits.for('a:b').name).toBe('x:a:b')
    expect(() => setUp({ prefix: 'x:a' })).toThrow(
      'Circuits: prefix: got "x:a"; allowed is a text without a colon',
    )
    expect(setUp({ prefix: 'host' }).circuits.for('https://api.example.com').name).toBe(
      'host:https://api.example.com',
    )
    expect(setUp().circuits.for('a:b').name).toBe('a:b')
  })
})
