import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hostileText } from '../../../../test/hostile.ts'
import { runs } from '../../../../test/tier.ts'
import {
  Circuit,
  type CircuitRecord,
  type Control,
  isCircuitOpenError,
  type Report,
  type WriteResult,
} from '../index.ts'
import { VirtualClock } from '../testing/index.ts'
import { MemoryStore } from './memory-store.ts'

const now = 1_800_000_000_000
const maxOpenMs = 60_000

/** Any number that an item may hold, and times about now. */
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, -1, 0.5, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53),
  fc.integer({ min: now - 100_000, max: now + 100_000 }),
)
const common = { generation: number, since: number, openings: number, environment: hostileText }
const reason = hostileText as fc.Arbitrary<'relapse'>
const record: fc.Arbitrary<CircuitRecord> = fc.oneof(
  fc.record({
    state: fc.constant('CLOSED' as const),
    ...common,
    recovering: fc.boolean(),
    suspectSince: number,
    suspectUntil: number,
    calmUntil: number,
  }),
  fc.record({ state: fc.constant('OPEN' as const), ...common, retryAt: number, reason }),
  fc.record({
    state: fc.constant('HALF_OPEN' as const),
    ...common,
    leases: fc.array(
      fc.record(
        { id: hostileText, expiresAt: number, ms: number },
        { requiredKeys: ['id', 'expiresAt'] },
      ) as fc.Arbitrary<{ id: string; expiresAt: number }>,
      { maxLength: 5 },
    ),
    successes: number,
    reason,
  }),
)
const report: fc.Arbitrary<Report> = fc.record({
  calls: number,
  failures: number,
  slow: number,
  environments: number,
  failing: number,
})
const control = fc.record(
  {
    mode: fc.constantFrom('FORCED_OPEN', 'FORCED_CLOSED', 'OBSERVE_ONLY'),
    by: hostileText,
    reason: hostileText,
    at: number,
    until: number,
  },
  { requiredKeys: ['mode', 'by', 'reason', 'at'] },
) as fc.Arbitrary<Control>

interface Stored {
  readonly record: CircuitRecord
  readonly report: Report
  readonly control: Control | undefined
  readonly writable: boolean
}

/** Holds the same hostile items whatever is written; each write fails, or is lost by the next read. */
class HostileStore extends MemoryStore {
  requests = 0
  readonly #stored: Stored

  constructor(stored: Stored) {
    super()
    this.#stored = stored
  }

  override async read({ slices = [] }: { readonly slices?: readonly string[] }) {
    this.requests++
    const { record, report, control } = this.#stored
    return { record, revision: 1, control, controlRevision: 1, slices: slices.map(() => report) }
  }

  override async write(_: string, __: CircuitRecord, revision: number): Promise<WriteResult> {
    this.requests++
    if (this.#stored.writable) return { written: true, revision: revision + 1 }
    return { written: false, record: this.#stored.record, revision: 1 }
  }

  override async add(): Promise<Report> {
    this.requests++
    return this.#stored.report
  }
}

it('a stored record of any numbers and texts rejects a call or lets it run, and costs few requests', async () => {
  const stored = fc.record({
    record,
    report,
    control: fc.option(control, { nil: undefined }),
    writable: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(stored, async given => {
      const clock = new VirtualClock(now)
      const store = new HostileStore(given)
      const circuit = new Circuit('payments', { store, clock, maxOpenMs, random: () => 0.5 })
      for (const fails of [false, true, true, false]) {
        const call = circuit
          .run(() => (fails ? Promise.reject(new Error('down')) : Promise.resolve('up')))
          .catch((error: unknown) => error)
        await clock.advance(2_000)
        const outcome = await call
        if (isCircuitOpenError(outcome)) {
          expect(outcome.retryAfterMs).toBeGreaterThanOrEqual(0)
          expect(outcome.retryAfterMs === undefined || Number.isFinite(outcome.retryAfterMs)).toBe(true)
        } else if (outcome !== 'up') expect(outcome).toMatchObject({ message: 'down' })
        expect(() => JSON.stringify(circuit.status())).not.toThrow()
      }
      expect(store.requests).toBeLessThan(60)
    }),
    { numRuns: runs(100, 5_000) },
  )
})
