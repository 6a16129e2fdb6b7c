import { describe, expect, it } from 'vitest'
import type { ServiceFacts, ServiceRecord } from '../model.ts'
import {
  aDeployment,
  aDiscovery,
  aMove,
  anInput,
  aRecycle,
  aReference,
  aRevision,
  aService,
  hour,
  minute,
  movedAt,
  secretArn,
  serviceArn,
  someTasks,
  taskDefinitionArn,
} from './facts.fixture.ts'
import { plan } from './plan.ts'
import type { PlanInput } from './types.ts'

const labelChange = aMove()
const tags = (given: Record<string, string>) => ({ tags: { 'breakwater:recycle': 'true', ...given } })

/** What the plan says about one service. */
function skippedOf(fields: Partial<ServiceFacts>, record?: ServiceRecord, input: Partial<PlanInput> = {}) {
  const service = aService('app', fields)
  const records = new Map(record ? [[service.service, record]] : [])
  const { waves, skipped } = plan(anInput([service], { records, ...input }))
  expect(waves).toHaveLength(1 - skipped.length)
  return skipped[0]
}
function plannedOf(fields: Partial<ServiceFacts> = {}, input: Partial<PlanInput> = {}) {
  return plan(anInput([aService('app', fields)], input)).waves[0]!.services[0]!
}

describe('what is left alone', () => {
  const after = { deployments: [aDeployment({ createdAt: movedAt + minute })] }

  it('is fresh, or recycled already, or has nothing to gain', () => {
    expect(skippedOf(after)).toMatchObject({ reason: 'fresh', stale: false })
    expect(skippedOf({}, aRecycle('app', labelChange))).toMatchObject({
      reason: 'already-recycled',
      stale: false,
      text: 'Recycled for this change at 2026-03-01 10:05:00 UTC: deployment ecs-svc/2.',
    })
    expect(skippedOf({}, aRecycle('app', aMove({ sequence: 3 }), { outcome: 'started' }))?.text).toBe(
      'Recycled for a later change at 2026-03-01 10:05:00 UTC: deployment ecs-svc/2, which is not known to be over.',
    )
    expect(skippedOf({ desired: 0, running: 0 })).toMatchObject({ reason: 'no-tasks', stale: false })
    // What a failed deployment left running of the one before, though no task is wanted any more.
    expect(skippedOf({ desired: 0, running: 1 })).toBeUndefined()
    expect(skippedOf({ status: 'DRAINING' })).toMatchObject({ reason: 'inactive', stale: false })
    const revisions = [aRevision('app', { references: [aReference('prod/db', { versionId: 'x' })] })]
    expect(
      skippedOf({}, undefined, { discovery: aDiscovery([aService('app')], { revisions }) }),
    ).toMatchObject({ reason: 'pinned-version', stale: false })
  })

  it('is not wanted', () => {
    expect(skippedOf({ tags: { 'breakwater:recycle': 'false' } })).toMatchObject({
      reason: 'opted-out',
      stale: true,
    })
    expect(skippedOf({ tags: {} })).toMatchObject({ reason: 'not-opted-in', stale: true })
    expect(skippedOf({ tags: {} }, undefined, { options: { optIn: false } })).toBeUndefined()
    expect(
      skippedOf({ tags: { 'breakwater:recycle': 'false' } }, undefined, { options: { optIn: false } }),
    ).toMatchObject({ reason: 'opted-out' })
  })

  it('has a tag that says nothing', () => {
    expect(skippedOf({ tags: { 'breakwater:recycle': 'yes' } })).toMatchObject({
      reason: 'bad-tag',
      stale: true,
      text: 'Its tag breakwater:recycle is "yes"; allowed is true or false: mend the tag.',
    })
    expect(skippedOf(tags({ 'breakwater:delay': 'soon' }))).toMatchObject({ reason: 'bad-tag' })
    // It is not opted in, so that its other tags do not matter.
    expect(skippedOf({ tags: { 'breakwater:delay': 'soon' } })).toMatchObject({ reason: 'not-opted-in' })
  })

  it.each([
    [{ controller: 'CODE_DEPLOY' }, 'code-deploy', 'start a deployment with CodeDeploy'],
    [{ controller: 'EXTERNAL', deployments: [] }, 'external', 'create a task set'],
    [{ controller: 'NEW' }, 'unknown-controller', 'NEW'],
    [{ scheduling: 'DAEMON' }, 'daemon', 'stops before the next one starts'],
    [{ deployments: [] }, 'inactive', 'no primary deployment'],
  ])('cannot be recycled here: %j', (fields, reason, text) => {
    expect(skippedOf(fields)).toMatchObject({ reason, stale: true, text: expect.stringContaining(text) })
  })

  it('is reported as fresh rather than impossible or not opted in, so that no needless work is done', () => {
    for (const fields of [{ controller: 'CODE_DEPLOY' }, { scheduling: 'DAEMON' }, { tags: {} }])
      expect(skippedOf({ ...after, ...fields })).toMatchObject({ reason: 'fresh', stale: false })
  })

  it('includes tasks of no service', () => {
    const others = [
      someTasks('migrate', { count: 3 }),
      someTasks('agent', { kind: 'managed-daemon' }),
      someTasks('other', { taskDefinition: taskDefinitionArn('other') }),
    ]
    const revisions = [aRevision('app'), aRevision('other', { references: [] })]
    const { skipped, warnings, counts } = plan(
      anInput([], { discovery: aDiscovery([], { others, revisions }) }),
    )
    expect(skipped).toMatchObject([
      { name: 'agent', reason: 'managed-daemon', stale: false },
      { name: 'migrate', reason: 'standalone-task', stale: false },
    ])
    expect(warnings).toEqual([
      '4 tasks of no service read it, and nothing here recycles them: agent, migrate.',
    ])
    expect(counts).toEqual({ candidates: 2, stale: 0, planned: 0, skipped: 2 })
  })
})

