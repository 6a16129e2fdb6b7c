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
    // Of two environments one run in a hundred never sees ten failures at once: each is open for itself alone.
    expect: { opens: [0, 8], closedMs: 100_000 },
  },
]
