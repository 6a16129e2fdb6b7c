import { ECSClient } from '@aws-sdk/client-ecs'
import { VirtualClock } from '@breakwater/circuit/testing'
import { describe, expect, it } from 'vitest'
import { inProcess, ServiceFault } from '../sdk.fixture.ts'
import { type DiscoverOptions, discover } from './discover.ts'
import {
  definitionArn,
  type FakeFleet,
  fakeEcs,
  fakeService,
  reading,
  regionAndAccount,
  within,
} from './fleet.fixture.ts'
import { memoryRevisionCache } from './revision-cache.ts'

function setUp(fleet: Partial<FakeFleet>) {
  const clock = new VirtualClock()
  const fake = fakeEcs({ clusters: [], definitions: { 'api:1': reading('db-AbCdEf') }, ...fleet }, clock)
  const ecs = new ECSClient(inProcess(fake.operations))
  const find = (options: Partial<DiscoverOptions> = {}) =>
    within(clock, discover({ ecs, clock, random: () => 0.5, ...options }))
  return { ...fake, clock, ecs, find }
}

const orders = { name: 'orders', services: [fakeService('orders', 'api', 'api:1')] }
const clusterArn = (name: string) => `${regionAndAccount}:cluster/${name}`

/** Refuses an action, for one cluster if it is named. */
const deny = (action: string, cluster = '') => ({
  before: (called: string, input: object) => {
    if (called === action && JSON.stringify(input).includes(cluster))
      throw new ServiceFault('AccessDeniedException', 'not authorized')
  },
})

