import { describe, expect, it } from 'vitest'
import type { Revision } from '../model.ts'
import { keys } from '../records/keys.ts'
import type { Entry, RecyclerStore } from '../records/store.ts'
import { storedRevisionCache } from './revision-cache.ts'

const day = 24 * 3_600_000
const revision = (arn: string): Revision => ({ arn, references: [], unreadable: [], mutableImages: [] })

/** Holds entries of JSON, and notes what is asked of it. */
function fakeStore() {
  const entries = new Map<string, Entry & { expiresAt?: number | undefined }>()
  const asked: string[][] = []
  const store: RecyclerStore = {
    async read(keys) {
      asked.push(keys.map(({ sort }) => sort))
      return keys.map(({ partition, sort }) => entries.get(`${partition} ${sort}`))
    },
    async write({ partition, sort }, value, { expiresAt } = {}) {
      const json = JSON.parse(JSON.stringify(value))
      entries.set(`${partition} ${sort}`, { partition, sort, revision: 1, value: json, expiresAt })
      return 1
    },
    list: async () => [],
  }
  return { store, entries, asked }
}

describe('the stored cache of revisions', () => {
  it('finds what another environment has put there, and asks once', async () => {
    const { store, asked } = fakeStore()
    await storedRevisionCache(store).put([revision('a'), revision('b')])
    const cache = storedRevisionCache(store)
    expect(await cache.get(['a', 'x', 'a'])).toEqual(new Map([['a', revision('a')]]))
    expect([...(await cache.get(['a', 'b'])).keys()]).toEqual(['a', 'b'])
    await cache.get(['a', 'b'])
    expect(asked).toEqual([['a', 'x'], ['b']])
  })

  it('keeps it for 90 days', async () => {
    const { store, entries } = fakeStore()
    await storedRevisionCache(store, { clock: { now: () => 5 * day } }).put([revision('a')])
    expect(entries.get('recycler#revision a')).toMatchObject({ expiresAt: 95 * day })
  })

  it.each([
    ['nothing', null],
    ['a text', 'text'],
    ['another format', { format: 0, revision: revision('a') }],
    ['another revision', { format: 1, revision: revision('b') }],
    ['half a revision', { format: 1, revision: { arn: 'a', references: [] } }],
  ])('looks again where %s is on record', async (_, value) => {
    const { store } = fakeStore()
    await store.write(keys.revision('a'), value)
    expect((await storedRevisionCache(store).get(['a'])).size).toBe(0)
  })

  it('reports that the store failed, once no other write is under way', async () => {
    const { store } = fakeStore()
    let writing = 0
    const write: RecyclerStore['write'] = async (key, ...rest) => {
      writing++
      await Promise.resolve()
      writing--
      if (key.sort === 'a') throw new Error('down')
      return store.write(key, ...rest)
    }
    const cache = storedRevisionCache({ ...store, write })
    await expect(cache.put([revision('a'), revision('b')])).rejects.toThrow('down')
    expect(writing).toBe(0)
  })
})
