import { isStoreError } from '@breakwater/circuit'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { runs } from '../../../../test/tier.ts'
import type { RecyclerStore } from './store.ts'

const key = { partition: 'recycler#test', sort: 'one' }

/** What every {@link RecyclerStore} must do. `make` gives a fresh, empty one. */
export function describeRecyclerStore(name: string, make: () => Promise<RecyclerStore>): void {
  describe(name, () => {
    let store: RecyclerStore
    beforeEach(async () => {
      store = await make()
    })

    it('knows nothing of what was never written', async () => {
      expect(await store.read([key, key])).toEqual([undefined, undefined])
      expect(await store.read([])).toEqual([])
      expect(await store.list('recycler#test')).toEqual([])
    })

    it('counts the writes of an entry', async () => {
      expect(await store.write(key, { a: 1 })).toBe(1)
      expect(await store.write(key, { a: 2 })).toBe(2)
      expect(await store.write(key, { a: 3 }, { revision: 2 })).toBe(3)
      expect(await store.read([key])).toEqual([{ ...key, revision: 3, value: { a: 3 } }])
    })

    it('writes nothing where the revision is another', async () => {
      expect(await store.write(key, 'early', { revision: 1 })).toBeUndefined()
      expect(await store.read([key])).toEqual([undefined])
      await store.write(key, 'first', { revision: 0 })
      expect(await store.write(key, 'again', { revision: 0 })).toBeUndefined()
      expect(await store.write(key, 'later', { revision: 2 })).toBeUndefined()
      expect(await store.read([key])).toEqual([{ ...key, revision: 1, value: 'first' }])
    })

    it('lets one of twenty win, each time', async () => {
      for (let revision = 0; revision < 3; revision++) {
        const racers = Array.from({ length: 20 }, (_, racer) => store.write(key, { racer }, { revision }))
        const wins = (await Promise.all(racers)).flatMap((won, racer) => (won === undefined ? [] : [racer]))
        expect(wins).toHaveLength(1)
        expect(await store.read([key])).toEqual([
          { ...key, revision: revision + 1, value: { racer: wins[0] } },
        ])
      }
    })

    it('loses none of twenty writes that replace whatever is there', async () => {
      const revisions = await Promise.all(Array.from({ length: 20 }, (_, one) => store.write(key, { one })))
      expect(revisions.sort((a, b) => a! - b!)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1))
    })

    it('reads any number of entries in the order of the keys', async () => {
      const keys = Array.from({ length: 230 }, (_, at) => ({ partition: 'recycler#many', sort: `${at}` }))
      for (const [at, one] of keys.entries()) if (at % 2) await store.write(one, at)
      const wanted = [...keys.toReversed(), keys[1]!, keys[1]!]
      expect((await store.read(wanted)).map(entry => entry?.value)).toEqual(
        wanted.map(({ sort }) => (Number(sort) % 2 ? Number(sort) : undefined)),
      )
    })

    it('keeps partitions and entries apart', async () => {
      const keys = [
        { partition: 'recycler#a', sort: 'b#c' },
        { partition: 'recycler#a#b', sort: 'c' },
        { partition: 'recycler#a', sort: 'b' },
      ]
      for (const one of keys) await store.write(one, one.sort)
      expect((await store.read(keys)).map(entry => entry?.value)).toEqual(['b#c', 'c', 'b'])
      expect((await store.list('recycler#a')).map(({ sort }) => sort)).toEqual(['b', 'b#c'])
    })

    it('lists in the order of the sort keys, by prefix, limit and direction', async () => {
      for (const sort of ['b#2', 'a#1', 'b#10', 'b#1', 'c', 'ü', '\u{1F600}', '\uFF5E']) {
        await store.write({ partition: 'recycler#list', sort }, { sort })
      }
      const sorts = async (options?: Parameters<RecyclerStore['list']>[1]) =>
        (await store.list('recycler#list', options)).map(({ sort }) => sort)
      const all = ['a#1', 'b#1', 'b#10', 'b#2', 'c', 'ü', '\uFF5E', '\u{1F600}']
      expect(await sorts()).toEqual(all)
      expect(await sorts({ newestFirst: true })).toEqual(all.toReversed())
      expect(await sorts({ prefix: 'b#' })).toEqual(['b#1', 'b#10', 'b#2'])
      expect(await sorts({ prefix: 'b#', limit: 2, newestFirst: true })).toEqual(['b#2', 'b#10'])
      expect(await sorts({ limit: 0 })).toEqual([])
      expect(await sorts({ prefix: 'none' })).toEqual([])
    })

    it('lists what does not fit in one page', async () => {
      const text = 'x'.repeat(120_000)
      for (let at = 0; at < 20; at++) {
        await store.write({ partition: 'recycler#pages', sort: String(at).padStart(2, '0') }, { at, text })
      }
      const all = await store.list('recycler#pages')
      expect(all.map(({ value }) => (value as { at: number }).at)).toEqual(
        Array.from({ length: 20 }, (_, at) => at),
      )
      expect(await store.list('recycler#pages', { limit: 15, newestFirst: true })).toHaveLength(15)
    })

    it('gives back any value of JSON under any key', async () => {
      const sort = fc.string({ minLength: 1, maxLength: 40, unit: 'binary' })
      await fc.assert(
        fc.asyncProperty(sort, fc.jsonValue(), async (sort, value) => {
          const one = { partition: 'recycler#any', sort }
          const revision = await store.write(one, value)
          const [entry] = await store.read([one])
          expect(entry?.revision).toBe(revision)
          expect(JSON.stringify(entry?.value)).toBe(JSON.stringify(value))
        }),
        { numRuns: runs(20, 400), seed: 6 },
      )
    })

    it('returns copies, so that changing one changes no record', async () => {
      const value = { list: [1] }
      await store.write(key, value)
      value.list.push(2)
      const [first] = await store.read([key])
      ;(first!.value as typeof value).list.push(3)
      expect((await store.read([key]))[0]?.value).toEqual({ list: [1] })
    })

    it('refuses keys that a circuit could have, and empty ones', async () => {
      const bad = { partition: 'payments', sort: 'state' }
      await expect(store.read([bad])).rejects.toThrow('partition: got "payments"; allowed is')
      await expect(store.write(bad, 1)).rejects.toThrow(TypeError)
      await expect(store.list('payments')).rejects.toThrow(TypeError)
      await expect(store.write({ partition: 'recycler#a', sort: '' }, 1)).rejects.toThrow('sort: got ""')
      expect(isStoreError(await store.read([bad]).catch(error => error))).toBe(false)
    })
  })
}
