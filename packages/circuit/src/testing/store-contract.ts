import type { Report } from '../counts.ts'
import { type Audit, type CircuitRecord, type Control, initialRecord } from '../record.ts'
import type { CircuitStore } from '../store.ts'

/** One thing every {@link CircuitStore} must do. `run` rejects when the store does not. */
export interface StoreContractCase {
  readonly name: string
  run(store: CircuitStore): Promise<void>
}

const now = 1_800_000_000_000
const racers = 200

const open: CircuitRecord = {
  state: 'OPEN',
  generation: 1,
  since: now,
  openings: 1,
  environment: 'env-1',
  retryAt: now + 5_000,
  reason: 'failure-rate',
}

const halfOpen: CircuitRecord = {
  state: 'HALF_OPEN',
  generation: 2,
  since: now + 5_000,
  openings: 1,
  environment: 'env-2',
  leases: [
    { id: 'env-2-0', expiresAt: now + 49_000, ms: 45_000 },
    { id: 'env-3-0', expiresAt: now + 9_500 },
  ],
  successes: 1,
  reason: 'failure-rate',
}

const closed: CircuitRecord = {
  state: 'CLOSED',
  generation: 3,
  since: now + 7_000,
  openings: 1,
  environment: 'env-3',
  recovering: true,
  suspectSince: now + 7_000,
  suspectUntil: now + 17_000,
  calmUntil: now + 27_000,
}

const control: Control = {
  mode: 'FORCED_OPEN',
  by: 'ana',
  reason: 'provider migrates',
  at: now,
  until: now + 60_000,
}
const audit: Audit = {
  act: 'FORCED_OPEN',
  by: 'ana',
  reason: 'provider migrates',
  at: now,
  until: now + 60_000,
}
const report: Report = { calls: 5, failures: 2, slow: 1, environments: 1, failing: 1 }

/**
 * What every store must do, as cases for any test runner. Give each case a fresh, empty store.
 *
 * @example
 * for (const { name, run } of storeContract) it(name, () => run(new MyStore()))
 */
