import { expect, it } from 'vitest'
import { Circuit, type CircuitEvent, type CircuitRecord, type ReadQuery } from './index.ts'
import { MemoryStore, nextRevision } from './shared/index.ts'
import { VirtualClock } from './testing/index.ts'

/** A store whose record can be restored from a backup. */
class RestorableStore extends MemoryStore {
  stored: { readonly record: CircuitRecord | undefined; readonly revision: number } = {
    record: undefined,
    revision: 0,
  }
  override async read(query: ReadQuery) {
    return { ...(await super.read(query)), ...this.stored }
  }
  override async write(_: string, record: CircuitRecord, revision: number) {
    if (revision !== this.stored.revision) return { written: false as const, ...this.stored }
    this.stored = { record, revision: nextRevision(revision) }
    return { written: true as const, revision: this.stored.revision }
  }
}

const works = async () => 'answer'
const fails = () => Promise.reject(new Error('down'))

it('generations went back after a backup was restored, and were given twice', async () => {
  const clock = new VirtualClock()
  const store = new RestorableStore()
  const circuit = new Circuit('payments', {
    store,
    clock,
    random: () => 0.5,
    minimumCalls: 3,
    openMs: 1_000,
    maxOpenMs: 1_000,
    probes: 1,
    recoveryMs: 0,
  })
  const given: number[] = []
  circuit.on((event: CircuitEvent) => {
    if (event.type === 'transition' && event.origin === 'here' && event.scope === 'fleet')
      given.push(event.generation)
  })
  const until = async (state: string, call: () => Promise<unknown>) => {
    for (let calls = 0; calls < 100 && store.stored.record?.state !== state; calls++) {
      await circuit.run(call).catch(() => {})
      await clock.advance(500)
    }
  }
  /** Opens, probes and closes: three generations. */
  const outage = async () => {
    await until('OPEN', fails)
    await until('CLOSED', works)
  }

  await outage()
  const backup = store.stored
  await outage()
  expect(store.stored.record?.generation).toBe(6)
  store.stored = backup
  await circuit.refresh()
  // A suspicion is no new generation.
  await circuit.run(fails).catch(() => {})
  expect(store.stored.record).toMatchObject({ generation: 3, state: 'CLOSED' })
  await circuit.refresh()
  // What is stored holds, for all environments alike.
  expect(circuit.status()).toMatchObject({ state: 'CLOSED', generation: 3 })
  await outage()
  expect(store.stored.record).toMatchObject({ state: 'CLOSED', generation: 9 })
  expect(given).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
})
