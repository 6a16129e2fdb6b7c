import type { Scenario } from './scenario.ts'

/** Scenarios of workflows, whose tasks begin and end in different invocations. */
export const workflows: readonly Scenario[] = [
  {
    name: 'long-tasks',
    title:
      'Workflows wait for tasks of 40 seconds, longer than a permit is kept by default; all tasks fail for a minute.',
    durationMs: 400_000,
    sizes: [2, 10],
    workflows: true,
    timeoutMs: 60_000,
    fleet: { perEnvironment: 0.4, coldStartMs: 250 },
    policy: { maxOpenMs: 20_000 },
    dependency: { latencyMs: 40_000, sigma: 0.05, failureMs: 500 },
    events: [
      { atMs: 90_000, jitterMs: 5_000, dependency: { mode: 'outage' } },
      { atMs: 150_000, dependency: { mode: 'healthy' } },
    ],
    expect: { opens: [1, 8], closedMs: 100_000 },
  },
]