describe('a discovery', () => {
  it('finds nothing where there is nothing', async () => {
    const { find, clock } = setUp({})
    expect(await find()).toEqual({
      services: [],
      others: [],
      revisions: new Map(),
      problems: [],
      calls: { ListClusters: 1 },
    })
    expect(clock.pending).toBe(0)
  })

  it('finds one service and what it reads', async () => {
    const { find } = setUp({ clusters: [orders] })
    const { services, revisions, problems } = await find()
    expect(services).toMatchObject([{ name: 'orders/api', taskDefinition: definitionArn('api:1') }])
    expect([...revisions.keys()]).toEqual([definitionArn('api:1')])
    expect(revisions.get(definitionArn('api:1'))!.references).toMatchObject([
      { name: 'db-AbCdEf', use: 'secret' },
    ])
    expect(problems).toEqual([])
  })

  it('follows all pages, asks for ten services at a time, and answers in the same order always', async () => {
    const names = ['b', 'a', 'c'].map(name => `cluster-${name}`)
    const clusters = names.map(name => ({
      name,
      services: Array.from({ length: 25 }, (_, index) => fakeService(name, `s${(index * 7) % 25}`, 'api:1')),
    }))
    const { find, arrivals } = setUp({ clusters, pageSize: 2 })
    const { services, calls } = await find()
    expect(services.length).toBe(75)
    expect(services.map(({ name }) => name)).toEqual(services.map(({ name }) => name).sort())
    expect(calls).toMatchObject({ ListClusters: 2, ListServices: 39, DescribeServices: 9 })
    const sizes = arrivals.flatMap(({ action, input }) =>
      action === 'DescribeServices' ? input.services.length : [],
    )
    expect(sizes.sort()).toEqual([10, 10, 10, 10, 10, 10, 5, 5, 5])
    const reversed = await setUp({ clusters: clusters.toReversed() }).find({ concurrency: 1 })
    expect(reversed.services).toEqual(services)
  })

  it('looks at the named clusters only, by name or ARN, each once', async () => {
    const clusters = [orders, { name: 'other', services: [fakeService('other', 'x', 'api:1')] }]
    const { find, arrivals } = setUp({ clusters })
    const { services, calls } = await find({ clusters: ['orders', clusterArn('orders'), 'orders'] })
    expect(services.map(({ name }) => name)).toEqual(['orders/api'])
    expect(calls).toEqual({
      DescribeClusters: 1,
      DescribeServices: 1,
      DescribeTaskDefinition: 1,
      ListDaemons: 1,
      ListServices: 1,
    })
    expect(arrivals[0]!.input.clusters).toEqual(['orders', clusterArn('orders')])
  })

  it('passes clusters over that were deleted, and reports one that was named', async () => {
    const clusters = [orders, { ...orders, name: 'old', status: 'INACTIVE' }]
    expect((await setUp({ clusters }).find()).problems).toEqual([])
    const { services, problems } = await setUp({ clusters }).find({ clusters: ['old', 'never', 'orders'] })
    expect(services.length).toBe(1)
    expect(problems).toEqual([
      'Cluster never: it could not be described: MISSING',
      'Cluster old: it was deleted (INACTIVE)',
    ])
  })

  it('takes the live task set of a service that has no deployment', async () => {
    const external = fakeService('orders', 'ext', 'api:1', {
      taskDefinition: undefined,
      deployments: undefined,
      deploymentController: { type: 'EXTERNAL' },
      taskSets: [
        { id: 'ecs-svc/1', status: 'PRIMARY', taskDefinition: definitionArn('api:1'), createdAt: 7 },
      ],
    })
    const idle = {
      ...external,
      serviceArn: `${regionAndAccount}:service/orders/idle`,
      serviceName: 'idle',
      taskSets: [],
    }
    const { find } = setUp({ clusters: [{ name: 'orders', services: [external, idle] }] })
    const { services, revisions, problems } = await find()
    expect(services).toMatchObject([
      { name: 'orders/ext', controller: 'EXTERNAL', taskDefinition: definitionArn('api:1') },
      { name: 'orders/idle', controller: 'EXTERNAL', taskDefinition: undefined },
    ])
    expect([revisions.size, problems]).toEqual([1, []])
  })

  it('reports managed daemons and standalone tasks, and what they read', async () => {
    const tasks = [
      { group: 'service:api', definition: 'api:1' },
      { group: 'family:job', definition: 'job:3' },
      { group: 'nightly', definition: 'job:3' },
    ]
    const clusters = [
      { ...orders, running: 5, tasks, daemons: [{ name: 'agent', definition: 'agent:2', count: 2 }] },
      { name: 'quiet', services: [fakeService('quiet', 'api', 'api:1')], tasks },
    ]
    const definitions = { 'api:1': [], 'job:3': reading('job-AbCdEf'), 'agent:2': reading('agent-AbCdEf') }
    const { others, revisions, problems, calls } = await setUp({ clusters, definitions }).find()
    const agent = `${regionAndAccount}:daemon-task-definition/agent:2`
    expect(others).toEqual([
      {
        kind: 'managed-daemon',
        cluster: clusterArn('orders'),
        name: `${regionAndAccount}:daemon/orders/agent`,
        taskDefinition: agent,
        count: 2,
      },
      {
        kind: 'standalone-task',
        cluster: clusterArn('orders'),
        name: 'job',
        taskDefinition: definitionArn('job:3'),
        count: 2,
      },
    ])
    expect(revisions.get(agent)).toMatchObject({ arn: agent, references: [{ name: 'agent-AbCdEf' }] })
    expect(revisions.get(definitionArn('job:3'))!.references.length).toBe(1)
    expect(problems).toEqual([])
    // Nothing stands alone where no more tasks run than those of the services.
    expect(calls).toMatchObject({ ListTasks: 1, DescribeTasks: 1, DescribeDaemonTaskDefinition: 1 })
  })
})

