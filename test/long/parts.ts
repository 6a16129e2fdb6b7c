import { cpSync, mkdirSync } from 'node:fs'

/** One part of the long tier: a command that fails when something is wrong. */
export interface Part {
  readonly name: string
  /** For readers: what it does. */
  readonly what: string
  /** About how long it takes on two cores, in minutes. */
  readonly minutes: number
  /** Arguments of npm. */
  readonly npm: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Makes the files that the command needs. */
  prepare?(): void
}

/** Where the figures of the fleet go, so that docs/fleet.md stays as it is. */
const figures = '.cache/long/fleet'
const long = { TEST_TIER: 'long' }

/** All of it, in the order in which it runs: what is most likely to fail comes first. */
export const parts: readonly Part[] = [
  {
    name: 'tests',
    what: 'all tests, with the seeds and property runs of the long tier',
    minutes: 20,
    npm: ['test'],
    env: long,
  },
  {
    name: 'leaks',
    what: 'memory and handles after many calls, alone on the machine',
    minutes: 2,
    npm: ['test', '-w', '@breakwater/guards', '--', '-t', 'leave no listener'],
    env: long,
  },
  {
    name: 'scale',
    what: 'a thousand ECS services: calls, rates and memory',
    minutes: 2,
    npm: ['test', '-w', '@breakwater/recycler', '--', '-t', '1,000 services'],
    env: long,
  },
  { name: 'mutate', what: 'mutation testing of the files that decide', minutes: 40, npm: ['run', 'mutate'] },
  {
    name: 'bench',
    what: 'what the benchmarks claim of time, memory, size and cold start',
    minutes: 12,
    npm: ['run', 'bench'],
  },
  {
    name: 'recycle',
    what: '5,000 seeds of recycles under faults',
    minutes: 12,
    npm: ['run', 'recycle:soak'],
  },
  {
    name: 'fleet',
    what: 'what docs/fleet.md claims, with all its seeds',
    minutes: 25,
    npm: ['run', 'fleet', '--', figures],
    prepare() {
      mkdirSync(figures, { recursive: true })
      cpSync('docs/fleet.md', `${figures}/fleet.md`)
    },
  },
  {
    name: 'simulate',
    what: 'over 20,000 seeds of simulated fleets of up to 5,000',
    minutes: 60,
    npm: ['run', 'simulate:soak'],
  },
]
