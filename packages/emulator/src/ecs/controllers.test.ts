import { expect, it } from 'vitest'
import { shop } from './ecs.fixture.ts'

it('ECS refuses to force a deployment of CODE_DEPLOY', async () => {
  const { create, force, call, describe, clock, deploymentEvents } = shop()
  const controller = { deploymentController: { type: 'CODE_DEPLOY' } }
  const { deployments, taskSets } = await create('web', controller)
  expect(deployments).toEqual([])
  expect(taskSets).toMatchObject([{ status: 'PRIMARY', runningCount: 2, stabilityStatus: 'STEADY_STATE' }])
  expect(() => force('web')).toThrow(
    expect.objectContaining({
      code: 'InvalidParameterException',
      message:
        'Cannot force a new deployment on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.',
    }),
  )
  expect(() => call('UpdateService', { service: 'web', taskDefinition: 'orders' })).toThrow(
    'Unable to update task definition on services with a CODE_DEPLOY deployment controller.',
  )
  call('UpdateService', { service: 'web', desiredCount: 1 })
  await clock.advance(10_000)
  expect(describe('web')).toMatchObject({ desiredCount: 1, runningCount: 1 })
  expect(deploymentEvents()).toEqual([])
})

it('ECS runs nothing for an EXTERNAL service, and refuses to force a deployment of it', async () => {
  const { create, force } = shop()
  const controller = { deploymentController: { type: 'EXTERNAL' }, taskDefinition: undefined }
  expect(await create('web', controller)).toMatchObject({ runningCount: 0, deployments: [], taskSets: [] })
  expect(() => force('web')).toThrow(expect.objectContaining({ code: 'InvalidParameterException' }))
})

it('ECS runs a daemon on every instance, the old one away before the new one comes', async () => {
  const { create, force, describe, clock, ecs, call } = shop({ instances: 3 })
  const daemon = { schedulingStrategy: 'DAEMON', desiredCount: undefined }
  expect(await create('agent', daemon)).toMatchObject({ desiredCount: 3, runningCount: 3 })
  force('agent')
  expect(ecs.tasks('shop/agent').map(({ stopping }) => stopping)).toEqual([true, true, true])
  await clock.advance(10_000)
  expect(describe('agent').deployments).toMatchObject([{ rolloutState: 'COMPLETED', runningCount: 3 }])
  const both = { serviceName: 'b', taskDefinition: 'orders', schedulingStrategy: 'DAEMON', desiredCount: 1 }
  expect(() => call('CreateService', both)).toThrow('desired count')
})