describe('what is recycled', () => {
  it('says where it reads the source and since when it runs', () => {
    const references = [
      aReference(),
      aReference('prod/db', { where: 'containerDefinitions[1].repositoryCredentials.credentialsParameter' }),
    ]
    const discovery = aDiscovery([aService('app')], { revisions: [aRevision('app', { references })] })
    const document = plan(anInput([], { discovery }))
    expect(document).toMatchObject({
      version: 1,
      labelChange,
      at: movedAt + 10 * minute,
      skipped: [],
      warnings: [],
    })
    expect(document.counts).toEqual({ candidates: 1, stale: 1, planned: 1, skipped: 0 })
    expect(document.oldestStaleAt).toBe(movedAt)
    expect(document.waves).toEqual([
      {
        number: 1,
        name: 'canary',
        notBefore: movedAt + minute,
        services: [
          {
            cluster: 'arn:aws:ecs:eu-west-1:111122223333:cluster/prod',
            service: serviceArn('app'),
            name: 'prod/app',
            notBefore: movedAt + minute,
            deployment: { id: 'ecs-svc/1', createdAt: movedAt - 48 * hour },
            references: [
              'containerDefinitions[0].secrets[0].valueFrom',
              'containerDefinitions[1].repositoryCredentials.credentialsParameter',
            ],
            alsoServes: [],
            warnings: [],
          },
        ],
      },
    ])
  })

  it('waits for a deployment of before the label change that is under way', () => {
    const deployments = [aDeployment({ id: 'ecs-svc/7', rolloutState: 'IN_PROGRESS' })]
    expect(plannedOf({ deployments }).waitsFor).toBe('ecs-svc/7')
  })

  it('may have begun a deployment since that failed, and left the old tasks in place', () => {
    const failed = aDeployment({ id: 'new', createdAt: movedAt + minute, rolloutState: 'FAILED', running: 0 })
    const old = aDeployment({ id: 'old', status: 'ACTIVE' })
    expect(plannedOf({ deployments: [failed, old] })).toMatchObject({
      deployment: { id: 'new' },
      warnings: ['Its last deployment new failed, and recycling tries the same again.'],
    })
    expect(skippedOf({ deployments: [failed, { ...old, running: 0 }] })).toMatchObject({ reason: 'fresh' })
  })

  it('brings other changes along, and waits for their quiet period, but not for ever', () => {
    const key = aMove({ source: secretArn('key'), name: 'key', movedAt: movedAt + 2 * minute })
    const blue = aMove({ label: 'blue', movedAt: movedAt + 3 * minute })
    const revisions = [aRevision('app', { references: [aReference(), aReference('key')] })]
    const discovery = aDiscovery([aService('app')], { revisions })
    const others = [key, blue, aMove({ source: secretArn('foreign'), name: 'foreign' })]
    const now = movedAt + minute
    expect(plannedOf({}, { discovery, others, now })).toMatchObject({
      alsoServes: [key.source],
      notBefore: movedAt + 3 * minute,
      waiting: 'the quiet period is over, as more may change',
    })
    const options = { maximumWaitMs: 2.5 * minute }
    expect(plannedOf({}, { discovery, others, now, options }).notBefore).toBe(movedAt + 2.5 * minute)
    // The records of all label changes have this one, too, perhaps as it was.
    const itself = aMove({ movedAt: movedAt - hour, sequence: 1 })
    expect(plannedOf({}, { discovery, others: [...others, itself], now }).notBefore).toBe(
      movedAt + 3 * minute,
    )
    // It was recycled for that one.
    const records = new Map([[serviceArn('app'), aRecycle('app', key)]])
    expect(plannedOf({}, { discovery, others, now, records })).toMatchObject({
      alsoServes: [],
      notBefore: movedAt + minute,
    })
  })

  it('says since when the oldest change has not been taken up', () => {
    const key = aMove({ source: secretArn('key'), name: 'key', movedAt: movedAt - hour })
    const revisions = [aRevision('app', { references: [aReference(), aReference('key')] })]
    const discovery = aDiscovery([aService('app')], { revisions })
    expect(plan(anInput([], { discovery, others: [key] })).oldestStaleAt).toBe(movedAt - hour)
    expect(plan(anInput([aService('app', { desired: 0, running: 0 })]))).not.toHaveProperty('oldestStaleAt')
  })

  it('waits for its delay and its window', () => {
    const now = movedAt
    expect(plannedOf(tags({ 'breakwater:delay': '10m' }), { now })).toMatchObject({
      notBefore: movedAt + 11 * minute,
      waiting: 'its delay of 10 min is over',
    })
    const window = { 'breakwater:window': '09:00-10:30' }
    expect(plannedOf(tags(window), { now }).notBefore).toBe(movedAt + minute)
    expect(plannedOf(tags({ ...window, 'breakwater:delay': '1h' }), { now })).toMatchObject({
      notBefore: movedAt + 23 * hour,
      waiting: 'its maintenance window opens',
    })
    // The window was open when the quiet period ended, and no plan was made then.
    expect(plannedOf(tags(window), { now: movedAt + hour }).notBefore).toBe(movedAt + 23 * hour)
  })
})