describe('what a discovery cannot see', () => {
  const clusters = [orders, { name: 'other', services: [fakeService('other', 'api', 'api:1')] }]

  it.each([
    ['ListServices', 'Cluster other: its services could not be listed'],
    ['DescribeServices', 'Cluster other: services could not be described (api)'],
    ['DescribeClusters', 'Cluster other: it could not be described'],
  ])('is a problem, and the rest is found: %s denied for a cluster', async (action, problem) => {
    const { services, problems } = await setUp({ clusters, ...deny(action, 'cluster/other') }).find()
    expect(services.map(({ name }) => name)).toEqual(['orders/api'])
    expect(problems).toEqual([`${problem}: AccessDeniedException: not authorized`])
  })

  it.each([
    ['ListDaemons', 'its managed daemons could not be listed'],
    ['ListTasks', 'its standalone tasks could not be listed'],
    ['DescribeTasks', 'its standalone tasks could not be described'],
  ])('leaves the services found: %s denied', async (action, problem) => {
    const running = { ...orders, running: 9, tasks: [{ group: 'x', definition: 'api:1' }] }
    const { services, problems } = await setUp({ clusters: [running], ...deny(action) }).find()
    expect(services.length).toBe(1)
    expect(problems).toEqual([`Cluster orders: ${problem}: AccessDeniedException: not authorized`])
  })

  it.each(['DescribeDaemon', 'DescribeDaemonRevisions'])(
    'leaves the daemon reported: %s denied',
    async action => {
      const daemons = [{ name: 'agent', definition: 'api:1', count: 2 }]
      const { others, problems } = await setUp({ clusters: [{ ...orders, daemons }], ...deny(action) }).find()
      expect(others).toMatchObject([{ kind: 'managed-daemon', taskDefinition: undefined }])
      expect(problems.length).toBe(1)
    },
  )

  it('is a service that went away meanwhile', async () => {
    const services = [...orders.services, fakeService('orders', 'gone', 'api:1', { gone: true })]
    const found = await setUp({ clusters: [{ name: 'orders', services }] }).find()
    expect(found.services.map(({ name }) => name)).toEqual(['orders/api'])
    expect(found.problems).toEqual([
      'Service orders/gone: it could not be described: it went away while it was looked at (MISSING)',
    ])
  })

  it('is a task definition that was deleted; its service is found all the same', async () => {
    const { services, revisions, problems } = await setUp({ clusters: [orders], definitions: {} }).find()
    expect(services.length).toBe(1)
    expect(revisions.size).toBe(0)
    expect(problems).toEqual([
      'Task definition api:1: it could not be described: ClientException: Unable to describe task definition.',
    ])
  })

  it('is never everything: it throws instead', async () => {
    for (const action of ['ListClusters', 'DescribeTaskDefinition'])
      await expect(setUp({ clusters: [orders], ...deny(action) }).find()).rejects.toThrow('not authorized')
    const before = () => {
      throw new ServiceFault('ExpiredTokenException', 'expired')
    }
    await expect(setUp({ clusters: [orders], before }).find({ clusters: ['orders'] })).rejects.toThrow(
      'expired',
    )
  })

  it('is not passed over where throttling does not end', async () => {
    const before = (action: string) => {
      if (action === 'ListServices') throw new ServiceFault('ThrottlingException', 'Rate exceeded')
    }
    const { find, arrivals, clock } = setUp({ clusters: [orders], before })
    await expect(find()).rejects.toThrow('Rate exceeded')
    expect(arrivals.filter(({ action }) => action === 'ListServices').length).toBe(10)
    expect(clock.pending).toBe(0)
  })
})

describe('a discovery with a cache', () => {
  it('asks for no task definition twice, and keeps what it saw before it was cut short', async () => {
    const services = Array.from({ length: 60 }, (_, index) =>
      fakeService('orders', `s${index}`, `t${index}:1`),
    )
    const definitions = Object.fromEntries(
      services.map((_, index) => [`t${index}:1`, reading(`s${index}-AbCdEf`)]),
    )
    const controller = new AbortController()
    let seen = 0
    const before = (action: string) => {
      if (action === 'DescribeTaskDefinition' && ++seen === 55) controller.abort(new Error('out of time'))
    }
    const { find } = setUp({ clusters: [{ name: 'orders', services }], definitions, before })
    const cache = memoryRevisionCache()
    await expect(find({ cache, signal: controller.signal })).rejects.toThrow('out of time')
    expect((await find({ cache })).calls.DescribeTaskDefinition).toBe(10)
    const { calls, revisions } = await find({ cache })
    expect([calls.DescribeTaskDefinition, revisions.size]).toEqual([undefined, 60])
  })

  it('that fails finds the same, and the failure is reported', async () => {
    const down = () => Promise.reject(new Error('no table'))
    const { revisions, problems } = await setUp({ clusters: [orders] }).find({
      cache: { get: down, put: down },
    })
    expect(revisions.size).toBe(1)
    expect(problems).toEqual([
      'The cache of task definitions could not be read: Error: no table',
      'The cache of task definitions could not be written: Error: no table',
    ])
  })
})

