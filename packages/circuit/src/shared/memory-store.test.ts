import { expect, it, vi } from 'vitest'
import { noReport } from '../counts.ts'
import type { Audit } from '../record.ts'
import { MemoryStore } from './memory-store.ts'

const report = { calls: 5, failures: 2, slow: 1, environments: 1, failing: 1 }
const audit = (at: number): Audit => ({ act: 'RELEASED', by: 'ana', reason: 'test', at })

it('counts are kept for as long as they were asked to be, and no longer', async () => {
  const store = new MemoryStore()
  await store.add('a', 'old', report, 1_000, 500)
  await store.add('a', 'new', report, 1_500, 500)
  const query = { circuit: 'a', slices: ['old', 'new'] }
  expect((await store.read(query)).slices).toEqual([report, report])
  await store.add('a', 'new', report, 1_501, 500)
  const [old, latest] = (await store.read(query)).slices
  expect([old, latest?.calls]).toEqual([noReport, 10])
})

it('a read that asks for no slices brings none', async () => {
  const store = new MemoryStore()
  await store.add('a', 'new', report, 1_000, 500)
  expect((await store.read({ circuit: 'a' })).slices).toEqual([])
})

it('the last 20 acts are listed, and the last 100 kept', async () => {
  const store = new MemoryStore()
  for (let at = 1; at <= 101; at++) await store.control('a', undefined, audit(at))
  const listed = async (limit?: number) => (await store.audits('a', limit)).map(({ at }) => at)
  expect(await listed()).toEqual(Array.from({ length: 20 }, (_, index) => 101 - index))
  const kept = await listed(1_000)
  expect([kept.length, kept.at(-1)]).toEqual([100, 2])
})

it('the first revisions come after that of nothing, however chance falls', async () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0)
  const store = new MemoryStore()
  expect(await store.control('a', undefined, audit(1))).toBe(1)
  expect(await store.control('a', undefined, audit(2))).toBe(2)
  random.mockRestore()
})
