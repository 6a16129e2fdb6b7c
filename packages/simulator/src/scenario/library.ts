import { bursts } from './bursts.ts'
import { clocks } from './clocks.ts'
import { keys } from './keys.ts'
import { overrides } from './overrides.ts'
import { partialFaults } from './partial-faults.ts'
import type { Scenario, ScenarioEvent } from './scenario.ts'
import { workflows } from './workflows.ts'

const all = [1, 10, 100, 1_000, 5_000]
const several = [10, 100, 1_000, 5_000]
const wide = [100, 1_000, 5_000]

/** Long enough after a healthy start for every environment to have been called, ms. */
const warm = 15_000
const healed = 45_000

/** The dependency is dead from about 15 s to 45 s. */
const outage: readonly ScenarioEvent[] = [
  { atMs: warm, jitterMs: 2_000, dependency: { mode: 'outage' } },
  { atMs: healed, dependency: { mode: 'healthy' } },
]

/** Two calls a second and environment, at most 1,000 in all: large fleets are not under more load. */
const steady = { perEnvironment: 2, callsPerSecond: 1_000 }

/** So few that a whole window holds no more calls than a verdict needs. */
const few = [1, 2, 3, 4, 5]

/** The dependency is dead from about 30 s to 75 s. */
const longOutage: readonly ScenarioEvent[] = [
  { atMs: 30_000, jitterMs: 5_000, dependency: { mode: 'outage' } },
  { atMs: 75_000, dependency: { mode: 'healthy' } },
]

/** How far the clock of one environment is off: ten minutes or an hour, either way. */
const wrongClocks = [
  { name: 'ahead-10-minutes', ms: 600_000, what: 'ten minutes ahead' },
  { name: 'behind-10-minutes', ms: -600_000, what: 'ten minutes behind' },
  { name: 'ahead-1-hour', ms: 3_600_000, what: 'an hour ahead' },
  { name: 'behind-1-hour', ms: -3_600_000, what: 'an hour behind' },
]

/** Outages of five seconds, five seconds apart. */
const flaps: readonly ScenarioEvent[] = [0, 1, 2, 3, 4].flatMap(flap => [
  { atMs: warm + flap * 10_000, dependency: { mode: 'outage' as const } },
  { atMs: warm + flap * 10_000 + 5_000, dependency: { mode: 'healthy' as const } },
])

/**
 * The library of scenarios. The title of each says what happens in it.
 *
 * @example
 * for (const { name, title } of scenarios) console.log(name, title)
 */
