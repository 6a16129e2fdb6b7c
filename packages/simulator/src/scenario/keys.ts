import type { Scenario, ScenarioEvent } from './scenario.ts'

function keyed(
  name: string,
  title: string,
  keys: NonNullable<Scenario['keys']>,
  ...events: readonly ScenarioEvent[]
): Scenario {
  return {
    name,
    title,
    durationMs: 60_000,
    sizes: [1, 10],
    fleet: { perEnvironment: 40, callsPerSecond: 200, concurrency: 30 },
    policy: { maxOpenMs: 10_000 },
    keys,
    events: [{ atMs: 10_000, jitterMs: 2_000, deadKeys: 10 }, { atMs: 40_000, deadKeys: 0 }, ...events],
  }
}

/** Scenarios with a circuit for each of many keys, whose table is one. */
export const keys: readonly Scenario[] = [
  keyed('keys', 'There is a circuit for each of 50 keys, and the dependency of ten keys dies.', {
    count: 50,
  }),
  keyed(
    'keys-hang',
    'There is a circuit for each of 50 keys; the dependency of ten keys dies, and the table answers nothing for a while.',
    { count: 50 },
    { atMs: 5_000, jitterMs: 20_000, table: { hang: true } },
    { atMs: 50_000, table: {} },
  ),
  keyed(
    'many-keys-hang',
    'There is a circuit for each of 5,000 keys, and the table answers nothing for a while.',
    { count: 5_000 },
    { atMs: 5_000, jitterMs: 20_000, table: { hang: true } },
    { atMs: 50_000, table: {} },
  ),
  keyed(
    'keys-evicted',
    'There are 50 keys, each environment keeps 25 circuits, and the dependency of ten keys dies.',
    { count: 50, maxCircuits: 25 },
  ),
]
