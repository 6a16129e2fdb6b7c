import { expect, it } from 'vitest'
import { shop } from './ecs.fixture.ts'

it('ECS lists services ten by ten, or as many as asked for', async () => {
  const { call } = shop()
  for (let count = 0; count < 25; count++) {
    call('CreateService', { serviceName: `s${count}`, taskDefinition: 'orders' })
  }
  const pages: number[] = []
  let nextToken: string | undefined
  const seen = new Set<string>()
  do {
    const page = call('ListServices', { nextToken })
    nextToken = page.nextToken
    pages.push(page.serviceArns.length)
    for (const arn of page.serviceArns) seen.add(arn)
  } while (nextToken)
  expect(pages).toEqual([10, 10, 5])
  expect(seen.size).toBe(25)
  expect(call('ListServices', { maxResults: 100 })).toEqual({ serviceArns: [...seen] })
  expect(() => call('ListServices', { maxResults: 101 })).toThrow('1 to 100')
  expect(() => call('ListServices', { nextToken: 'none' })).toThrow('Invalid token')
})

it('ECS describes at most ten services, and says which are missing', async () => {
  const { call, create } = shop()
  await create('web', { tags: [{ key: 'team', value: 'a' }] })
  const services = ['web', 'none', 'arn:aws:ecs:eu-west-1:123456789012:service/shop/web']
  const answer = call('DescribeServices', { services })
  expect(answer.services).toHaveLength(2)
  expect(answer.services[0]).not.toHaveProperty('tags')
  expect(answer.failures).toEqual([
    { arn: 'arn:aws:ecs:eu-west-1:123456789012:service/shop/none', reason: 'MISSING' },
  ])
  const tagged = call('DescribeServices', { services, include: ['TAGS'] })
  expect(tagged.services[0].tags).toEqual([{ key: 'team', value: 'a' }])
  expect(() => call('DescribeServices', { services: Array(11).fill('web') })).toThrow(
    'service names can have at most 10 items.',
  )
  expect(() => call('DescribeServices', { services: ['web'], cluster: 'none' })).toThrow(
    expect.objectContaining({ code: 'ClusterNotFoundException' }),
  )
})

it('ECS counts the tasks of a cluster, those without a service included', async () => {
  const { call, create, clock } = shop()
  await create('web')
  const { tasks } = call('RunTask', { taskDefinition: 'orders', count: 3, startedBy: 'cron' })
  const describe = () => call('DescribeClusters', { clusters: ['shop', 'none'] })
  expect(describe().clusters).toMatchObject([{ runningTasksCount: 2, pendingTasksCount: 3 }])
  await clock.advance(1_000)
  expect(describe()).toMatchObject({
    clusters: [{ runningTasksCount: 5, pendingTasksCount: 0, activeServicesCount: 1, tags: [] }],
    failures: [{ arn: 'arn:aws:ecs:eu-west-1:123456789012:cluster/none', reason: 'MISSING' }],
  })
  const arns = tasks.map(({ taskArn }: { taskArn: string }) => taskArn)
  expect(call('ListTasks', { startedBy: 'cron' }).taskArns).toEqual(arns)
  expect(call('ListTasks', { serviceName: 'web' }).taskArns).toHaveLength(2)
  expect(call('ListTasks', { family: 'orders' }).taskArns).toHaveLength(5)
  expect(call('ListTasks', { maxResults: 2 }).nextToken).toEqual(expect.any(String))
  expect(call('DescribeTasks', { tasks: [...arns, 'none'] })).toMatchObject({
    tasks: [{ group: 'family:orders', lastStatus: 'RUNNING' }, {}, {}],
    failures: [{ reason: 'MISSING' }],
  })
  expect(call('ListDaemons')).toEqual({ daemonSummariesList: [] })
})

it('ECS forgets tasks an hour after they stopped', async () => {
  const { call, clock } = shop()
  const run = () => call('RunTask', { taskDefinition: 'orders' }).tasks[0].taskArn
  const first = run()
  call('StopTask', { task: first })
  await clock.advance(3_700_000)
  call('StopTask', { task: run() })
  await clock.advance(1_000)
  expect(call('ListTasks', { desiredStatus: 'STOPPED' }).taskArns).toHaveLength(1)
  expect(call('DescribeTasks', { tasks: [first] }).failures).toHaveLength(1)
})

it('ECS keeps revisions of task definitions as they were registered', () => {
  const { call, register } = shop()
  register()
  const describe = (taskDefinition: string, more = {}) =>
    call('DescribeTaskDefinition', { taskDefinition, ...more })
  expect(describe('orders').taskDefinition).toMatchObject({ revision: 2, status: 'ACTIVE', family: 'orders' })
  expect(describe('orders')).not.toHaveProperty('tags')
  expect(describe('orders', { include: ['TAGS'] }).tags).toEqual([])
  call('DeregisterTaskDefinition', { taskDefinition: 'orders:2' })
  expect(describe('orders').taskDefinition.revision).toBe(1)
  expect(describe('orders:2').taskDefinition.status).toBe('INACTIVE')
  expect(() => describe('orders:3')).toThrow('Unable to describe task definition.')
  const old = { serviceName: 'web', taskDefinition: 'orders:2' }
  expect(() => call('CreateService', old)).toThrow(expect.objectContaining({ code: 'ClientException' }))
  expect(() =>
    call('RegisterTaskDefinition', { family: 'x', containerDefinitions: [{ name: 'a' }] }),
  ).toThrow('Container.image should not be null or empty.')
})

it.each([
  ['CreateService', { serviceName: 'web', taskDefinition: 'none' }, 'ClientException'],
  ['CreateService', { serviceName: 'web' }, 'InvalidParameterException'],
  ['CreateService', { serviceName: 'a b', taskDefinition: 'orders' }, 'InvalidParameterException'],
  ['UpdateService', { service: 'none', forceNewDeployment: true }, 'ServiceNotFoundException'],
  ['UpdateService', { forceNewDeployment: true }, 'InvalidParameterException'],
  ['UpdateService', { service: 7 }, 'InvalidParameterException'],
  ['UpdateService', { service: 'web', unheardOf: true }, 'InvalidParameterException'],
  ['DeleteService', { service: 'none' }, 'ServiceNotFoundException'],
  ['StopTask', { task: 'none' }, 'InvalidParameterException'],
  ['RunTask', { taskDefinition: 'orders', count: 11 }, 'InvalidParameterException'],
  ['DescribeTasks', { tasks: [] }, 'InvalidParameterException'],
])('%s of %j is refused with %s', (action, input, code) => {
  expect(() => shop().call(action, input)).toThrow(expect.objectContaining({ code }))
})
