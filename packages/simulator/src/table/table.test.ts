import { expect, it } from 'vitest'
import { Engine } from '../engine/engine.ts'
import { Environment } from '../engine/environment.ts'
import { Random } from '../engine/random.ts'
import { SimulatedTable, type StoredItem } from './table.ts'

/** Two Regions, and what came to be in each from outside of its environments. */
function twoRegions(replicationMs: number, backMs = replicationMs) {
  const engine = new Engine(0)
  const [one, other] = [new SimulatedTable(engine, new Random(1)), new SimulatedTable(engine, new Random(2))]
  one.replicateTo(other, replicationMs)
  other.replicateTo(one, backMs)
  const arrived: (StoredItem | undefined)[] = []
  other.observer = {
    readSent: () => {},
    writeSent: () => {},
    applied: () => {},
    learned: () => {},
    replaced: (_, item) => arrived.push(item),
  }
  const environment = new Environment(engine, 1, 0)
  const write = (table: SimulatedTable, by: string) => table.write(environment, 'key', { by })
  return { engine, one, other, arrived, write }
}

it('a write in one Region reaches the other later, and is shown there as one from outside', async () => {
  const { engine, one, other, arrived, write } = twoRegions(1_000)
  write(one, 'one')
  await engine.run(10)
  expect([other.read('key', true), one.differences(other), arrived]).toEqual([undefined, ['key'], []])
  await engine.run(60_000)
  expect([other.read('key', true), one.differences(other), arrived]).toEqual([
    { by: 'one' },
    [],
    [{ by: 'one' }],
  ])
})

it('the later of two writes stays in both Regions, in whatever order they arrive', async () => {
  for (const [there, back] of [
    [10, 5_000],
    [5_000, 10],
  ]) {
    const { engine, one, other, write } = twoRegions(there!, back)
    write(one, 'one')
    await engine.run(1)
    write(other, 'other')
    await engine.run(60_000)
    expect([one.read('key', true), other.read('key', true)]).toEqual([{ by: 'other' }, { by: 'other' }])
  }
})

it('a write that arrives after a later one of its own Region is left out', async () => {
  const { engine, one, other, arrived, write } = twoRegions(1_000)
  // Of many writes a millisecond apart some overtake others.
  for (let index = 0; index < 50; index++) {
    write(one, String(index))
    await engine.run(index + 1)
  }
  await engine.run(60_000)
  const order = arrived.map(item => Number(item?.by))
  expect(order).toEqual(order.toSorted((a, b) => a - b))
  expect(order.length).toBeLessThan(50)
  expect(other.read('key', true)).toEqual({ by: '49' })
})

it('an item that is deleted in one Region is deleted in the other', async () => {
  const { engine, one, other, arrived, write } = twoRegions(1_000)
  write(one, 'one')
  await engine.run(60_000)
  one.replace('key', undefined)
  expect(one.differences(other)).toEqual(['key'])
  await engine.run(120_000)
  expect([other.read('key', true), one.differences(other), arrived]).toEqual([
    undefined,
    [],
    [{ by: 'one' }, undefined],
  ])
})

it('a table alone sends its writes nowhere', async () => {
  const engine = new Engine(0)
  const [one, other] = [new SimulatedTable(engine, new Random(1)), new SimulatedTable(engine, new Random(2))]
  one.write(new Environment(engine, 1, 0), 'key', { by: 'one' })
  await engine.run(60_000)
  expect(one.differences(other)).toEqual(['key'])
  expect(other.size).toBe(0)
})
