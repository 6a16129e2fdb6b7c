import { VirtualClock } from '@breakwater/circuit/testing'
import { describe, expect, it } from 'vitest'
import { type EcsAction, EcsRates } from './ecs-rates.ts'

/** How many calls of the actions in turn are let through at once. */
async function atOnce(rates: EcsRates, clock: VirtualClock, ...actions: EcsAction[]) {
  let through = 0
  const controller = new AbortController()
  const takers = Array.from({ length: 120 }, (_, index) => {
    const action = actions[index % actions.length]!
    return rates.take(action, controller.signal).then(
      () => through++,
      () => {},
    )
  })
  await clock.advance(0)
  controller.abort()
  await Promise.all(takers)
  return through
}

describe('the rates of ECS', () => {
  it.each<[number, EcsAction[]]>([
    [25, ['ListClusters', 'DescribeClusters', 'ListDaemons']],
    [50, ['ListServices', 'DescribeServices', 'ListTasks', 'DescribeTasks']],
    [25, ['DescribeTaskDefinition', 'DescribeDaemonTaskDefinition']],
  ])('let half of what is published through: %i at once of %s', async (burst, actions) => {
    const clock = new VirtualClock()
    expect(await atOnce(new EcsRates({ clock }), clock, ...actions)).toBe(burst)
    expect(clock.pending).toBe(0)
  })

  it('take the share of the options', async () => {
    const clock = new VirtualClock()
    expect(await atOnce(new EcsRates({ clock, share: 1 }), clock, 'ListServices')).toBe(100)
    expect(await atOnce(new EcsRates({ clock, share: 0.001 }), clock, 'ListServices')).toBe(1)
  })

  it('give up the burst of a group that was throttled, and of no other', async () => {
    const clock = new VirtualClock()
    const rates = new EcsRates({ clock })
    rates.throttled('ListTasks')
    expect(await atOnce(rates, clock, 'DescribeServices')).toBe(0)
    expect(await atOnce(rates, clock, 'DescribeTaskDefinition')).toBe(25)
  })

  it.each([
    [{ share: 0 }, 'share: got 0; allowed is a number above 0, at most 1'],
    [{ share: 1.5 }, 'share: got 1.5'],
    [{ shares: 1 }, 'option: got "shares"; allowed is share, clock, sleep'],
  ])('refuse %j', (options, message) => {
    expect(() => new EcsRates(options as object)).toThrow(message)
  })
})
