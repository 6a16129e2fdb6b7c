import type { Scenario, ScenarioEvent, TableCondition } from './scenario.ts'

const sizes = [1, 10, 100]
const fleet = { perEnvironment: 2, callsPerSecond: 1_000 }

/** Open times that end while the run lasts. */
const policy = { maxOpenMs: 20_000 }

/**
 * The dependency is dead from 15 s to 75 s. The table half-works from some moment in that time on, and goes on so for two
 * minutes in which the dependency is healthy. Nearly all runs have a goodput of 0.95 in these; of two environments with a call
 * every second each, one run in some hundreds has less.
 */
function halfWorking(name: string, title: string, table: TableCondition, healthyGoodput = 0.9): Scenario {
  return {
    name,
    title,
    durationMs: 250_000,
    sizes,
    fleet,
    policy,
    events: [
      { atMs: 15_000, dependency: { mode: 'outage' } },
      { atMs: 18_000, jitterMs: 15_000, table },
      { atMs: 75_000, dependency: { mode: 'healthy' } },
      { atMs: 190_000, table: {} },
    ],
    expect: { healthyGoodput },
  }
}

/** The dependency is dead for five minutes, and the table half-works nearly as long. Nothing heals. */
function fiveMinutes(name: string, title: string, table: TableCondition): Scenario {
  return {
    name,
    title,
    durationMs: 315_000,
    sizes: [10, 100],
    fleet,
    events: [
      { atMs: 15_000, dependency: { mode: 'outage' } },
      { atMs: 20_000, table },
    ],
    // Twice what gets through with every request throttled.
    expect: { reachedWhileOpenEach: 10.4 },
  }
}

const slow = { latencyMs: 600 }

/** Two environments with a call every two seconds each take up to half a minute to agree through such a table; ten have 0.94 at least. */
const slowGoodput = 0.8

/** Something befalls the record between 20 s and 30 s, while the circuit is open. */
function ofRecord(name: string, title: string, ...events: readonly ScenarioEvent[]): Scenario {
  return {
    name,
    title,
    durationMs: 150_000,
    sizes,
    fleet,
    policy,
    events: [
      { atMs: 15_000, dependency: { mode: 'outage' } },
      { atMs: 60_000, dependency: { mode: 'healthy' } },
      ...events,
    ],
    expect: { opens: [0, 15] },
  }
}

/** Scenarios in which the table works in part, or its items are changed from outside. */
export const partialFaults: readonly Scenario[] = [
  halfWorking(
    'writes-fail',
    'While the dependency is dead, the table begins to refuse writes, and goes on so when it is back; reads work.',
    { writes: { errorRate: 1 }, additions: { errorRate: 1 } },
  ),
  halfWorking(
    'writes-throttled',
    'While the dependency is dead, all writes become throttled, and stay so when it is back; reads work.',
    { writes: { throttleRate: 1 }, additions: { throttleRate: 1 } },
  ),
  halfWorking(
    'writes-hang',
    'While the dependency is dead, writes are no longer answered, also when it is back; reads work.',
    { writes: { hang: true }, additions: { hang: true } },
  ),
  halfWorking(
    'writes-slow',
    'While the dependency is dead, writes begin to take 600 ms, and still do when it is back; reads work.',
    { writes: slow, additions: slow },
    slowGoodput,
  ),
  halfWorking(
    'table-slow',
    'While the dependency is dead, all requests to the table begin to take 600 ms.',
    slow,
    slowGoodput,
  ),
  halfWorking(
    'table-hangs',
    'While the dependency is dead, the table stops answering, and still does not answer when it is back.',
    { hang: true },
  ),
  halfWorking(
    'reads-fail',
    'While the dependency is dead, the table begins to refuse reads, and goes on so when it is back; writes work.',
    { reads: { errorRate: 1 } },
  ),
  halfWorking(
    'unprocessed-keys',
    'While the dependency is dead, the table begins to leave half of the keys of each read unprocessed.',
    { unprocessedRate: 0.5 },
  ),
  {
    ...halfWorking('read-only-role', 'The role of the functions may read the table and not write it.', {}),
    events: [
      { atMs: 0, table: { writes: { deny: true }, additions: { deny: true } } },
      { atMs: 15_000, dependency: { mode: 'outage' } },
      { atMs: 75_000, dependency: { mode: 'healthy' } },
    ],
  },
  {
    ...halfWorking(
      'writes-fail-healthy',
      'The dependency is back while the circuit is still open, and from then on the table refuses writes.',
      {},
    ),
    events: [
      { atMs: 15_000, dependency: { mode: 'outage' } },
      { atMs: 30_000, dependency: { mode: 'healthy' } },
      { atMs: 30_000, table: { writes: { errorRate: 1 }, additions: { errorRate: 1 } } },
      { atMs: 190_000, table: {} },
    ],
  },
  fiveMinutes(
    'throttled-5-minutes',
    'The dependency is dead for five minutes, and all requests are throttled.',
    {
      throttleRate: 1,
    },
  ),
  fiveMinutes(
    'writes-fail-5-minutes',
    'The dependency is dead for five minutes, and the table refuses writes.',
    {
      writes: { errorRate: 1 },
      additions: { errorRate: 1 },
    },
  ),
  fiveMinutes(
    'writes-hang-5-minutes',
    'The dependency is dead for five minutes, and writes are not answered.',
    {
      writes: { hang: true },
      additions: { hang: true },
    },
  ),
  fiveMinutes(
    'table-slow-5-minutes',
    'The dependency is dead for five minutes, and the table takes 600 ms.',
    slow,
  ),
  ofRecord('record-deleted', 'The record of the circuit is deleted while it is open.', {
    atMs: 20_000,
    jitterMs: 10_000,
    deleteRecord: true,
  }),
  ofRecord('record-restored', 'The table is restored from an hour ago while the circuit is open.', {
    atMs: 20_000,
    jitterMs: 10_000,
    restoreFromMs: 3_600_000,
  }),
  ofRecord(
    'record-restored-open',
    'The circuit is closed again when the table is restored to what it was while it was open.',
    { atMs: 95_000, jitterMs: 10_000, restoreFromMs: 60_000 },
  ),
  ofRecord(
    'later-schema',
    'A later version writes the record in its own schema while the circuit is open, and is rolled back.',
    { atMs: 20_000, jitterMs: 10_000, laterSchema: true },
    { atMs: 90_000, laterSchema: false },
  ),
]
