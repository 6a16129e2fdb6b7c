import { expect, it } from 'vitest'
import { shop } from './ecs.fixture.ts'
import { createEcs } from './ecs.ts'

function refusals(calls: number, call: () => unknown): number {
  let refused = 0
  for (let count = 0; count < calls; count++) {
    try {
      call()
    } catch (error) {
      expect(error).toMatchObject({ code: 'ThrottlingException', message: 'Rate exceeded' })
      refused++
    }
  }
  return refused
}

it.each([
  ['UpdateService', { service: 'web' }, 50, 5],
  ['DescribeTaskDefinition', { taskDefinition: 'orders' }, 50, 20],
  ['ListServices', {}, 100, 20],
  ['DescribeServices', { services: ['web'] }, 100, 20],
])('ECS lets %s through as published', async (action, input, burst, perSecond) => {
  const { clock, call, ecs } = shop()
  call('CreateService', { serviceName: 'web', taskDefinition: 'orders' })
  expect(refusals(burst + 7, () => call(action, input))).toBe(7)
  expect(ecs.counts()[action]).toBe(burst + 7)
  await clock.advance(1_000)
  expect(refusals(perSecond + 3, () => call(action, input))).toBe(3)
})

it('ECS shares the rate of reads among all of them', () => {
  const { call } = shop()
  for (let count = 0; count < 50; count++) call('ListServices')
  expect(refusals(51, () => call('DescribeClusters'))).toBe(1)
})

it('ECS takes other rates, or none', () => {
  const slow = shop({ rates: { read: { burst: 1, perSecond: 1 } } })
  expect(refusals(3, () => slow.call('ListServices'))).toBe(2)
  expect(refusals(500, () => shop({ rates: false }).call('ListServices'))).toBe(0)
  expect(() => createEcs({ rates: { read: { burst: 0, perSecond: 1 } } })).toThrow('rates.read')
  expect(() => createEcs({ rates: { writes: { burst: 1, perSecond: 1 } } as object })).toThrow(
    'rates.option: got "writes"',
  )
  expect(() => createEcs({ timing: { startMs: -1 } })).toThrow('timing.startMs')
  expect(() => createEcs({ timing: { startupMs: 1 } as object })).toThrow('timing.option: got "startupMs"')
  expect(() => createEcs({ instances: -1 })).toThrow('instances')
})
