import { describe, expect, it } from 'vitest'
import {
  aDeployment,
  aDiscovery,
  aMove,
  anInput,
  aRecycle,
  aReference,
  aRevision,
  aService,
  minute,
  movedAt,
  secretArn,
  serviceArn,
  someTasks,
  taskDefinitionArn,
} from './facts.fixture.ts'
import { plan } from './plan.ts'
import { renderPlan } from './render.ts'

const labelChange = aMove()
const tags = (given: Record<string, string>) => ({ tags: { 'breakwater:recycle': 'true', ...given } })
const text = (...given: Parameters<typeof anInput>) => renderPlan(plan(anInput(...given))).join('\n')

describe('a plan in words', () => {
  it('says what moved, what is done when and why, what to know, and what is left alone', () => {
    const billing = aDeployment({
      id: 'ecs-svc/7',
      createdAt: movedAt - 3 * minute,
      rolloutState: 'IN_PROGRESS',
    })
    const risky = { circuitBreaker: false, rollback: false, desired: 1, minimumHealthy: 0 }
    const services = [
      aService('orders', tags({ 'breakwater:canary': 'true' })),
      aService('billing', { ...risky, deployments: [billing] }),
      aService('reports', {
        ...tags({ 'breakwater:wave': '5', 'breakwater:window': 'Sat+Sun 02:00-04:00 Europe/Lisbon' }),
        taskDefinition: taskDefinitionArn('reports'),
      }),
      aService('mailer', tags({ 'breakwater:delay': '15m' })),
      aService('web', { deployments: [aDeployment({ id: 'ecs-svc/9', createdAt: movedAt + 30_000 })] }),
      aService('legacy', { tags: {} }),
      aService('shop', { controller: 'CODE_DEPLOY' }),
      aService('agent', { scheduling: 'DAEMON' }),
      aService('done'),
      aService('typo', tags({ 'breakwater:wave': 'first' })),
      aService('lost', { taskDefinition: taskDefinitionArn('lost') }),
    ]
    const reports = aRevision('reports', {
      references: [aReference(), aReference('prod/key')],
      mutableImages: ['111122223333.dkr.ecr.eu-west-1.amazonaws.com/reports:latest'],
    })
    const document = text([], {
      records: new Map([[serviceArn('done'), aRecycle('done', labelChange)]]),
      others: [aMove({ source: secretArn('prod/key'), name: 'prod/key', movedAt: movedAt + 5 * minute })],
      discovery: aDiscovery(services, {
        revisions: [aRevision('app'), reports],
        others: [someTasks('migrate')],
        problems: ['Cluster old: its services could not be listed: AccessDeniedException'],
      }),
    })
    expect(document).toMatchInlineSnapshot(`
      "Secret prod/db: AWSCURRENT moved to version a1b2c3d4-5678-90ab-cdef-000000000002 at 2026-03-01 10:00:00 UTC.
      Planned at 2026-03-01 10:10:00 UTC, 10 min later, as change prod-db-8fa5d6514bdf-2.
      11 readers found: 4 will be recycled, in 3 waves; 4 hold the old version and will be left alone all the same; 3 are left alone for the reasons below.
      Wave 1 of 3 (canary), at once: 1 service
        prod/orders holds the old version: deployment ecs-svc/1 began at 2026-02-27 10:00:00 UTC, 2 d before the label moved
          reads it in containerDefinitions[0].secrets[0].valueFrom
      Wave 2 of 3 (default), at once: 2 services
        prod/billing holds the old version: deployment ecs-svc/7 began at 2026-03-01 09:57:00 UTC, 3 min before the label moved
          reads it in containerDefinitions[0].secrets[0].valueFrom
          waits until deployment ecs-svc/7 is over, which is under way
          ! No deployment circuit breaker and no alarm: a deployment that fails is noticed by the time limit only.
          ! Its only task stops before the new one runs (minimum healthy 0 %): it is down meanwhile.
        prod/mailer holds the old version: deployment ecs-svc/1 began at 2026-02-27 10:00:00 UTC, 2 d before the label moved
          reads it in containerDefinitions[0].secrets[0].valueFrom
          waits until its delay of 15 min is over: 2026-03-01 10:16:00 UTC, in 6 min
      Wave 3 of 3 (tagged breakwater:wave=5), from 2026-03-07 02:00:00 UTC, in 5 d 15 h: 1 service
        prod/reports holds the old version: deployment ecs-svc/1 began at 2026-02-27 10:00:00 UTC, 2 d before the label moved
          reads it in containerDefinitions[0].secrets[0].valueFrom
          waits until its maintenance window opens
          gets the change of arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/key-a1b2c3 as well
          ! 111122223333.dkr.ecr.eu-west-1.amazonaws.com/reports:latest: a tag that moves; recycling may bring other code than runs now.
      Warnings:
        prod/lost: the task definition could not be read, so that it cannot be known whether it names the source.
        1 task of no service reads it, and nothing here recycles it: migrate.
        Cluster old: its services could not be listed: AccessDeniedException
      Left alone, though the old version is still in use:
        prod/agent (daemon): A daemon's task stops before the next one starts, on every instance: force a new deployment by hand, when that is bearable.
        prod/legacy (not-opted-in): It is not tagged breakwater:recycle=true: tag it, or force a new deployment by hand.
        prod/shop (code-deploy): CodeDeploy makes its deployments: start a deployment with CodeDeploy.
        prod/typo (bad-tag): Its tag breakwater:wave is "first"; allowed is a whole number from 0 to 1000: mend the tag.
      Left alone:
        migrate (standalone-task): No service starts them anew: run them again (1 task, of which it is not known here when they began).
        prod/done (already-recycled): Recycled for this change at 2026-03-01 10:05:00 UTC: deployment ecs-svc/2.
        prod/web (fresh): Its deployment ecs-svc/9 began at 2026-03-01 10:00:30 UTC, after the label moved: it reads the new version."
    `)
  })

  it('says that nothing has to be done', () => {
    expect(text([])).toMatchInlineSnapshot(`
      "Secret prod/db: AWSCURRENT moved to version a1b2c3d4-5678-90ab-cdef-000000000002 at 2026-03-01 10:00:00 UTC.
      Planned at 2026-03-01 10:10:00 UTC, 10 min later, as change prod-db-8fa5d6514bdf-2.
      Nothing found that reads it: nothing to do."
    `)
    const fresh = aDeployment({ createdAt: movedAt + minute })
    expect(text([aService('app', { deployments: [fresh] })])).toMatchInlineSnapshot(`
      "Secret prod/db: AWSCURRENT moved to version a1b2c3d4-5678-90ab-cdef-000000000002 at 2026-03-01 10:00:00 UTC.
      Planned at 2026-03-01 10:10:00 UTC, 10 min later, as change prod-db-8fa5d6514bdf-2.
      1 reader found: none will be recycled; 1 is left alone for the reasons below.
      Left alone:
        prod/app (fresh): Its deployment ecs-svc/1 began at 2026-03-01 10:01:00 UTC, after the label moved: it reads the new version."
    `)
  })

  it('mentions a parameter, of an upper bound, and of the wait for the quiet period', () => {
    const source = 'arn:aws:ssm:eu-west-1:111122223333:parameter/app/db'
    const name = '/app/db'
    const references = [aReference(name, { kind: 'parameter', name, written: name })]
    expect(
      text([], {
        labelChange: aMove({
          kind: 'parameter',
          source,
          name,
          label: 'LATEST',
          versionId: '7',
          bound: 'upper',
        }),
        discovery: aDiscovery([aService('app')], { revisions: [aRevision('app', { references })] }),
        now: movedAt + 5_000,
      }),
    ).toMatchInlineSnapshot(`
      "Parameter /app/db got version 7, at the latest at 2026-03-01 10:00:00 UTC.
      Planned at 2026-03-01 10:00:05 UTC, 5 s later, as change app-db-5778e378ec11-2.
      1 reader found: 1 will be recycled, in 1 wave.
      Wave 1 of 1 (canary), from 2026-03-01 10:01:00 UTC, in 55 s: 1 service
        prod/app holds the old version: deployment ecs-svc/1 began at 2026-02-27 10:00:00 UTC, 2 d before the label moved
          reads it in containerDefinitions[0].secrets[0].valueFrom
          waits until the quiet period is over, as more may change
      Warnings:
        No event says when the label moved, only that it was no later than 2026-03-01 10:00:00 UTC: services that began shortly before may be recycled though they have the new version."
    `)
  })

  it('says why a service counts as stale that began at the same time, or later and failed', () => {
    const same = aDeployment({ createdAt: movedAt + 400 })
    const failed = aDeployment({ id: 'new', createdAt: movedAt + minute, rolloutState: 'FAILED' })
    const lines = text([
      aService('a', { deployments: [same] }),
      aService('b', { deployments: [failed, aDeployment({ id: 'old', status: 'ACTIVE' })] }),
      aService('c', { deployments: [failed] }),
    ])
    expect(lines).toContain('began at 2026-03-01 10:00:00 UTC, in the very second in which the label moved\n')
    expect(lines).toMatch(
      /began at 2026-03-01 10:01:00 UTC, after the label moved, and \d+ tasks of before run beside it\n/,
    )
  })
})

it('the value of a tag put control characters on the terminal', () => {
  const hostile = 'x\u001b[2J\u009b2J\u202e'
  const document = text([
    aService('typo', tags({ 'breakwater:wave': hostile, 'breakwater:window': hostile })),
  ])
  expect(document).toContain('typo')
  expect(document.replaceAll('\n', '')).not.toMatch(/[\p{Control}\u202e]/u)
})
