import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { tier } from '../../../../test/tier.ts'
import { ServiceFault } from '../sdk.fixture.ts'
import type { Arrival } from './fleet.fixture.ts'
import { discoverTwice, largeFleet } from './scale.fixture.ts'

/** A random number generator that takes a seed: mulberry32. */
function seeded(seed: number) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0)

/**
 * How far calls ever went beyond a rate, counted anew from its definition: no stretch of time has more calls than the
 * burst and what is given back in that time. 0 or less is good.
 */
function excess(arrivals: readonly Arrival[], { burst, sustained }: { burst: number; sustained: number }) {
  let worst = Number.NEGATIVE_INFINITY
  for (let from = 0; from < arrivals.length; from++)
    for (let to = from; to < arrivals.length; to++) {
      const seconds = (arrivals[to]!.at - arrivals[from]!.at) / 1000
      worst = Math.max(worst, to - from + 1 - burst - sustained * seconds)
    }
  return worst
}

/** The most calls in any one second. */
function busiestSecond(arrivals: readonly Arrival[]) {
  const counts = arrivals.map(
    ({ at }) => arrivals.filter(other => other.at >= at && other.at < at + 1000).length,
  )
  return Math.max(0, ...counts)
}

/** As published; and all that lists and describes together, as if it were one group. */
const published = [
  { of: /^(List|Describe)Clusters$/, burst: 50, sustained: 20 },
  { of: /^(List|Describe)Services$/, burst: 100, sustained: 20 },
  { of: /TaskDefinition$/, burst: 50, sustained: 20 },
  { of: /^(List|Describe)(?!.*TaskDefinition)/, burst: 100, sustained: 20 },
]

describe('1,000 services in 20 clusters with 300 task definitions', () => {
  it('take at most 450 calls at first, and 150 once the task definitions are known', async () => {
    const { first, second, arrivals, load, clock } = await discoverTwice(largeFleet())
    expect(first.services.length).toBe(1_000)
    expect(first.revisions.size).toBe(300)
    expect(first.problems).toEqual([])
    expect(first.calls).toEqual({
      DescribeClusters: 1,
      DescribeServices: 100,
      DescribeTaskDefinition: 300,
      ListClusters: 1,
      ListDaemons: 20,
      ListServices: 20,
    })
    expect(sum(first.calls)).toBeLessThanOrEqual(450)
    expect(sum(second.calls)).toBeLessThanOrEqual(150)
    expect(arrivals.length).toBe(sum(first.calls) + sum(second.calls))
    const { calls: _, ...found } = first
    expect(second).toMatchObject(found)
    expect(load.max).toBe(8)
    expect(clock.pending).toBe(0)
  })

  it('are never asked for faster than is published, with half of it left to others', async () => {
    const { arrivals } = await discoverTwice(largeFleet())
    for (const { of, ...rate } of published) {
      const group = arrivals.filter(({ action }) => of.test(action))
      expect(group.length).toBeGreaterThan(3)
      expect(excess(group, rate)).toBeLessThanOrEqual(0)
      expect(busiestSecond(group)).toBeLessThanOrEqual(rate.burst)
    }
    const definitions = arrivals.filter(({ action }) => action === 'DescribeTaskDefinition')
    expect(excess(definitions, { burst: 25, sustained: 10 })).toBeLessThanOrEqual(0)
    expect(excess(definitions, { burst: 24, sustained: 9.5 })).toBeGreaterThan(0)
  })

  it.runIf(tier === 'long')('are all found where ECS throttles at random', { timeout: 300_000 }, async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const random = seeded(seed)
      let refused = 0
      const before = () => {
        if (random() >= 0.2) return
        refused++
        throw new ServiceFault('ThrottlingException', 'Rate exceeded')
      }
      const { first, second, arrivals } = await discoverTwice(largeFleet({ before }), random)
      expect(refused).toBeGreaterThan(50)
      expect(first.problems).toEqual([])
      expect([first.services.length, first.revisions.size]).toEqual([1_000, 300])
      expect(second.services).toEqual(first.services)
      expect(arrivals.length).toBe(sum(first.calls) + sum(second.calls))
      for (const { of, ...rate } of published)
        expect(
          excess(
            arrivals.filter(({ action }) => of.test(action)),
            rate,
          ),
        ).toBeLessThanOrEqual(0)
    }
  })

  it.runIf(tier === 'long')(
    'fit into 200 MB, of which a heap of 64 MB is enough',
    { timeout: 60_000 },
    async () => {
      const child = fileURLToPath(new URL('scale-child.fixture.ts', import.meta.url))
      const flags = ['--conditions=@breakwater/source', '--max-old-space-size=64', '--max-semi-space-size=8']
      const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--no-warnings', child])
      expect(JSON.parse(stdout)).toEqual([
        [1_000, 300],
        [1_000, 300],
      ])
    },
  )
})