export const scenarios: readonly Scenario[] = [
  {
    name: 'healthy',
    title: 'An hour without a single failure.',
    durationMs: 3_600_000,
    sizes: [1, 10, 100],
    fleet: { perEnvironment: 0.2, lifetimeMs: 1_800_000 },
    events: [],
    expect: { opens: [0, 0], writes: 0 },
  },
  {
    name: 'noise',
    title: 'The dependency is healthy, but one call in a hundred fails.',
    durationMs: 180_000,
    sizes: all,
    fleet: steady,
    dependency: { errorRate: 0.01 },
    events: [],
    expect: { opens: [0, 0], writesPerSecond: 5 },
  },
  {
    name: 'outage',
    title: 'The dependency dies for half a minute: every call fails.',
    durationMs: 75_000,
    sizes: all,
    fleet: steady,
    events: outage,
    expect: { opens: [1, 8] },
  },
  {
    name: 'hang',
    title:
      'The dependency hangs for half a minute: no call is answered, each ends at its limit of two seconds.',
    durationMs: 75_000,
    sizes: all,
    fleet: { ...steady, limit: 4 },
    events: outage.map(event =>
      event.dependency?.mode === 'outage' ? { ...event, dependency: { mode: 'outage', hang: true } } : event,
    ),
    expect: { opens: [1, 8] },
  },
  {
    name: 'brownout-30',
    title: 'Three calls in ten fail; the circuit is set to open at five in ten, and must not.',
    durationMs: 60_000,
    sizes: all,
    fleet: { perEnvironment: 10, callsPerSecond: 1_000 },
    events: [{ atMs: warm, dependency: { mode: 'brownout', errorRate: 0.3 } }],
    expect: { opens: [0, 0] },
  },
  {
    name: 'brownout-60',
    title: 'Six calls in ten fail; the circuit is set to open at five in ten.',
    durationMs: 60_000,
    sizes: all,
    fleet: { perEnvironment: 10, callsPerSecond: 1_000 },
    events: [{ atMs: warm, jitterMs: 2_000, dependency: { mode: 'brownout', errorRate: 0.6 } }],
    expect: { opens: [1, 20] },
  },
  {
    name: 'slow',
    title: 'Nothing fails, but every call takes twenty times as long.',
    durationMs: 75_000,
    sizes: all,
    fleet: { ...steady, limit: 4 },
    policy: { slowCallMs: 400, slowCallRate: 0.8 },
    timeoutMs: 5_000,
    events: [
      { atMs: warm, jitterMs: 2_000, dependency: { mode: 'slow', factor: 20 } },
      { atMs: healed, dependency: { mode: 'healthy' } },
    ],
    expect: { opens: [1, 8] },
  },
  {
    name: 'flapping',
    title: 'The dependency dies and comes back every five seconds.',
    durationMs: 75_000,
    sizes: all,
    fleet: steady,
    events: flaps,
    expect: { opens: [0, 12] },
  },
  {
    name: 'one-broken',
    title: 'One environment cannot reach the dependency; all others are healthy.',
    durationMs: 75_000,
    sizes: wide,
    fleet: steady,
    events: [
      { atMs: warm, jitterMs: 2_000, broken: 1 },
      { atMs: healed, broken: 0 },
    ],
    expect: { opens: [0, 0] },
  },
  {
    name: 'idle',
    title: 'Many environments, each called about once a minute; the dependency dies.',
    durationMs: 180_000,
    sizes: [1_000, 5_000],
    fleet: { perEnvironment: 1 / 60, skewMs: 50 },
    events: [{ atMs: 70_000, jitterMs: 5_000, dependency: { mode: 'outage' } }],
    expect: { opens: [1, 20], callsToOpen: 2 },
  },
  {
    name: 'low-traffic',
    title: 'One call a second in the whole fleet; the dependency dies.',
    durationMs: 120_000,
    sizes: few,
    fleet: { callsPerSecond: 1, regular: true },
    events: longOutage,
    expect: { opens: [1, 8], callsToOpen: 1.3 },
  },
  {
    name: 'low-traffic-each',
    title: 'A few environments, one call a second for each; the dependency dies.',
    durationMs: 120_000,
    sizes: few,
    fleet: { perEnvironment: 1, regular: true },
    events: longOutage,
    expect: { opens: [1, 8], callsToOpen: 1.6 },
  },
  {
    name: 'low-traffic-row',
    title: 'One call a second in the whole fleet, and the circuit opens after three failures in a row.',
    durationMs: 120_000,
    sizes: few,
    fleet: { callsPerSecond: 1, regular: true },
    policy: { consecutiveFailures: 3 },
    events: longOutage,
    expect: { opens: [1, 8] },
  },
  {
    name: 'one-broken-few',
    title: 'A few environments, one call a second for each; one cannot reach the dependency.',
    durationMs: 90_000,
    sizes: few.slice(1),
    fleet: { perEnvironment: 1 },
    events: [
      { atMs: warm, jitterMs: 2_000, broken: 1 },
      { atMs: 60_000, broken: 0 },
    ],
    expect: { opens: [0, 0] },
  },
  {
    name: 'recovery',
    title:
      'The dependency comes back with little capacity, and collapses again if the whole load returns at once.',
    durationMs: 120_000,
    sizes: wide,
    fleet: steady,
    // Frequent probes find it healthy while it is still cold.
    policy: { openMs: 2_000, maxOpenMs: 2_000 },
    // Warm, it serves 1.5 times the load; cold, less than a third of it.
    capacity: { share: 1.5, backlogMs: 400, restartMs: 3_000, warmUpMs: 15_000, coldShare: 0.2 },
    events: outage,
    expect: { opens: [1, 30] },
  },
  {
    name: 'quiet-recovery',
    title:
      'The dependency dies under load, and is back when only 20 calls a second are left in the whole fleet.',
    durationMs: 900_000,
    sizes: [1_000],
    fleet: { callsPerSecond: 1_000 },
    events: [
      { atMs: warm, jitterMs: 2_000, dependency: { mode: 'outage' } },
      { atMs: 30_000, loadFactor: 0.02 },
      { atMs: 31_000, jitterMs: 10_000, dependency: { mode: 'healthy' } },
    ],
    expect: { opens: [1, 8] },
  },
  {
    name: 'table-down',
    title: 'The dependency dies, and the table dies with it, for a while.',
    durationMs: 90_000,
    sizes: all,
    fleet: steady,
    events: [
      ...outage,
      { atMs: warm - 3_000, jitterMs: 10_000, table: { down: true } },
      { atMs: 32_000, jitterMs: 10_000, table: {} },
    ],
  },
  {
    name: 'table-throttled',
    title: 'Half of all requests to the table are throttled while the dependency is dead.',
    durationMs: 75_000,
    sizes: all,
    fleet: steady,
    events: [
      ...outage,
      { atMs: 10_000, table: { throttleRate: 0.5, latencyMs: 20 } },
      { atMs: 60_000, table: {} },
    ],
  },
  {
    name: 'table-unreachable',
    title:
      'Half of the environments cannot reach the table while the dependency is dead, and it errs for the others.',
    durationMs: 90_000,
    sizes: all,
    fleet: steady,
    events: [
      ...outage,
      { atMs: 8_000, jitterMs: 12_000, table: { unreachableShare: 0.5, errorRate: 0.2 } },
      { atMs: 60_000, table: {} },
    ],
  },
  {
    name: 'stale-reads',
    title: 'Reads of the table are up to three seconds old.',
    durationMs: 75_000,
    sizes: all,
    fleet: steady,
    events: [{ atMs: 0, table: { lagMs: 3_000 } }, ...outage],
    expect: { opens: [1, 8] },
  },
  {
    name: 'clock-skew',
    title: 'Clocks are off by up to a quarter of a second, either way.',
    durationMs: 75_000,
    sizes: several,
    fleet: { ...steady, skewMs: 250 },
    events: outage,
    expect: { opens: [1, 8] },
  },
  ...wrongClocks.map(
    ({ name, ms, what }): Scenario => ({
      name: `clock-${name}`,
      title: `The clock of one environment is ${what}; the dependency dies for half a minute, and that environment in it.`,
      durationMs: 120_000,
      sizes: [2, 10, 100],
      fleet: { ...steady, wrongClockMs: ms },
      // Short enough that an outage ends in the middle of a wrong time, if there were one.
      policy: { maxOpenMs: 10_000 },
      // What it has written last stays.
      events: [...outage, { atMs: warm, jitterMs: 28_000, killWrongClock: true }],
      expect: { opens: [1, 10], closedMs: 10_000 },
    }),
  ),
  {
    name: 'thaw',
    title: 'The whole fleet is frozen for two minutes, and thaws in one moment to find the dependency dead.',
    durationMs: 210_000,
    sizes: all,
    fleet: steady,
    events: [
      { atMs: 15_000, loadFactor: 0 },
      { atMs: 100_000, dependency: { mode: 'outage' } },
      { atMs: 135_000, jitterMs: 2_000, burst: 1, loadFactor: 1 },
      { atMs: 170_000, dependency: { mode: 'healthy' } },
    ],
    expect: { opens: [1, 8] },
  },
  {
    name: 'cold-start-storm',
    title: 'The dependency is dead, and three times as many environments start at once.',
    durationMs: 75_000,
    sizes: [10, 100, 1_000],
    fleet: { ...steady, limit: 5 },
    events: [...outage, { atMs: 25_000, jitterMs: 10_000, burst: 3 }],
    expect: { opens: [1, 8] },
  },
  {
    name: 'killed-probers',
    title: 'For a while every environment that probes dies in its probe, and its permit with it.',
    durationMs: 120_000,
    sizes: several,
    fleet: steady,
    policy: { probeLeaseMs: 5_000 },
    events: [
      ...outage,
      { atMs: 18_000, jitterMs: 10_000, killProbersForMs: 40_000 },
      { atMs: 30_000, kill: 0.2 },
    ],
    expect: { opens: [1, 8] },
  },
  {
    name: 'deployment',
    title: 'A new version with another policy replaces the fleet while the dependency is dead.',
    durationMs: 90_000,
    sizes: several,
    fleet: steady,
    events: [
      ...outage,
      {
        atMs: 10_000,
        jitterMs: 30_000,
        deploy: { failureRate: 0.3, windowMs: 20_000, openMs: 8_000 },
        rolloutMs: 20_000,
      },
    ],
    expect: { opens: [1, 8] },
  },
  {
    name: 'two-regions',
    title: 'Two regions share one circuit: twice the load on its key, far clocks, a slow and stale table.',
    durationMs: 75_000,
    sizes: several,
    fleet: { perEnvironment: 4, callsPerSecond: 2_000, skewMs: 250 },
    events: [{ atMs: 0, table: { lagMs: 1_000, latencyMs: 60 } }, ...outage],
    expect: { opens: [1, 8] },
  },
  {
    name: 'global-table',
    title: 'Two Regions with a global table, which merges by the last writer; the dependency of both dies.',
    durationMs: 100_000,
    sizes: [2, 10, 100],
    fleet: steady,
    policy: { maxOpenMs: 10_000 },
    regions: { replicationMs: 1_000 },
    events: outage,
  },
  ...partialFaults,
  ...bursts,
  ...clocks,
  ...overrides,
  ...keys,
  ...workflows,
]

/**
 * A scenario of the library.
 *
 * @throws RangeError for an unknown name, with the known ones.
 */
export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find(scenario => scenario.name === name)
  if (found) return found
  throw new RangeError(
    `scenario: got "${name}"; allowed is ${scenarios.map(scenario => scenario.name).join(', ')}`,
  )
}
