import { describe, expect, it } from 'vitest'
import { StoreError } from './index.ts'
import { MemoryStore } from './shared/index.ts'
import { FaultyStore, storeContract, VirtualClock } from './testing/index.ts'

describe('MemoryStore', () => {
  for (const { name, run } of storeContract) it(name, () => run(new MemoryStore()))
})

describe('FaultyStore', () => {
  for (const { name, run } of storeContract) {
    it(`while nothing is broken ${name}`, () => run(new FaultyStore(new MemoryStore(), new VirtualClock())))
  }

  it('fails so many times, in the operations named, and counts requests', async () => {
    const store = new FaultyStore(new MemoryStore(), new VirtualClock())
    store.fail({ error: 'throttled', operations: ['read'], times: 1 })
    await expect(store.read({ circuit: 'a' })).rejects.toThrow(StoreError)
    await expect(store.read({ circuit: 'a' })).resolves.toMatchObject({ revision: 0 })
    expect(store.requests).toMatchObject({ read: 2, write: 0 })
  })

  it('carries a request out whose answer it loses, and lags behind on demand', async () => {
    const store = new FaultyStore(new MemoryStore(), new VirtualClock())
    const report = { calls: 1, failures: 0, slow: 0, environments: 1, failing: 0 }
    store.lag()
    expect((await store.read({ circuit: 'a', slices: ['0-0'] })).slices[0]!.calls).toBe(0)
    store.fail({ lostAnswer: true, times: 1 })
    await expect(store.add('a', '0-0', report, 0, 1_000)).rejects.toThrow('lost')
    expect((await store.read({ circuit: 'a', slices: ['0-0'] })).slices[0]!.calls).toBe(0)
    expect((await store.read({ circuit: 'a', slices: ['0-0'], consistent: true })).slices[0]!.calls).toBe(1)
  })
})

describe('the contract itself', () => {
  it('fails a store that overwrites without looking', async () => {
    class Careless extends MemoryStore {
      override async write(...args: Parameters<MemoryStore['write']>) {
        const { revision } = await this.read({ circuit: args[0] })
        return super.write(args[0], args[1], revision, args[3])
      }
    }
    const results = await Promise.allSettled(storeContract.map(({ run }) => run(new Careless())))
    expect(results.filter(({ status }) => status === 'rejected').length).toBeGreaterThanOrEqual(2)
  })
})