describe('warnings', () => {
  it.each([
    [{ circuitBreaker: false, rollback: false }, 'No deployment circuit breaker and no alarm'],
    [{ rollback: false }, 'rolls nothing back'],
    [{ desired: 1, minimumHealthy: 0 }, 'is down meanwhile'],
    [tags({ 'breakwater:windw': 'x' }), 'The tag breakwater:windw means nothing: misspelt?'],
  ])('name a risky service: %j', (fields, text) => {
    expect(plannedOf(fields).warnings).toEqual([expect.stringContaining(text)])
  })

  it('are silent where an alarm notices failures, or tasks overlap', () => {
    expect(plannedOf({ circuitBreaker: false, rollback: true, alarms: true }).warnings).toEqual([])
    expect(plannedOf({ desired: 1, minimumHealthy: 50 }).warnings).toEqual([])
    expect(plannedOf({ desired: 2, minimumHealthy: 0 }).warnings).toEqual([])
  })

  it.each([
    [1, 100, 150, false],
    [1, 100, 199, false],
    [1, 100, 200, true],
    [1, 99, 150, false],
    [2, 51, 149, false],
    [2, 50, 100, true],
    [3, 100, 134, true],
    [3, 100, 133, false],
    [4, 100, 100, false],
  ])(
    'the canary of %d tasks was one that has no room: %d %% to %d %%: %s',
    (desired, minimumHealthy, maximum, room) => {
      const service = aService('app', { desired, running: desired, minimumHealthy, maximum })
      const { skipped, waves } = plan(anInput([service]))
      expect(waves).toHaveLength(room ? 1 : 0)
      expect(skipped).toMatchObject(
        room
          ? []
          : [{ reason: 'no-room', stale: true, text: expect.stringContaining('Raise maximumPercent') }],
      )
      // A deployment of another kind brings tasks of its own.
      expect(plan(anInput([{ ...service, strategy: 'BLUE_GREEN' }])).waves).toHaveLength(1)
    },
  )

  it('name images whose tag can move', () => {
    const revisions = [aRevision('app', { mutableImages: ['app:latest'] })]
    const discovery = aDiscovery([aService('app')], { revisions })
    expect(plannedOf({}, { discovery }).warnings).toEqual([
      'app:latest: a tag that moves; recycling may bring other code than runs now.',
    ])
  })

  it.each(['app', 'host:5000/shop/app', 'host/app:stable', 'app:latest'])('take %s to move', image => {
    const revisions = [aRevision('app', { mutableImages: [image] })]
    const { warnings } = plannedOf({}, { discovery: aDiscovery([aService('app')], { revisions }) })
    expect(warnings).toEqual([`${image}: a tag that moves; recycling may bring other code than runs now.`])
  })

  it('stood at each of 202 real services, for tags that are versions: they have one line', () => {
    const names = ['1.4.2', 'v7', 'sha-9f2c1e', '2026-03-01'].map(tag => `app:${tag}`)
    const services = names.map((name, index) =>
      aService(`s${index}`, { taskDefinition: taskDefinitionArn(name) }),
    )
    const revisions = names.map(name => aRevision(name, { mutableImages: [name] }))
    const { warnings, waves } = plan(anInput([], { discovery: aDiscovery(services, { revisions }) }))
    expect(waves.flatMap(({ services }) => services).flatMap(one => one.warnings)).toEqual([])
    expect(warnings).toEqual([
      '4 services name images by a version and not by digest: where such a tag was pushed again, recycling brings other code.',
    ])
  })

  it('mention a time that is known as an upper bound only', () => {
    expect(plan(anInput([], { labelChange: aMove({ bound: 'upper' }) })).warnings).toEqual([
      expect.stringContaining('no later than 2026-03-01 10:00:00 UTC'),
    ])
  })

  it('name those of which it is not known what they read, and quote nothing that may be a secret', () => {
    const services = [
      aService('b', { taskDefinition: taskDefinitionArn('missing') }),
      aService('a', { taskDefinition: undefined }),
      aService('gone', { taskDefinition: undefined, status: 'INACTIVE' }),
      aService('odd', { taskDefinition: taskDefinitionArn('odd') }),
    ]
    const unreadable = [{ where: 'x', written: 'hunter2', problem: 'is no name: hunter2' }]
    const revisions = [aRevision('odd', { references: [], unreadable })]
    const problems = ['Cluster old: AccessDeniedException']
    const { warnings } = plan(anInput([], { discovery: aDiscovery(services, { revisions, problems }) }))
    expect(warnings).toEqual([
      'prod/a, prod/b: the task definition could not be read, so that it cannot be known whether it names the source.',
      'prod/odd: a reference in the task definition cannot be understood, so that it cannot be known whether it ' +
        'names the source.',
      'Cluster old: AccessDeniedException',
    ])
  })

  it('name no more than ten', () => {
    const services = Array.from({ length: 12 }, (_, index) =>
      aService(`s${index + 10}`, { taskDefinition: undefined }),
    )
    expect(plan(anInput(services)).warnings[0]).toMatch(/^prod\/s10, .*, prod\/s19, 2 more: /)
  })

  it('warn of a reference that may mean another secret, until it was looked up', () => {
    const written = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf'
    const references = [aReference('db-AbCdEf', { written, name: 'db-AbCdEf' })]
    const input = anInput([], {
      labelChange: aMove({ name: 'db-AbCdEf', source: secretArn('db-AbCdEf') }),
      discovery: aDiscovery([aService('app')], { revisions: [aRevision('app', { references })] }),
    })
    const unclear = plan(input)
    expect(unclear.counts.planned).toBe(1)
    expect(unclear.warnings).toEqual([expect.stringMatching(/^prod\/app: the reference may also mean/)])
    const elsewhere = plan({ ...input, resolved: new Map([[written, written]]) })
    expect(elsewhere.counts.candidates).toBe(0)
    expect(elsewhere.warnings).toEqual([])
  })
})

