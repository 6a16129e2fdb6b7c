import { describe, expect, it } from 'vitest'
import { chance, fails, works } from './fleet.fixture.ts'
import { Circuits, type CircuitsOptions } from './index.ts'
import { MemoryStore } from './shared/index.ts'
import { FaultyStore, VirtualClock } from './testing/index.ts'

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
