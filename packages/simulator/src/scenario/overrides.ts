import type { Scenario, ScenarioEvent } from './scenario.ts'

/** Replicas show what the table held up to three seconds ago. */
const lagging: ScenarioEvent = { atMs: 0, table: { lagMs: 3_000 } }

function overridden(
  name: string,
  title: string,
  expect: NonNullable<Scenario['expect']>,
  ...events: readonly ScenarioEvent[]
): Scenario {
  return {
    name,
    title,
    durationMs: 75_000,
    sizes: [1, 10, 100],
    fleet: { perEnvironment: 2, callsPerSecond: 1_000 },
    policy: { maxOpenMs: 10_000 },
    events: [lagging, ...events],
    expect,
  }
}

const outage: readonly ScenarioEvent[] = [
  { atMs: 12_000, jitterMs: 2_000, dependency: { mode: 'outage' } },
  { atMs: 45_000, dependency: { mode: 'healthy' } },
]

/** Scenarios in which operators override the circuit, and replicas lag. */
export const overrides: readonly Scenario[] = [
  overridden(
    'forced-open',
    'The dependency is healthy; one environment forces the circuit open, and another one releases it.',
    { opens: [0, 0] },
    { atMs: 10_000, jitterMs: 5_000, override: { mode: 'FORCED_OPEN' } },
    { atMs: 16_000, jitterMs: 20_000, override: { mode: 'RELEASED' } },
  ),
  overridden(
    'forced-open-again',
    'An operator forces the circuit open three times in a row, each for some seconds, and releases it once before.',
    { opens: [0, 0] },
    { atMs: 10_000, jitterMs: 5_000, override: { mode: 'FORCED_OPEN', forMs: 6_000, from: 'outside' } },
    { atMs: 15_000, jitterMs: 5_000, override: { mode: 'RELEASED', from: 'outside' } },
    { atMs: 19_000, jitterMs: 4_000, override: { mode: 'FORCED_OPEN', forMs: 8_000 } },
    { atMs: 23_000, jitterMs: 10_000, override: { mode: 'FORCED_OPEN', forMs: 10_000 } },
  ),
  overridden(
    'overrides-in-an-outage',
    'The dependency is dead; environments and operators force the circuit closed, observe it, force it open and release it.',
    { opens: [1, 10] },
    ...outage,
    { atMs: 16_000, jitterMs: 3_000, override: { mode: 'FORCED_CLOSED' } },
    { atMs: 19_000, jitterMs: 5_000, override: { mode: 'OBSERVE_ONLY', from: 'outside' } },
    { atMs: 24_000, jitterMs: 5_000, override: { mode: 'FORCED_OPEN', forMs: 5_000 } },
    { atMs: 29_000, jitterMs: 10_000, override: { mode: 'RELEASED', from: 'outside' } },
  ),
  overridden(
    'overrides-at-once',
    'Environments override the circuit in different ways within a second, the dependency is dead, and one releases it.',
    { opens: [0, 10] },
    ...outage,
    { atMs: 20_000, jitterMs: 1_000, override: { mode: 'FORCED_CLOSED', forMs: 20_000 } },
    { atMs: 20_000, jitterMs: 1_000, override: { mode: 'FORCED_OPEN', from: 'outside' } },
    { atMs: 20_000, jitterMs: 1_000, override: { mode: 'OBSERVE_ONLY' } },
    { atMs: 24_000, jitterMs: 5_000, override: { mode: 'RELEASED' } },
    { atMs: 30_000, jitterMs: 5_000, override: { mode: 'FORCED_OPEN', forMs: 3_000 } },
  ),
]
