import { expect, it } from 'vitest'
import { shop } from './ecs.fixture.ts'

it('ECS shows which version each task read when it was launched', async () => {
  const { clock, ecs, create, force, secret, secrets, db } = shop()
  await create('web')
  const before = ecs.tasks('shop/web').map(({ readings }) => readings)
  const { VersionId } = secret('PutSecretValue', { SecretId: 'db', SecretString: 'two' })
  expect(before).toHaveLength(2)
  expect(before[0]).toEqual([{ valueFrom: db, source: db, versionId: expect.not.stringMatching(VersionId) }])
  await clock.advance(3_600_000)
  expect(ecs.tasks('shop/web').map(({ readings }) => readings)).toEqual(before)
  force('web')
  await clock.advance(10_000)
  const after = ecs.tasks('shop/web').map(({ readings }) => readings)
  expect(after).toEqual(Array(2).fill([{ valueFrom: db, source: db, versionId: VersionId }]))
  expect(secrets.counts()).toEqual({ CreateSecret: 1, PutSecretValue: 1 })
})

it('ECS reads every kind of reference', async () => {
  const { ecs, create, secret, parameters, call, db } = shop()
  parameters.operations.PutParameter!({ Name: 'level', Value: 'a', Type: 'String' })
  parameters.operations.PutParameter!({ Name: 'level', Value: 'b', Type: 'String', Overwrite: true })
  const registry = secret('CreateSecret', { Name: 'registry', SecretString: 'x' })
  call('RegisterTaskDefinition', {
    family: 'all',
    containerDefinitions: [
      {
        name: 'app',
        image: 'app',
        secrets: [{ name: 'A', valueFrom: `${db}:key::` }],
        logConfiguration: { logDriver: 'splunk', secretOptions: [{ name: 'B', valueFrom: 'level' }] },
        repositoryCredentials: { credentialsParameter: 'registry' },
      },
    ],
    volumes: [
      {
        name: 'v',
        fsxWindowsFileServerVolumeConfiguration: {
          authorizationConfig: { credentialsParameter: db.slice(0, -7), domain: 'd' },
        },
      },
    ],
  })
  await create('web', { taskDefinition: 'all', desiredCount: 1 })
  const [task] = ecs.tasks('shop/web')
  expect(task!.readings.map(({ source, versionId }) => [source, versionId])).toEqual([
    [db, expect.any(String)],
    ['arn:aws:ssm:eu-west-1:123456789012:parameter/level', '2'],
    [registry.ARN, registry.VersionId],
    [db, expect.any(String)],
  ])
})

it.each(['db', '/shop/key'])(
  'ECS starts no task whose secret or parameter is not there: %s',
  async reference => {
    const { clock, create, describe, force, secret, parameters, call, ecs } = shop()
    const key = { Name: '/shop/key', Value: 'one', Type: 'SecureString' }
    parameters.operations.PutParameter!(key)
    ecs.operations.RegisterTaskDefinition!({
      family: 'orders',
      containerDefinitions: [{ name: 'app', image: 'app:1', secrets: [{ name: 'S', valueFrom: reference }] }],
    })
    await create('web')
    if (reference === 'db') secret('DeleteSecret', { SecretId: 'db', ForceDeleteWithoutRecovery: true })
    else parameters.operations.DeleteParameter!({ Name: '/shop/key' })
    force('web')
    await clock.advance(2_000)
    expect(describe('web').deployments[0]!.failedTasks).toBeGreaterThan(0)
    const { taskArns } = call('ListTasks', { desiredStatus: 'STOPPED' })
    const { tasks } = call('DescribeTasks', { tasks: taskArns })
    expect(tasks[0]).toMatchObject({ stopCode: 'TaskFailedToStart' })
    expect(tasks[0].stoppedReason).toContain('unable to pull secrets')
    if (reference === 'db') secret('CreateSecret', { Name: 'db', SecretString: 'one' })
    else parameters.operations.PutParameter!(key)
    await clock.advance(60_000)
    expect(describe('web').deployments).toMatchObject([{ rolloutState: 'COMPLETED' }])
  },
)
