import { expect, it } from 'vitest'
import { shop } from './ecs.fixture.ts'

it('ECS rolls a service over, and completes when all is steady', async () => {
  const { clock, create, describe, force, events, deploymentEvents, ecs } = shop()
  const [first] = (await create('web')).deployments
  expect(first).toMatchObject({
    status: 'PRIMARY',
    runningCount: 2,
    rolloutState: 'COMPLETED',
    failedTasks: 0,
  })
  expect(deploymentEvents()).toEqual([
    `${first!.id} SERVICE_DEPLOYMENT_IN_PROGRESS`,
    `${first!.id} SERVICE_DEPLOYMENT_COMPLETED`,
  ])
  events.length = 0
  const startedAt = clock.now()

  const [second, old] = force('web').deployments
  expect(second).toMatchObject({ status: 'PRIMARY', rolloutState: 'IN_PROGRESS', pendingCount: 2 })
  expect(second!.rolloutStateReason).toBe(`ECS deployment ${second!.id} in progress.`)
  expect(old).toMatchObject({ id: first!.id, status: 'ACTIVE', runningCount: 2 })
  // The new ones run, and the old ones are on their way out.
  await clock.advance(500)
  expect(describe('web')).toMatchObject({ runningCount: 4, pendingCount: 0 })
  expect(ecs.tasks('shop/web').map(({ deployment, stopping }) => [deployment, stopping])).toEqual([
    [first!.id, true],
    [first!.id, true],
    [second!.id, false],
    [second!.id, false],
  ])
  await clock.advance(500)
  expect(describe('web').deployments).toMatchObject([{ id: second!.id, rolloutState: 'IN_PROGRESS' }])
  await clock.advance(499)
  expect(describe('web').deployments[0]!.rolloutState).toBe('IN_PROGRESS')
  await clock.advance(1)
  expect(describe('web').deployments).toMatchObject([{ id: second!.id, rolloutState: 'COMPLETED' }])
  expect(describe('web').events[0]!.message).toBe('(service web) has reached a steady state.')
  expect(events.at(-1)).toEqual({
    source: 'aws.ecs',
    detailType: 'ECS Deployment State Change',
    resources: ['arn:aws:ecs:eu-west-1:123456789012:service/shop/web'],
    at: startedAt + 1_500,
    detail: {
      eventType: 'INFO',
      eventName: 'SERVICE_DEPLOYMENT_COMPLETED',
      deploymentId: second!.id,
      updatedAt: new Date(startedAt + 1_500).toISOString().replace('.500Z', 'Z'),
      reason: `ECS deployment ${second!.id} completed.`,
    },
  })
  expect(clock.pending).toBe(0)
})

it.each([
  { minimumHealthyPercent: 100, maximumPercent: 200, least: 4, most: 8 },
  { minimumHealthyPercent: 50, maximumPercent: 100, least: 2, most: 4 },
  { minimumHealthyPercent: 75, maximumPercent: 150, least: 3, most: 6 },
  { minimumHealthyPercent: 0, maximumPercent: 100, least: 0, most: 4 },
])('ECS keeps $least to $most tasks with $minimumHealthyPercent to $maximumPercent percent', async limits => {
  const { minimumHealthyPercent, maximumPercent, least, most } = limits
  const { clock, create, describe, force, ecs } = shop()
  await create('web', { desiredCount: 4, deploymentConfiguration: { minimumHealthyPercent, maximumPercent } })
  force('web')
  const seen: [healthy: number, all: number][] = []
  for (let step = 0; step < 100; step++) {
    const tasks = ecs.tasks('shop/web')
    const healthy = tasks.filter(({ status }) => status === 'RUNNING').length
    seen.push([healthy, tasks.length])
    await clock.advance(100)
  }
  expect(describe('web').deployments).toMatchObject([{ runningCount: 4, rolloutState: 'COMPLETED' }])
  expect(Math.min(...seen.map(([healthy]) => healthy))).toBe(least)
  expect(Math.max(...seen.map(([, all]) => all))).toBe(most)
})

it('a deployment never ends where the limits leave no room', async () => {
  const { clock, create, describe, force } = shop()
  const deploymentConfiguration = { minimumHealthyPercent: 50, maximumPercent: 100 }
  await create('web', { desiredCount: 1, deploymentConfiguration })
  force('web')
  await clock.advance(3_600_000)
  expect(describe('web').deployments).toMatchObject([
    { rolloutState: 'IN_PROGRESS', runningCount: 0 },
    { status: 'ACTIVE', runningCount: 1 },
  ])
})

