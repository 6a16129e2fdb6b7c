import type { Scenario, ScenarioEvent } from './scenario.ts'

/** The dependency is dead from 15 s to 45 s; open times end while the run lasts. */
function outageWith(
  name: string,
  title: string,
  skewMs: number,
  ...events: readonly ScenarioEvent[]
): Scenario {
  return {
    name,
    title,
    durationMs: 120_000,
    sizes: [1, 10, 100],
    fleet: { perEnvironment: 2, callsPerSecond: 1_000, skewMs },
    policy: { maxOpenMs: 10_000 },
    events: [
      { atMs: 15_000, jitterMs: 2_000, dependency: { mode: 'outage' } },
      ...events,
      { atMs: 45_000, dependency: { mode: 'healthy' } },
    ],
    expect: { opens: [1, 10], closedMs: 10_000 },
  }
}

const step = 600_000

/** Scenarios in which clocks step while environments live, or differ by minutes. */
export const clocks: readonly Scenario[] = [
  outageWith(
    'clock-steps-back',
    'The clocks of half of the fleet are set back by ten minutes, at any time of an outage.',
    25,
    { atMs: 10_000, jitterMs: 40_000, clockStepMs: -step, clockStepShare: 0.5 },
  ),
  outageWith(
    'clock-steps-forward',
    'The clocks of half of the fleet are set forward by ten minutes, at any time of an outage.',
    25,
    { atMs: 10_000, jitterMs: 40_000, clockStepMs: step, clockStepShare: 0.5 },
  ),
  {
    ...outageWith(
      'clock-steps-to-and-fro',
      'All clocks are set back by ten minutes in an outage, and forward again.',
      25,
      { atMs: 10_000, jitterMs: 15_000, clockStepMs: -step },
      { atMs: 30_000, jitterMs: 20_000, clockStepMs: step },
    ),
    // A step in the middle of the count leaves a small fleet to its own gates.
    expect: { opens: [0, 10] },
  },
  outageWith('skew-minutes', 'Clocks are off by up to a minute, either way.', 60_000),
]
