import { expect, it } from 'vitest'
import { shop } from './ecs.fixture.ts'

const breaker = (rollback: boolean, more: object = {}) => ({
  deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback, ...more } },
})

it.each([
  [1, 3],
  [6, 3],
  [7, 4],
  [20, 10],
  [500, 200],
])('ECS fails a deployment of %i tasks once %i did not start', async (desiredCount, threshold) => {
  const { clock, ecs, create, describe, force, events } = shop()
  await create('web', { desiredCount, ...breaker(false) })
  ecs.fail('shop/web', { times: threshold - 1 })
  force('web')
  await clock.advance(60_000)
  expect(describe('web').deployments).toMatchObject([{ rolloutState: 'COMPLETED', failedTasks: 0 }])
  ecs.fail('shop/web', { times: threshold })
  const { id } = force('web').deployments[0]!
  await clock.advance(60_000)
  expect(describe('web').deployments[0]).toMatchObject({
    id,
    rolloutState: 'FAILED',
    failedTasks: threshold,
    rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
  })
  expect(events.at(-1)).toMatchObject({
    detail: {
      eventType: 'ERROR',
      eventName: 'SERVICE_DEPLOYMENT_FAILED',
      deploymentId: id,
      reason: 'ECS deployment circuit breaker: tasks failed to start.',
    },
  })
})

it('ECS keeps the old tasks, and starts none, after a failure without rollback', async () => {
  const { clock, ecs, create, describe, force } = shop()
  const [first] = (await create('web', breaker(false))).deployments
  ecs.fail('shop/web')
  force('web')
  await clock.advance(3_600_000)
  expect(describe('web').deployments).toMatchObject([
    { status: 'PRIMARY', rolloutState: 'FAILED', runningCount: 0, pendingCount: 0 },
    { id: first!.id, status: 'ACTIVE', rolloutState: 'COMPLETED', runningCount: 2 },
  ])
  ecs.heal('shop/web')
  force('web')
  await clock.advance(10_000)
  expect(describe('web').deployments).toMatchObject([{ rolloutState: 'COMPLETED', runningCount: 2 }])
})

it('ECS rolls back to the last deployment that completed, with another one', async () => {
  const { clock, ecs, create, describe, call, register, events, deploymentEvents } = shop()
  const [first] = (await create('web', breaker(true))).deployments
  register()
  ecs.fail('shop/web')
  const [failed] = call('UpdateService', { service: 'web', taskDefinition: 'orders:2' }).service.deployments
  events.length = 0
  await clock.advance(60_000)
  const { deployments, taskDefinition } = describe('web')
  expect(deployments).toMatchObject([{ status: 'PRIMARY', runningCount: 2, rolloutState: 'COMPLETED' }])
  const [back] = deployments
  expect(taskDefinition).toMatch(/orders:1$/)
  expect([first!.id, failed.id]).not.toContain(back!.id)
  expect(deploymentEvents()).toEqual([
    `${failed.id} SERVICE_DEPLOYMENT_FAILED`,
    `${back!.id} SERVICE_DEPLOYMENT_IN_PROGRESS`,
    `${back!.id} SERVICE_DEPLOYMENT_COMPLETED`,
  ])
  expect(events[1]!.detail.reason).toBe(
    `ECS deployment circuit breaker: rolling back to deploymentId ${first!.id}.`,
  )
})

it('ECS has nothing to roll back to at first, nor from a rollback', async () => {
  const { clock, ecs, create, describe, call, force, deploymentEvents } = shop()
  call('CreateService', { serviceName: 'web', taskDefinition: 'orders', desiredCount: 1, ...breaker(true) })
  ecs.fail('shop/web')
  await clock.advance(60_000)
  expect(describe('web').deployments).toMatchObject([{ rolloutState: 'FAILED' }])

  await create('other', breaker(true))
  ecs.fail('shop/other', { rollbacks: true })
  force('other')
  await clock.advance(60_000)
  expect(describe('other').deployments).toMatchObject([
    { rolloutState: 'FAILED', rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.' },
    { status: 'ACTIVE', runningCount: 2 },
  ])
  expect(deploymentEvents().filter(line => line.endsWith('FAILED'))).toHaveLength(3)
})

it('ECS tries for ever without a circuit breaker, and reports no failure', async () => {
  const { clock, ecs, create, describe, force, deploymentEvents } = shop()
  await create('web')
  ecs.fail('shop/web')
  force('web')
  const failed: number[] = []
  for (let hour = 0; hour < 3; hour++) {
    await clock.advance(3_600_000)
    failed.push(describe('web').deployments[0]!.failedTasks)
  }
  expect(failed[0]).toBeGreaterThan(100)
  expect(failed[1]).toBeGreaterThan(failed[0]!)
  expect(failed[2]).toBeGreaterThan(failed[1]!)
  expect(describe('web').deployments).toMatchObject([{ rolloutState: 'IN_PROGRESS' }, { runningCount: 2 }])
  expect(deploymentEvents().filter(line => line.includes('FAILED'))).toEqual([])
  ecs.heal('shop/web')
  await clock.advance(60_000)
  expect(describe('web').deployments).toMatchObject([{ rolloutState: 'COMPLETED', failedTasks: 0 }])
})

it('ECS counts failures as the threshold configuration says', async () => {
  const { clock, ecs, create, describe, force } = shop()
  await create('web', breaker(false, { thresholdConfiguration: { type: 'COUNT', value: 1 } }))
  ecs.fail('shop/web', { times: 1 })
  force('web')
  await clock.advance(10_000)
  expect(describe('web').deployments[0]).toMatchObject({ rolloutState: 'FAILED', failedTasks: 1 })
})

it('ECS fails a deployment under way by an alarm, where alarms are switched on', async () => {
  const { clock, ecs, create, describe, force, deploymentEvents } = shop()
  const alarms = { alarmNames: ['errors'], enable: true, rollback: true }
  await create('web', { deploymentConfiguration: { alarms } })
  ecs.alarm('shop/web')
  expect(describe('web').deployments).toMatchObject([{ rolloutState: 'COMPLETED' }])
  const { id } = force('web').deployments[0]!
  ecs.alarm('shop/web')
  expect(deploymentEvents()).toContain(`${id} SERVICE_DEPLOYMENT_FAILED`)
  expect(describe('web').deployments[0]!.rolloutStateReason).toContain('rolling back to deploymentId')
  await clock.advance(60_000)
  expect(describe('web').deployments).toMatchObject([{ rolloutState: 'COMPLETED', runningCount: 2 }])

  await create('calm')
  force('calm')
  ecs.alarm('shop/calm')
  expect(describe('calm').deployments[0]!.rolloutState).toBe('IN_PROGRESS')
})

it('ECS does not know a service that is not there', () => {
  const { ecs } = shop()
  expect(() => ecs.fail('shop/none')).toThrow(TypeError)
  expect(() => ecs.tasks('none')).toThrow('service: got "none"')
})