describe('a discovery that is aborted', () => {
  it('asks nothing where it was before', async () => {
    const { find, arrivals } = setUp({ clusters: [orders] })
    await expect(find({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
    expect(arrivals).toEqual([])
  })

  it('ends at whatever call it is, and leaves nothing behind', async () => {
    const whole = setUp({ clusters: [orders] })
    await whole.find()
    for (let last = 1; last <= whole.arrivals.length; last++) {
      const controller = new AbortController()
      let seen = 0
      const before = () => {
        if (++seen === last) controller.abort(new Error('enough'))
      }
      const { find, arrivals, clock } = setUp({ clusters: [orders], before })
      await expect(find({ signal: controller.signal })).rejects.toThrow('enough')
      expect(arrivals.length).toBe(last)
      expect(clock.pending).toBe(0)
    }
  })
})

it('a discovery looks at no more than the services it is given, by their clusters, and reports those that are gone', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `s${index}`)
  const shop = { name: 'shop', services: names.map(name => fakeService('shop', name, 'api:1')) }
  const { find } = setUp({ clusters: [orders, shop] })
  const all = (await find()).services.map(({ service }) => service)
  const { services, others, problems, calls, revisions } = await find({
    services: [...all.slice(0, 12), `${regionAndAccount}:service/shop/gone`],
  })
  expect(services.map(({ service }) => service)).toEqual(all.slice(0, 12))
  expect([others, problems]).toEqual([
    [],
    ['Service shop/gone: it could not be described: it went away while it was looked at (MISSING)'],
  ])
  expect(calls).toEqual({ DescribeServices: 3, DescribeTaskDefinition: 1 })
  expect(revisions.size).toBe(1)
  expect(await find({ services: [] })).toMatchObject({ services: [], calls: {} })
})

it('discoveries by one client share the rates', async () => {
  const { find, arrivals, clock } = setUp({ clusters: [] })
  const begun = clock.now()
  for (let n = 0; n < 30; n++) await find()
  expect(arrivals.length).toBe(30)
  expect(arrivals.filter(({ at }) => at === begun).length).toBeLessThan(30)
  expect(arrivals.at(-1)!.at - begun).toBeGreaterThan(0)
})

describe('options', () => {
  const { ecs } = setUp({})
  it.each([
    [{ ecs: undefined }, 'ecs: got undefined; allowed is an ECSClient'],
    [{ ecs, cluster: 'a' }, 'option: got "cluster"; allowed is ecs, clusters'],
    [
      { ecs, clusters: [] },
      'clusters: got an array; allowed is a list of at least 1 of names or ARNs of clusters',
    ],
    [{ ecs, clusters: ['a b'] }, 'clusters[0]: got "a b"; allowed is the ARN or name'],
    [{ ecs, clusters: ['arn:aws:ecs:eu-west-1:123456789012:service/a/b'] }, 'clusters[0]: got "arn:aws:ecs'],
    [{ ecs, services: ['web'] }, 'services[0]: got "web"; allowed is the ARN of a service'],
    [{ ecs, concurrency: 0 }, 'concurrency: got 0'],
    [{ ecs, random: 1 }, 'random: got 1; allowed is a function'],
    [{ ecs, cache: {} }, 'cache: got an object; allowed is a RevisionCache'],
  ])('are refused by name, value and what is allowed: %#', async (options, message) => {
    const found = discover(options as never)
    await expect(found).rejects.toThrow(TypeError)
    await expect(found).rejects.toThrow(`discover: ${message}`)
  })
})
