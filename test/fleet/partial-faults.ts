import type { RunGroup } from '@breakwater/simulator'
import { type Claim, worst } from './claim.ts'

const environments = 100
/** Calls of a fleet of `environments` that reach a dependency dead for five minutes while every request is throttled. */
const reachedWhileThrottled = 520
const probes = 3

/** The dependency is dead for five minutes, and the table works in part for nearly as long. */
const leaks = [
  ['writes-fail-5-minutes', 'Writes fail'],
  ['writes-hang-5-minutes', 'Writes are not answered'],
  ['table-slow-5-minutes', 'Requests to the table take 600 ms'],
].map(([scenario, what]): Claim => {
  const most = 2 * reachedWhileThrottled
  return {
    name: `leak-${scenario}`,
    what: `${what} in an outage of five minutes, ${environments} environments: calls that reach the dead dependency`,
    target: `at most ${most.toLocaleString('en')}, twice as many as with every request throttled`,
    scenario: scenario!,
    sizes: [environments],
    seeds: 10,
    judge: groups => {
      const max = worst(groups, 'reachedWhileDown')
      return { found: `at most ${max}`, holds: max <= most }
    },
  }
})

/** The table works in part when the dependency dies, and for two minutes after it is well again. */
const goodput = [
  ['writes-fail', 'Writes fail'],
  ['writes-hang', 'Writes are not answered'],
  ['read-only-role', 'The role may not write'],
  ['reads-fail', 'Reads fail'],
  ['unprocessed-keys', 'Reads leave out half of their keys'],
  ['table-hangs', 'The table answers nothing'],
].map(([scenario, what]) => answeredWell(scenario!, what!, 0.95))

/** The same with a table that is slow: ten environments may need several elections. */
const slow = [
  ['writes-slow', 'Writes take 600 ms'],
  ['table-slow', 'Requests to the table take 600 ms'],
].map(([scenario, what]) => answeredWell(scenario!, what!, 0.9))

function answeredWell(scenario: string, what: string, least: number): Claim {
  return {
    name: `goodput-${scenario}`,
    what: `${what} since the outage, 10 and 100 environments: calls answered well once the dependency is back`,
    target: least === 0.95 ? 'at least 95 %' : `at least 95 % in nine runs of ten, ${percent(least)} in all`,
    scenario,
    sizes: [10, 100],
    seeds: 20,
    judge: groups => {
      const [p10, min] = [lowest(groups, 0.1), lowest(groups, 0)]
      const holds = p10 >= 0.95 && min >= least
      const found = `at least ${percent(min)}`
      return { found: least === 0.95 ? found : `${percent(p10)} in nine of ten, ${found} in all`, holds }
    },
  }
}

/** The lowest value below which a `share` (0 to 1) of the runs of each size lie. */
function lowest(groups: readonly RunGroup[], share: number): number {
  return Math.min(...groups.map(group => group.percentile('healthyGoodput', share) ?? 0))
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`
}

function burst(name: string, what: string, runs: Pick<Claim, 'scenario' | 'sizes' | 'seeds'>): Claim {
  return {
    ...runs,
    name,
    what: `${what}: calls that reach the dead dependency`,
    target: `at most \`probes\` + 2, ${probes + 2}`,
    judge: groups => {
      const max = worst(groups, 'reachedSinceBurst')
      return { found: `at most ${max}`, holds: max <= probes + 2 }
    },
  }
}

/** Promises about a fleet whose table works in part, or that many calls meet at once. In the order of docs/fleet.md. */
export const partialFaults: readonly Claim[] = [
  ...leaks,
  ...goodput,
  ...slow,
  burst(
    'silence',
    'One call in each of 1 to 100 environments at the same time, after ten minutes of silence',
    {
      scenario: 'silence',
      sizes: [1, 10, 100],
      seeds: 50,
    },
  ),
  burst('silence-wide', 'The same in each of 1,000 and 5,000 environments', {
    scenario: 'silence',
    sizes: [1_000, 5_000],
    seeds: 10,
  }),
  burst('many-at-once', 'Twenty calls at a time in each of 1 and 10 environments, after the open time', {
    scenario: 'many-at-once',
    sizes: [1, 10],
    seeds: 50,
  }),
  {
    name: 'keys-hang',
    what: 'A circuit for each of 5,000 keys, and the table answers nothing for up to 45 s, 1 and 10 environments: reports of the failure in an environment, and the longest wait of a call, before and after it together',
    target: 'at most one report, and 500 ms, twice `storeWaitMs`',
    scenario: 'many-keys-hang',
    sizes: [1, 10],
    seeds: 50,
    judge: groups => {
      const [reports, waitMs] = [worst(groups, 'maxStoreFailures'), Math.round(worst(groups, 'addedMaxMs'))]
      return { found: `at most ${reports}, and ${waitMs} ms`, holds: reports <= 1 && waitMs <= 500 }
    },
  },
]
