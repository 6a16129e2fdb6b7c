import { ECSClient } from '@aws-sdk/client-ecs'
import { VirtualClock } from '@breakwater/circuit/testing'
import { inProcess } from '../sdk.fixture.ts'
import { discover } from './discover.ts'
import { type FakeFleet, fakeEcs, fakeService, reading, within } from './fleet.fixture.ts'
import { memoryRevisionCache } from './revision-cache.ts'

/** What ECS sends along with every service: its last hundred events. */
const events = Array.from({ length: 100 }, (_, index) => ({
  id: `0f7ac5f8-2b1c-4f6f-9d0e-${String(index).padStart(12, '0')}`,
  createdAt: 1_700_000_000 - index * 21_600,
  message: `(service number-${index}) has reached a steady state, and has done so ever since it was deployed.`,
}))

/** 1,000 services in 20 clusters with 300 task definitions. */
export function largeFleet(more: Partial<FakeFleet> = {}): FakeFleet {
  const clusters = Array.from({ length: 20 }, (_, cluster) => {
    const name = `cluster-${cluster}`
    const services = Array.from({ length: 50 }, (_, index) => {
      const number = cluster * 50 + index
      return fakeService(name, `service-${number}`, `task-${number % 300}:1`, { events })
    })
    return { name, services }
  })
  const definitions = Array.from({ length: 300 }, (_, index) => {
    return [`task-${index}:1`, reading(`secret-${index}-AbCdEf`)] as const
  })
  return { clusters, definitions: Object.fromEntries(definitions), latencyMs: 20, ...more }
}

/** Discovers it twice, with one cache, the second time at once after the first. */
export async function discoverTwice(fleet: FakeFleet, random: () => number = () => 0.5) {
  const clock = new VirtualClock()
  const { operations, arrivals, load } = fakeEcs(fleet, clock)
  const ecs = new ECSClient(inProcess(operations))
  const options = { ecs, cache: memoryRevisionCache(), clock, random }
  const first = await within(clock, discover(options))
  const second = await within(clock, discover(options))
  return { first, second, arrivals, load, clock }
}
