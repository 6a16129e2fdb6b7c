import type { Scenario } from './scenario.ts'

/** More than `probes` reach the dependency where a call that began before a probe's answer comes between. */
const probesAndTwo = 5

/** Scenarios in which many calls come at once: in one environment, or after a long silence in all. */
export const bursts: readonly Scenario[] = [
  {
    name: 'silence',
    title:
      'The circuit is open; after ten minutes without a call each environment gets one at the same time.',
    durationMs: 650_000,
    sizes: [1, 10, 100, 1_000, 5_000],
    fleet: { perEnvironment: 2, callsPerSecond: 1_000, limit: 1 },
    events: [
      { atMs: 15_000, jitterMs: 2_000, dependency: { mode: 'outage' } },
      { atMs: 40_000, loadFactor: 0 },
      { atMs: 640_000, burst: 1 },
    ],
    expect: { reachedSinceBurst: probesAndTwo },
  },
  {
    name: 'many-at-once',
    title:
      'Each environment takes twenty calls at a time, and gets as many at once when the open time is over.',
    durationMs: 135_000,
    sizes: [1, 10],
    fleet: { perEnvironment: 10, concurrency: 20, limit: 1 },
    events: [
      { atMs: 15_000, jitterMs: 2_000, dependency: { mode: 'outage' } },
      { atMs: 40_000, loadFactor: 0 },
      { atMs: 130_000, burst: 20 },
    ],
    expect: { reachedSinceBurst: probesAndTwo },
  },
  {
    name: 'concurrent',
    title: 'Each environment takes ten calls at a time; the dependency dies for half a minute.',
    durationMs: 75_000,
    sizes: [1, 10, 100],
    fleet: { perEnvironment: 20, callsPerSecond: 1_000, concurrency: 10 },
    events: [
      { atMs: 15_000, jitterMs: 2_000, dependency: { mode: 'outage' } },
      { atMs: 45_000, dependency: { mode: 'healthy' } },
    ],
    expect: { opens: [1, 8] },
  },
  {
    name: 'concurrent-hang',
    title: 'Each environment takes ten calls at a time; for half a minute the dependency answers none.',
    durationMs: 75_000,
    sizes: [1, 10],
    fleet: { perEnvironment: 10, callsPerSecond: 1_000, concurrency: 10, limit: 4 },
    events: [
      { atMs: 15_000, jitterMs: 2_000, dependency: { mode: 'outage', hang: true } },
      { atMs: 45_000, dependency: { mode: 'healthy' } },
    ],
    expect: { opens: [1, 8] },
  },
]
