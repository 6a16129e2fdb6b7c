import type { RunGroup } from '@breakwater/simulator'
import { type Claim, none, seconds, total, worst } from './claim.ts'
import { partialFaults } from './partial-faults.ts'

const refreshMs = 1_000
const minimumCalls = 10
/** Write units that DynamoDB takes on one key in a second. */
const keyLimit = 1_000

/** The calls that no breaker can avoid: those a verdict needs, those in flight, and one until each environment reads. */
function unavoidable(group: RunGroup): number {
  const inFlight = group.percentile('inFlightAtFault', 0.5) ?? 0
  return minimumCalls + inFlight + Math.min(group.size, (group.callsPerSecond * refreshMs) / 1_000)
}

function outage(size: number): Claim {
  return {
    name: `outage-${size}`,
    what: `Total outage, ${size.toLocaleString('en')} environments at 1,000 calls a second: calls that reach the dead dependency, later probes included`,
    target: 'at most 1.5 times the unavoidable',
    scenario: 'outage',
    sizes: [size],
    seeds: 25,
    judge: groups => {
      const ratio = Math.max(
        ...groups.map(group => group.percentile('reachedWhileDown', 0.99)! / unavoidable(group)),
      )
      const median = Math.round(groups[0]!.percentile('reachedWhileDown', 0.5)!)
      return {
        found: `${median} in the median run, ${ratio.toFixed(2)} times in the 99th percentile`,
        holds: ratio <= 1.5,
      }
    },
  }
}

const few = [1, 2, 3, 4, 5]

/** The clock of one environment is off, in a total outage. */
const wrongClocks = [
  ['ahead-10-minutes', 'ten minutes ahead'],
  ['behind-10-minutes', 'ten minutes behind'],
  ['ahead-1-hour', 'an hour ahead'],
  ['behind-1-hour', 'an hour behind'],
].map(
  ([name, what]): Claim => ({
    name: `clock-${name}`,
    what: `One clock ${what} among 2 to 100 environments, total outage: time to open, and to close again once the open time is over`,
    target: 'at most 10 s each, and no wrong opening',
    scenario: `clock-${name}`,
    sizes: [2, 10, 100],
    seeds: 100,
    judge: groups => {
      const [opened, closed] = [worst(groups, 'openedMs'), worst(groups, 'closedMs')]
      return {
        found: `${seconds(opened)} and ${seconds(closed)}`,
        holds: Math.max(opened, closed) <= 10_000 && total(groups, 'wrongOpens') === 0,
      }
    },
  }),
)

/** One environment of a few cannot reach the dependency, by each rule. */
const brokenAmongFew = [
  { name: 'one-broken-few', rule: 'by the rate', policy: {} },
  { name: 'one-broken-few-row', rule: 'with `consecutiveFailures: 3`', policy: { consecutiveFailures: 3 } },
].map(
  ({ name, rule, policy }): Claim => ({
    name,
    what: `One broken environment among 2 to 5, one call a second each, ${rule}: openings of the shared circuit`,
    target: '0 in 5,000 seeds',
    scenario: 'one-broken-few',
    sizes: few.slice(1),
    seeds: 1_250,
    policy,
    judge: groups => none(groups, 'opens'),
  }),
)

