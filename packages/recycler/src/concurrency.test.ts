import { settle } from '@breakwater/circuit/testing'
import { describe, expect, it } from 'vitest'
import { chunksOf, inParallel } from './concurrency.ts'

describe('things done in parallel', () => {
  it('are so many at a time, and answered in their order', async () => {
    const open: PromiseWithResolvers<string>[] = []
    const begun: number[] = []
    const done = inParallel([0, 1, 2, 3], 2, index => {
      begun.push(index)
      open[index] = Promise.withResolvers()
      return open[index].promise
    })
    expect(begun).toEqual([0, 1])
    open[1]!.resolve('b')
    await settle()
    expect(begun).toEqual([0, 1, 2])
    open[2]!.resolve('c')
    await settle()
    open[0]!.resolve('a')
    open[3]!.resolve('d')
    expect(await done).toEqual(['a', 'b', 'c', 'd'])
    expect(await inParallel([], 2, async () => 1)).toEqual([])
  })

  it('end with the first error, once those under way have ended', async () => {
    const slow = Promise.withResolvers<void>()
    const begun: number[] = []
    let settled = false
    const done = inParallel([0, 1, 2], 2, async index => {
      begun.push(index)
      if (index === 0) throw new Error('first')
      await slow.promise
      throw new Error('second')
    })
    const checked = expect(done).rejects.toThrow('first')
    void checked.then(() => {
      settled = true
    })
    await settle()
    expect(settled).toBe(false)
    slow.resolve()
    await checked
    expect(begun).toEqual([0, 1])
  })

  it('come in parts', () => {
    expect(chunksOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]])
    expect(chunksOf([], 2)).toEqual([])
  })
})
