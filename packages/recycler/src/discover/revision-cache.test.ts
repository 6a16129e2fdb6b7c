import { describe, expect, it } from 'vitest'
import type { Revision } from '../model.ts'
import { memoryRevisionCache } from './revision-cache.ts'

const revision = (arn: string): Revision => ({ arn, references: [], unreadable: [], mutableImages: [] })

describe('the cache of revisions in memory', () => {
  it('has what was put into it', async () => {
    const cache = memoryRevisionCache()
    await cache.put([revision('a'), revision('b')])
    expect(await cache.get(['b', 'c', 'b'])).toEqual(new Map([['b', revision('b')]]))
  })

  it('makes room by what was not asked for the longest', async () => {
    const cache = memoryRevisionCache(2)
    await cache.put([revision('a'), revision('b')])
    await cache.get(['a'])
    await cache.put([revision('c')])
    expect([...(await cache.get(['a', 'b', 'c'])).keys()]).toEqual(['a', 'c'])
  })

  it('refuses a size that is none', () => {
    expect(() => memoryRevisionCache(0)).toThrow('maxEntries: got 0')
  })
})