/** All promises about a fleet, in the order of docs/fleet.md. */
export const claims: readonly Claim[] = [
  outage(500),
  outage(1_000),
  {
    name: 'open-writes',
    what: 'Total outage, 1,000 environments: writes of OPEN for each opening',
    target: '1',
    scenario: 'outage',
    sizes: [1_000],
    seeds: 25,
    judge: groups => {
      const each = total(groups, 'openWrites') / total(groups, 'opens')
      return { found: `${each}`, holds: each === 1 }
    },
  },
  {
    name: 'idle',
    what: 'Wide and idle fleet (1,000 and 5,000 environments, a call a minute each), total outage: calls until it opens',
    target: `at most ${2 * minimumCalls}`,
    scenario: 'idle',
    sizes: [1_000, 5_000],
    seeds: 100,
    judge: groups => {
      const max = worst(groups, 'callsToOpen')
      return { found: `at most ${max}`, holds: max <= 2 * minimumCalls }
    },
  },
  {
    name: 'recovery-time',
    what: 'Recovery, 1,000 environments and 20 calls a second: from the end of the open time to closed',
    target: 'at most 2 s median, 5 s in nine runs of ten',
    scenario: 'quiet-recovery',
    sizes: [1_000],
    seeds: 60,
    judge: groups => {
      const [median, p90] = [worst(groups, 'closedMs', 0.5), worst(groups, 'closedMs', 0.9)]
      return {
        found: `${seconds(median)} median, ${seconds(p90)} in nine of ten`,
        holds: median <= 2_000 && p90 <= 5_000,
      }
    },
  },
  {
    name: 'one-broken-100',
    what: 'One broken environment among 100: openings of the shared circuit',
    target: '0 in 1,000 seeds',
    scenario: 'one-broken',
    sizes: [100],
    seeds: 1_000,
    judge: groups => none(groups, 'opens'),
  },
  {
    name: 'one-broken-1000',
    what: 'One broken environment among 1,000: openings of the shared circuit',
    target: '0',
    scenario: 'one-broken',
    sizes: [1_000],
    seeds: 30,
    judge: groups => none(groups, 'opens'),
  },
  {
    name: 'low-traffic',
    what: 'One call a second in a whole fleet of 1 to 5, total outage: calls that fail until it opens',
    target: `at most minimumCalls + 3, ${minimumCalls + 3}`,
    scenario: 'low-traffic',
    sizes: few,
    seeds: 200,
    judge: groups => {
      const max = worst(groups, 'callsToOpen')
      return { found: `at most ${max}`, holds: max <= minimumCalls + 3 }
    },
  },
  {
    name: 'low-traffic-each',
    what: 'One call a second in each of 1 to 5 environments, total outage: calls that fail until it opens',
    target: `at most ${minimumCalls + 3} in nine runs of ten, ${minimumCalls + 6} in all`,
    scenario: 'low-traffic-each',
    sizes: few,
    seeds: 200,
    judge: groups => {
      const [p90, max] = [worst(groups, 'callsToOpen', 0.9), worst(groups, 'callsToOpen')]
      return {
        found: `at most ${p90} in nine of ten, ${max} in all`,
        holds: p90 <= minimumCalls + 3 && max <= minimumCalls + 6,
      }
    },
  },
  {
    name: 'low-traffic-row',
    what: 'The same with `consecutiveFailures: 3`, one call a second in the whole fleet',
    target: 'at most 3 in each environment, and a probe of its own',
    scenario: 'low-traffic-row',
    sizes: few,
    seeds: 200,
    judge: groups => {
      const holds = groups.every(group => group.percentile('callsToOpen', 1)! <= 4 * group.size)
      const most = groups.map(group => group.percentile('callsToOpen', 1))
      return { found: `at most ${most.join(', ')} in a fleet of ${few.join(', ')}`, holds }
    },
  },
  ...brokenAmongFew,
  ...wrongClocks,
  ...partialFaults,
  {
    name: 'healthy',
    what: 'An hour without a failure, 10 and 100 environments: writes',
    target: '0',
    scenario: 'healthy',
    sizes: [10, 100],
    seeds: 10,
    judge: groups => none(groups, 'writes'),
  },
  {
    name: 'noise-opens',
    what: 'One call in a hundred fails, 10 and 100 environments: openings',
    target: '0 in 1,000 seeds',
    scenario: 'noise',
    sizes: [10, 100],
    seeds: 500,
    judge: groups => none(groups, 'opens'),
  },
  {
    name: 'noise-writes',
    what: 'One call in a hundred fails, 10 to 5,000 environments, up to 1,000 calls a second: writes a second, whole fleet',
    target: 'at most 5',
    scenario: 'noise',
    sizes: [10, 100, 1_000, 5_000],
    seeds: 8,
    judge: groups => {
      const max = Math.max(
        ...groups.map(group => (group.percentile('writes', 1)! * 1_000) / group.durationMs),
      )
      return { found: `at most ${max.toFixed(1)}`, holds: max <= 5 }
    },
  },
  {
    name: 'recovery-collapses',
    what: 'Recovery with little capacity, 100 environments: runs with a second collapse',
    target: 'at most 1 in 100',
    scenario: 'recovery',
    sizes: [100],
    seeds: 200,
    judge: groups => {
      const [runs, collapses] = [groups[0]!.runs, Math.round(total(groups, 'collapses'))]
      return {
        found: `${collapses} collapses in ${runs} runs`,
        holds: groups[0]!.percentile('collapses', 0.99) === 0,
      }
    },
  },
  {
    name: 'recovery-without-ramp',
    what: 'The same without slow start (`recoveryMs` 0)',
    target: 'collapses, to show the difference',
    scenario: 'recovery',
    sizes: [100],
    seeds: 20,
    policy: { recoveryMs: 0 },
    judge: groups => {
      const median = groups[0]!.percentile('collapses', 0.5)!
      return { found: `${median} collapses in the median run`, holds: median > 0 }
    },
  },
  {
    name: 'busiest-key',
    what: 'Full outage, 5,000 environments: write units in the busiest second of the busiest key',
    target: `below ${keyLimit / 4}, a quarter of its limit`,
    scenario: 'outage',
    sizes: [5_000],
    seeds: 15,
    judge: groups => {
      const [during, all] = [worst(groups, 'peakWriteUnitsInFault'), worst(groups, 'peakWriteUnits')]
      return {
        found: `at most ${during} in the outage, ${all} with the recovery`,
        holds: during < keyLimit / 4,
      }
    },
  },
  {
    name: 'brownout-30',
    what: 'Brownout with 30 % errors at `failureRate` 0.5, 1 to 1,000 environments: openings',
    target: '0',
    scenario: 'brownout-30',
    sizes: [1, 10, 100, 1_000],
    seeds: 30,
    judge: groups => none(groups, 'opens'),
  },
  {
    name: 'brownout-60',
    what: 'Brownout with 60 % errors, 10 to 1,000 environments: time to open',
    target: 'within 3 windows (30 s) in 99 of 100 runs',
    scenario: 'brownout-60',
    sizes: [10, 100, 1_000],
    seeds: 60,
    judge: groups => {
      const slowest = worst(groups, 'openedMs', 0.99)
      const all = groups.every(group => group.count('openedMs') === group.runs)
      return { found: `${seconds(slowest)} in the 99th percentile`, holds: all && slowest <= 30_000 }
    },
  },
]
