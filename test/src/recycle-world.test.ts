import { describe, expect, it } from 'vitest'
import { startedAt, World } from '../recycle/world.ts'

const minute = 60_000
const optedIn = [{ key: 'breakwater:recycle', value: 'true' }]

/** Services of one cluster that read secrets, and time that goes on to a minute counted from the start. */
async function shop(services: Readonly<Record<string, readonly string[]>>, world = new World('shop')) {
  const { ecs, secrets, time } = world
  // biome-ignore lint/suspicious/noExplicitAny: as the services answer
  const call = (model: typeof ecs | typeof secrets, action: string, input: object): any =>
    model.operations[action]!(input as never)
  const names = new Set(Object.values(services).flat())
  const arns = new Map(
    [...names].map(Name => [Name, call(secrets, 'CreateSecret', { Name, SecretString: '1' }).ARN]),
  )
  const at = (minutes: number) => time.until(startedAt + minutes * minute)
  await at(1)
  call(ecs, 'CreateCluster', { clusterName: 'shop' })
  for (const [serviceName, reads] of Object.entries(services)) {
    const { taskDefinition } = call(ecs, 'RegisterTaskDefinition', {
      family: serviceName,
      containerDefinitions: [
        { name: 'app', image: 'app:1', secrets: reads.map(name => ({ name, valueFrom: arns.get(name) })) },
      ],
    })
    const { taskDefinitionArn } = taskDefinition
    const safe = { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } } }
    const more = { cluster: 'shop', desiredCount: 2, tags: optedIn, ...safe }
    call(ecs, 'CreateService', { serviceName, taskDefinition: taskDefinitionArn, ...more })
  }
  await at(10)
  return {
    world,
    at,
    rotate: (name: string) =>
      call(secrets, 'PutSecretValue', { SecretId: arns.get(name), SecretString: 'x' }),
    back: (name: string, from: string, to: string) =>
      call(secrets, 'UpdateSecretVersionStage', {
        SecretId: arns.get(name),
        VersionStage: 'AWSCURRENT',
        RemoveFromVersionId: from,
        MoveToVersionId: to,
      }),
    current: (name: string) => secrets.lookup(arns.get(name))!.versionId,
    recycled: () => world.updates.map(({ service }) => service.split('/').at(-1)),
    stale: () => Object.keys(services).filter(name => world.staleTasks(`shop/${name}`).length > 0),
    endings: () => world.workflow.reports.map(({ ending }) => ending),
  }
}

describe('several changes of what a service reads', () => {
  it('within the quiet period make one recycle', async () => {
    const { world, at, rotate, recycled, stale } = await shop({ web: ['one', 'two', 'three'] })
    rotate('one')
    await at(10.5)
    rotate('two')
    await at(11)
    rotate('three')
    await at(60)
    expect(recycled()).toEqual(['web'])
    expect(stale()).toEqual([])
    expect(world.workflow.running).toEqual([])
  })

  it('without an end are not waited for longer than the maximum wait', async () => {
    const { at, rotate, recycled, world } = await shop({ web: ['one', 'two'] })
    for (let half = 0; half < 80; half++) {
      rotate(half % 2 === 0 ? 'one' : 'two')
      await at(10 + (half + 1) / 2)
    }
    // Forty minutes of it, and 15 of them at most between two recycles.
    const times = world.updates.map(({ at: time }) => (time - startedAt) / minute)
    expect(times[0]).toBeLessThan(26)
    expect(recycled().length).toBeGreaterThanOrEqual(2)
    expect(recycled().length).toBeLessThanOrEqual(4)
  })
})

it('a label that goes away and comes back is a change of its own, and the last one counts', async () => {
  const { at, rotate, back, current, recycled, stale } = await shop({ web: ['one'] })
  const first = current('one')
  const { VersionId } = rotate('one')
  await at(30)
  back('one', VersionId, first)
  await at(60)
  expect(recycled()).toEqual(['web', 'web'])
  expect(stale()).toEqual([])
})

it('nothing is done for changes of tags and descriptions', async () => {
  const { world, at, recycled } = await shop({ web: ['one'] })
  await world.reconcile()
  world.secrets.operations.UpdateSecret!({ SecretId: 'one', Description: 'changed' })
  const reconciled = world.reconcile()
  await at(60)
  await reconciled
  expect(recycled()).toEqual([])
})

it('a canary that fails is the only one that is recycled', async () => {
  const { world, at, rotate, recycled, endings } = await shop({ a: ['one'], b: ['one'], c: ['one'] })
  world.ecs.fail('shop/a')
  rotate('one')
  await at(120)
  expect(recycled()).toEqual(['a'])
  expect(endings().at(-1)).toBe('failed')
  expect(world.workflow.reports.at(-1)).toMatchObject({
    failed: [{ service: 'shop/a' }],
    counts: { recycled: 0 },
  })
})

it('a deployment of another origin is waited for, and never superseded', async () => {
  const { world, at, rotate, recycled, stale } = await shop({ web: ['one'] })
  world.ecs.operations.UpdateService!({ cluster: 'shop', service: 'web', forceNewDeployment: true })
  rotate('one')
  const theirs = world.ecs.tasks('shop/web').map(({ deployment }) => deployment)
  await at(11.2)
  expect(recycled()).toEqual([])
  expect(new Set(world.ecs.tasks('shop/web').map(({ deployment }) => deployment)).size).toBeLessThanOrEqual(
    new Set(theirs).size + 1,
  )
  await at(60)
  expect(recycled()).toEqual(['web'])
  expect(stale()).toEqual([])
})

it('hundreds of services are all recycled, twice a second at most, by executions that follow each other', async () => {
  const names = Array.from({ length: 320 }, (_, index) => `s${String(index).padStart(3, '0')}`)
  const { world, at, rotate, stale, endings } = await shop(
    Object.fromEntries(names.map(name => [name, ['one']])),
  )
  rotate('one')
  await at(600)
  expect(stale()).toEqual([])
  expect(world.updates).toHaveLength(320)
  expect(endings().at(-1)).toBe('finished')
  const times = world.updates.map(({ at: time }) => time)
  for (const [index, time] of times.entries()) {
    if (index >= 2) expect(time - times[index - 2]!).toBeGreaterThanOrEqual(1_000)
  }
  const histories = [...world.workflow.executions.values()].map(({ history }) => history.length)
  expect(histories.length).toBeGreaterThan(3)
  expect(Math.max(...histories)).toBeLessThan(25_000)
})