it('ECS supersedes a deployment under way, which never completes', async () => {
  const { clock, create, describe, force, deploymentEvents } = shop()
  await create('web')
  const second = force('web').deployments[0]!.id
  await clock.advance(700)
  const third = force('web').deployments[0]!.id
  await clock.advance(10_000)
  expect(describe('web').deployments).toMatchObject([{ id: third, rolloutState: 'COMPLETED' }])
  expect(deploymentEvents()).toContain(`${third} SERVICE_DEPLOYMENT_COMPLETED`)
  expect(deploymentEvents()).not.toContain(`${second} SERVICE_DEPLOYMENT_COMPLETED`)
})

it('ECS refuses a sixth deployment', async () => {
  const { clock, create, force, describe } = shop()
  await create('web')
  for (let count = 0; count < 4; count++) {
    force('web')
    await clock.advance(100)
  }
  expect(describe('web').deployments).toHaveLength(5)
  expect(() => force('web')).toThrow(
    expect.objectContaining({
      code: 'InvalidParameterException',
      message: '5 active deployments exist, unable to create new deployment.',
    }),
  )
  await clock.advance(10_000)
  expect(force('web').deployments).toHaveLength(2)
})

it('ECS deploys a new task definition, and scales without a deployment', async () => {
  const { clock, create, describe, call, register } = shop()
  const [first] = (await create('web')).deployments
  call('UpdateService', { service: 'web', desiredCount: 3 })
  await clock.advance(10_000)
  expect(describe('web')).toMatchObject({ runningCount: 3, deployments: [{ id: first!.id }] })
  call('UpdateService', { service: 'web', desiredCount: 1 })
  await clock.advance(10_000)
  expect(describe('web')).toMatchObject({ runningCount: 1, deployments: [{ id: first!.id }] })
  register()
  call('UpdateService', { service: 'web', taskDefinition: 'orders' })
  await clock.advance(10_000)
  const { taskDefinition, deployments } = describe('web')
  expect(taskDefinition).toBe('arn:aws:ecs:eu-west-1:123456789012:task-definition/orders:2')
  expect(deployments).toMatchObject([{ taskDefinition, rolloutState: 'COMPLETED' }])
  expect(deployments[0]!.id).not.toBe(first!.id)
})

it('ECS replaces a task that was stopped by hand', async () => {
  const { clock, create, describe, call, ecs } = shop()
  await create('web')
  const { arn } = ecs.tasks('shop/web')[0]!
  call('StopTask', { task: arn, reason: 'by hand' })
  await clock.advance(500)
  const { tasks } = call('DescribeTasks', { tasks: [arn] })
  expect(tasks).toMatchObject([
    { lastStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: 'by hand' },
  ])
  expect(describe('web')).toMatchObject({ runningCount: 1, pendingCount: 1 })
  await clock.advance(500)
  expect(describe('web')).toMatchObject({ runningCount: 2, deployments: [{ failedTasks: 0 }] })
})

it('ECS drains a service that is deleted', async () => {
  const { clock, create, describe, call, force } = shop()
  await create('web')
  expect(() => call('DeleteService', { service: 'web' })).toThrow('scaled above 0')
  expect(call('DeleteService', { service: 'web', force: true }).service.status).toBe('DRAINING')
  expect(() => force('web')).toThrow(expect.objectContaining({ code: 'ServiceNotActiveException' }))
  await clock.advance(500)
  expect(describe('web')).toMatchObject({ status: 'INACTIVE', runningCount: 0, deployments: [] })
  expect(call('ListServices').serviceArns).toEqual([])
  expect(clock.pending).toBe(0)
})

it('ECS catches up after a freeze, with the times that things had', async () => {
  const { clock, create, describe, force, events } = shop()
  await create('web')
  force('web')
  const at = clock.now()
  clock.freeze(3_600_000)
  expect(describe('web').deployments).toMatchObject([{ rolloutState: 'COMPLETED' }])
  expect(events.at(-1)!.at).toBe(at + 1_500)
})

it('ECS deploys a service of no tasks', async () => {
  const { clock, create, describe, force } = shop()
  await create('web', { desiredCount: 0 })
  const { id } = force('web').deployments[0]!
  await clock.advance(1_000)
  expect(describe('web').deployments).toMatchObject([{ id, rolloutState: 'COMPLETED', runningCount: 0 }])
  expect(clock.pending).toBe(0)
})