export const storeContract: readonly StoreContractCase[] = [
  {
    name: 'knows nothing of a circuit that was never written',
    async run(store) {
      const slices = [{ calls: 0, failures: 0, slow: 0, environments: 0, failing: 0 }]
      same(await store.read({ circuit: 'new', slices: ['0-1'] }), {
        record: undefined,
        revision: 0,
        control: undefined,
        controlRevision: 0,
        slices,
      })
    },
  },
  {
    name: 'keeps records of every state as they were written, under a revision that grows',
    async run(store) {
      let revision = 0
      for (const record of [open, halfOpen, closed, initialRecord]) {
        const before = revision
        revision = await written(store, 'a', record, before)
        same(revision > before, true)
        const stored = await store.read({ circuit: 'a', consistent: true })
        same([stored.record, stored.revision], [record, revision])
      }
    },
  },
  {
    name: 'refuses a write computed from an older revision, changes nothing, and says what is there',
    async run(store) {
      const first = await written(store, 'a', open, 0)
      const revision = await written(store, 'a', halfOpen, first)
      for (const older of [0, first]) {
        same(await store.write('a', closed, older, now), { written: false, record: halfOpen, revision })
      }
      same((await store.read({ circuit: 'a', consistent: true })).record, halfOpen)
    },
  },
  {
    name: 'refuses a write computed from a revision that does not exist yet',
    async run(store) {
      same(await store.write('a', open, 7, now), { written: false, record: undefined, revision: 0 })
    },
  },
  {
    name: 'refuses a write computed from a revision of another history, of as many writes: a backup was restored',
    async run(store) {
      // Two circuits stand for two histories of one.
      let [lost, there] = [0, 0]
      for (const record of [open, halfOpen, closed]) {
        lost = await written(store, 'lost', record, lost)
        there = await written(store, 'there', record, there)
      }
      same(await store.write('there', open, lost, now), { written: false, record: closed, revision: there })
    },
  },
  {
    name: `lets exactly one of ${racers} concurrent writers through, at every step`,
    async run(store) {
      let revision = 0
      for (const record of [open, halfOpen, closed]) {
        const results = await Promise.all(
          Array.from({ length: racers }, (_, racer) =>
            store.write('a', { ...record, environment: `racer-${racer}` }, revision, now),
          ),
        )
        const winners = results.flatMap((result, racer) => (result.written ? [`racer-${racer}`] : []))
        same(winners.length, 1)
        const stored = await store.read({ circuit: 'a', consistent: true })
        same(stored.record?.environment, winners[0])
        for (const result of results) {
          same(result.revision, stored.revision)
          if (!result.written) same(result.record?.environment, winners[0])
        }
        revision = stored.revision
      }
    },
  },
  {
    name: `loses none of ${racers} concurrent reports`,
    async run(store) {
      const answers = await Promise.all(
        Array.from({ length: racers }, () => store.add('a', '0-1', report, now, 10_000)),
      )
      const sums = {
        calls: 5 * racers,
        failures: 2 * racers,
        slow: racers,
        environments: racers,
        failing: racers,
      }
      same((await store.read({ circuit: 'a', slices: ['0-1'], consistent: true })).slices, [sums])
      same(Math.max(...answers.map(({ calls }) => calls)), sums.calls)
      same(new Set(answers.map(({ calls }) => calls)).size, racers)
    },
  },
  {
    name: 'keeps slices and circuits apart',
    async run(store) {
      await store.add('a', '0-1', report, now, 10_000)
      await store.add('a', '0-2', { ...report, calls: 7, slow: 3 }, now, 10_000)
      await store.add('b', '0-1', { ...report, calls: 9 }, now, 10_000)
      await store.write('b', open, 0, now)
      const [a, b] = await Promise.all([
        store.read({ circuit: 'a', slices: ['0-2', '0-1', '0-3'], consistent: true }),
        store.read({ circuit: 'b', slices: ['0-1'], consistent: true }),
      ])
      same([a.record, a.slices.map(({ calls }) => calls)], [undefined, [7, 5, 0]])
      same([b.record, b.slices.map(({ calls }) => calls)], [open, [9]])
      same(a.slices[0]!.slow, 3)
    },
  },
  {
    name: 'sets and removes an override without touching the record, and keeps every act',
    async run(store) {
      const revision = await written(store, 'a', open, 0)
      await store.control('a', control, audit)
      const forced = await store.read({ circuit: 'a', consistent: true })
      same([forced.control, forced.record, forced.revision], [control, open, revision])
      const released: Audit = { act: 'RELEASED', by: 'bo', reason: 'done', at: now + 1 }
      await store.control('a', undefined, released)
      same((await store.read({ circuit: 'a', consistent: true })).control, undefined)
      same(await store.audits('a'), [released, audit])
      same(await store.audits('a', 1), [released])
      same(await store.audits('b'), [])
    },
  },
  {
    name: 'gives each override and each release a revision that grows, and of many at once none the same',
    async run(store) {
      const release: Audit = { act: 'RELEASED', by: 'bo', reason: 'done', at: now + 1 }
      let last = 0
      for (const [set, entry] of [
        [control, audit],
        [undefined, release],
        [control, audit],
      ] as const) {
        const revision = await store.control('a', set, entry)
        same(revision > last, true)
        same((await store.read({ circuit: 'a', consistent: true })).controlRevision, revision)
        last = revision
      }
      const revisions = await Promise.all(
        Array.from({ length: racers }, (_, racer) =>
          store.control('a', { ...control, by: `racer-${racer}` }, audit),
        ),
      )
      same(new Set([last, ...revisions]).size, racers + 1)
      const winner = Math.max(...revisions)
      const stored = await store.read({ circuit: 'a', consistent: true })
      same([stored.controlRevision, stored.control?.by], [winner, `racer-${revisions.indexOf(winner)}`])
      await store.write('a', open, 0, now)
      same((await store.read({ circuit: 'a', consistent: true })).controlRevision, winner)
    },
  },
  {
    name: 'tells an override of a lost history from one of as many acts: a backup was restored',
    async run(store) {
      for (let acts = 0; acts < 3; acts++)
        for (const name of ['lost', 'there']) await store.control(name, control, audit)
      const [lost, there] = await Promise.all(
        ['lost', 'there'].map(circuit => store.read({ circuit, consistent: true })),
      )
      same(lost!.controlRevision === there!.controlRevision, false)
    },
  },
  {
    name: 'keeps names with every character apart',
    async run(store) {
      const names = ['a', 'A', 'a#b', 'tenant:é✓', ' a', '__proto__', 'state', 'x'.repeat(256)]
      await Promise.all(
        names.map((name, index) => store.write(name, { ...open, generation: index + 1 }, 0, now)),
      )
      for (const [index, circuit] of names.entries()) {
        same((await store.read({ circuit, consistent: true })).record?.generation, index + 1)
      }
    },
  },
]

/** Writes a record, which must succeed, and answers the revision it made. */
async function written(
  store: CircuitStore,
  circuit: string,
  record: CircuitRecord,
  revision: number,
): Promise<number> {
  const result = await store.write(circuit, record, revision, now)
  same(result.written, true)
  return result.revision
}

function same(actual: unknown, expected: unknown): void {
  const [a, b] = [canonical(actual), canonical(expected)]
  if (a !== b) throw new Error(`store contract: expected ${b}, got ${a}`)
}

/** JSON with sorted keys: the order of fields does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)))
      : inner === undefined
        ? null
        : inner,
  )
}
