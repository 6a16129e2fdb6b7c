import { allTogether, type Library } from './cases.ts'
import { maxBytes } from './parts.ts'
import type { CallResult, Results } from './results.ts'

/** A cell of the table of calls. */
export function cell(row: string, library: Library, ratio: number, bytes = 600, toFirst = 1): CallResult {
  return { row, library, ratio, bytes, toFirst, ns: 50 * ratio, bareNs: 50, bareBytes: 250 }
}

const machine = { cpu: 'Some CPU', cpus: 2, node: '24.0.0', versions: { opossum: '10.0.0' } }

/** Results with nothing but where they were measured. */
export const nothing: Results = { machine, calls: [] }

/** Results of which every claim holds by a hair. */
export const good: Results = {
  machine,
  calls: [
    cell('closed', 'breakwater', 4, 700),
    cell('closed-consecutive', 'breakwater', 3.9, 650),
    cell('closed-consecutive', 'cockatiel', 4),
    cell('closed-listener', 'breakwater', 5),
    cell('closed-listener', 'cockatiel', 5),
    cell('retry', 'breakwater', 20, 3_072),
    cell('retry', 'cockatiel', 60),
    cell('open-fallback', 'breakwater', 15),
    cell('open-fallback', 'opossum', 8_000),
    cell('open-throws', 'breakwater', 25),
    cell('failing-0', 'breakwater', 3),
    cell('failing-0', 'cockatiel', 3),
    cell('failing-100000', 'breakwater', 3.5, 600, 1.2),
    { row: 'fetch', library: 'breakwater', skipped: 'not there' },
  ],
  sizes: [{ what: allTogether, bytes: maxBytes.handler }],
  imports: [{ what: 'opossum', ms: 1.5 }],
  coldStart: {
    plain: { importMs: 1, constructMs: 0.5, firstCallMs: 0.4, secondCallMs: 0.1 },
    breakwater: { importMs: 3, constructMs: 1.5, firstCallMs: 80, secondCallMs: 0.2 },
    runs: 9,
  },
  store: {
    first: { alone: { p50: 10, p99: 20 }, shared: { p50: 3_010, p99: 5_020 }, calls: 100 },
    steady: { alone: { p50: 9, p99: 20 }, shared: { p50: 12, p99: 60 }, calls: 600 },
    rested: { alone: { p50: 9, p99: 20 }, shared: { p50: 1_500, p99: 4_000 }, calls: 600 },
  },
  keys: [
    { maxCircuits: 1_000, keys: 10_000, every: 100_000, heaps: [9e6, 10e6, 11e6] },
    { maxCircuits: 10_000, keys: 10_000, every: 100_000, heaps: [20e6, 25e6, 25e6] },
  ],
}