describe('waves', () => {
  const wavesOf = (services: readonly ServiceFacts[], input: Partial<PlanInput> = {}) =>
    plan(anInput(services, input)).waves.map(({ name, services }) => [
      name,
      services.map(one => one.name.slice(5)),
    ])

  it('begin with a canary and go by the number on the tag', () => {
    const services = [
      aService('last', tags({ 'breakwater:wave': '7' })),
      aService('b'),
      aService('a'),
      aService('first', { desired: 1 }),
      aService('c'),
    ]
    expect(wavesOf(services, { options: { waveSize: 2 } })).toEqual([
      ['canary', ['first']],
      ['default, part 1 of 2', ['a', 'b']],
      ['default, part 2 of 2', ['c']],
      ['tagged breakwater:wave=7', ['last']],
    ])
  })

  it('have as many canaries as wished, but none a second time', () => {
    const services = [aService('a'), aService('b'), aService('c')]
    expect(wavesOf(services, { options: { canaries: 2 } })).toEqual([
      ['canary', ['a', 'b']],
      ['default', ['c']],
    ])
    expect(wavesOf(services, { options: { canaries: 0 } })).toEqual([['default', ['a', 'b', 'c']]])
    expect(wavesOf(services, { canaryDone: true })).toEqual([['default', ['a', 'b', 'c']]])
  })

  it.each([
    ['that is tagged', tags({ 'breakwater:canary': 'true', 'breakwater:wave': '9' }), {}],
    [
      'that need not wait for a deployment',
      {},
      { deployments: [aDeployment({ rolloutState: 'IN_PROGRESS' })] },
    ],
    ['with a deployment circuit breaker', tags({ 'breakwater:wave': '9' }), { circuitBreaker: false }],
    ['of the first wave', { desired: 9 }, tags({ 'breakwater:wave': '1' })],
    ['with few tasks', { desired: 1 }, {}],
    ['whose time has come', {}, tags({ 'breakwater:canary': 'true', 'breakwater:window': '03:00-04:00' })],
  ])('take a canary %s', (_, better, worse) => {
    const services = [aService('a', worse), aService('b', better)]
    expect(wavesOf(services)[0]).toEqual(['canary', ['b']])
  })

  it('put the next to be due first, within a number', () => {
    const services = [aService('a', tags({ 'breakwater:delay': '1h' })), aService('b'), aService('c')]
    expect(wavesOf(services, { options: { waveSize: 1 } }).map(([, names]) => names)).toEqual([
      ['b'],
      ['c'],
      ['a'],
    ])
  })
})

describe('a service whose deployment began while the label was where it is now', () => {
  const hours = (count: number) => movedAt - count * hour
  const there = aMove({ bound: 'upper', confirmed: [{ from: hours(5), until: hours(3) }] })
  const deployments = [aDeployment({ id: 'before', createdAt: hours(4) })]

  it('is planned by its tasks, and the plan says so for the executor', () => {
    const planned = plannedOf({ deployments, tasksBegan: [hours(4), hours(2)] }, { labelChange: there })
    expect(planned).toMatchObject({ deployment: { id: 'before' }, byTasks: true })
    expect(plannedOf()).not.toHaveProperty('byTasks')
  })

  it('is left alone where its tasks began then as well', () => {
    const skipped = skippedOf({ deployments, tasksBegan: [hours(4)] }, undefined, { labelChange: there })
    expect(skipped).toMatchObject({ reason: 'fresh', text: expect.stringContaining('the oldest of ') })
  })
})
