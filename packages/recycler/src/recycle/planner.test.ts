import { describe, expect, it } from 'vitest'
import { fakeService, within } from '../discover/fleet.fixture.ts'
import type {
  PlanAnswer,
  RecycleReport,
  StaleAnswer,
  VerifyAnswer,
  VerifyRequest,
} from '../workflow/protocol.ts'
import { db, makeWorld } from './planner.fixture.ts'
import type { ReconcileResult } from './reconcile.ts'

type World = ReturnType<typeof makeWorld>

const minute = 60_000

/** The secret moved, and the quiet period is over. */
async function rotated(options = {}): Promise<World> {
  const world = makeWorld(options)
  await world.plan('before')
  world.rotate('v2')
  await world.clock.advance(2 * minute)
  return world
}

async function verify(
  { planner }: World,
  execution: string,
  { change, labelChange, wave }: PlanAnswer,
  outcome: 'recycled' | 'failed' | 'left-alone' = 'recycled',
): Promise<VerifyAnswer> {
  const outcomes = wave!.services.map(target => ({ target, outcome, reason: 'because', polls: 2 }))
  const { number, name } = wave!
  const request: VerifyRequest = {
    action: 'verify',
    execution,
    change,
    labelChange,
    wave: { number, name },
    outcomes,
  }
  return (await planner.answer(request)) as VerifyAnswer
}

describe('a plan', () => {
  it('begins with a canary, goes on with the rest, and is over once all are fresh', async () => {
    const world = await rotated()
    const first = await world.plan('one')
    expect(first).toMatchObject({
      next: 'wave',
      wave: { name: 'canary' },
      labelChange: { versionId: 'v2', sequence: 2 },
    })
    expect(world.targets(first)).toEqual(['shop/a'])
    world.deploy('a')
    expect(await verify(world, 'one', first)).toEqual({ ok: true, failed: [], recycled: 1 })
    const second = await world.plan('one', {}, 1)
    expect(world.targets(second)).toEqual(['shop/b'])
    world.deploy('b')
    await verify(world, 'one', second)
    expect(await world.plan('one', {}, 2)).toMatchObject({ next: 'over', ending: 'finished' })
    const report = (await world.planner.answer({
      action: 'report',
      execution: 'one',
      input: { secretId: 'db' },
      change: first.change,
      ending: 'finished',
    })) as RecycleReport
    expect(report).toMatchObject({
      secret: db,
      versionId: 'v2',
      ending: 'finished',
      counts: { candidates: 3, stale: 3, recycled: 2, skipped: 1, failed: 0 },
      recycled: ['shop/a', 'shop/b'],
      skipped: [{ service: 'shop/c', reason: 'not-opted-in' }],
    })
    expect((await world.records.run(first.change)).value).toMatchObject({ status: 'finished' })
    const acts = (await world.records.audits(db, 50)).map(({ act }) => act)
    for (const act of ['recorded', 'planned', 'skipped', 'wave-begun', 'verified', 'reported']) {
      expect(acts).toContain(act)
    }
  })

  it('recycled a service every morning whose tasks had all been gone overnight', async () => {
    const world = await rotated()
    world.tasks.set('a', [world.clock.now() - 1_000, world.clock.now()])
    world.tasks.set('b', [world.clock.now() - 3_600_000, world.clock.now()])
    const first = await world.plan('one')
    expect(world.targets(first)).toEqual(['shop/b'])
    expect(first.remaining!.map(arn => arn.at(-1))).toEqual(['b'])
    const { stale } = (await world.planner.answer({ action: 'reconcile' })) as ReconcileResult
    expect(stale).toBe(1)
  })

  it('looks at the tasks of no more than fifty services, and takes the others to be as old as their deployments', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `s${index}`)
    const world = makeWorld({}, names)
    await world.plan('before')
    world.rotate('v2')
    await world.clock.advance(2 * minute)
    for (const name of names) world.tasks.set(name, [world.clock.now()])
    const answer = await within(world.clock, world.plan('one'))
    expect(world.calls.filter(({ action }) => action === 'ListTasks')).toHaveLength(50)
    expect(answer.remaining).toHaveLength(10)
  })

  it('was over while a deployment that never ends ran beside all the old tasks', async () => {
    const world = await rotated({ canaries: 0 })
    // Somebody else deploys after the rotation; its tasks do not start, and nothing ends it.
    world.deploy('a', { rolloutState: 'IN_PROGRESS', desiredCount: 2, runningCount: 0 })
    const [hung] = world.made.get('a')!.deployments
    const old = { ...hung!, id: 'ecs-svc/old', status: 'ACTIVE', runningCount: 2, createdAt: 1_700_000_000 }
    world.made.set('a', { ...world.made.get('a')!, deployments: [hung!, old] })
    const first = await world.plan('one')
    expect(world.targets(first)).toEqual(['shop/a', 'shop/b'])
    world.deploy('b')

    // Until its time is up it is waited for; then it is left alone, and no all-clear is given.
    await world.clock.advance(31 * minute)
    const ended = await world.plan('one', {}, 1)
    expect(ended).toMatchObject({ next: 'over', ending: 'failed' })
    const { value: run } = await world.records.run(first.change)
    expect(run).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(
        /^shop\/a: Its deployment ecs-svc\/a-2, of another origin, is not over after \d+ minutes \(0 of 2 tasks run\)/,
      ),
    })
    // However often it is asked, as long as the old tasks run.
    expect(await world.plan('two')).toMatchObject({ next: 'over', ending: 'failed' })
    const result = (await world.planner.answer({ action: 'reconcile' })) as ReconcileResult
    expect(result).toMatchObject({ stale: 0, leftAlone: 2, started: [] })
    world.deploy('a')
    expect(await world.plan('three')).toMatchObject({ next: 'over', ending: 'finished' })
  })

  it('had a service in none of its lists that somebody else deployed between two plans', async () => {
    const world = await rotated()
    const first = await world.plan('one')
    world.deploy('a')
    await verify(world, 'one', first)
    world.deploy('b')
    expect(await world.plan('one', { services: first.remaining } as object, 1)).toMatchObject({
      ending: 'finished',
    })
    expect(await world.records.execution('one')).toMatchObject({
      counts: { candidates: 3, recycled: 1, skipped: 2 },
      recycled: ['shop/a'],
      skipped: [
        { service: 'shop/c', reason: 'not-opted-in' },
        { service: 'shop/b', reason: 'fresh' },
      ],
    })
  })

  it('looks at all services once, and then at those that remain', async () => {
    const world = await rotated()
    const first = await world.plan('one')
    expect(first.remaining!.map(arn => arn.at(-1))).toEqual(['a', 'b'])
    world.deploy('a')
    await verify(world, 'one', first)
    const request = { action: 'plan', execution: 'one', input: { secretId: 'db' }, recycled: 1 } as const
    const second = (await world.planner.answer({ ...request, services: first.remaining! })) as PlanAnswer
    expect(world.targets(second)).toEqual(['shop/b'])
    expect(second.remaining!.map(arn => arn.at(-1))).toEqual(['b'])
    const counts = { candidates: 3, stale: 3, skipped: 1 }
    const report = await world.planner.answer({ ...request, action: 'report', ending: 'finished' })
    expect(report).toMatchObject({ counts })
  })

  it('waits for the quiet period', async () => {
    const world = makeWorld()
    await world.plan('before')
    world.rotate('v2')
    const answer = await world.plan('one')
    expect(answer).toMatchObject({ next: 'wait' })
    expect(answer.seconds).toBeLessThanOrEqual(61)
    await world.clock.advance(answer.seconds! * 1_000)
    expect(await world.plan('one')).toMatchObject({ next: 'wave' })
  })

  it('of a dry run is rendered in words, recycles nothing and blocks no other', async () => {
    const world = await rotated()
    const answer = await world.plan('dry', { dryRun: true })
    expect(answer).toMatchObject({ next: 'over', ending: 'dry-run' })
    const report = (await world.planner.answer({
      action: 'report',
      execution: 'dry',
      input: { secretId: 'db', dryRun: true },
      change: answer.change,
      ending: 'dry-run',
    })) as RecycleReport
    expect(report.plan!.join('\n')).toMatch(/canary[\s\S]*shop\/a/)
    expect((await world.records.run(answer.change)).value).toBeUndefined()
    expect(await world.plan('one')).toMatchObject({ next: 'wave' })
  })

  it('is a dry run unless the installation was switched on, whatever the input says', async () => {
    const world = await rotated({ dryRun: true })
    expect(await world.plan('one', { dryRun: false })).toMatchObject({ next: 'over', ending: 'dry-run' })
  })

  it('stops at the kill switch, and goes on after it', async () => {
    const world = await rotated()
    await world.records.killSwitch.stop({ by: 'ana', reason: 'test' })
    expect(await world.plan('one')).toMatchObject({ next: 'over', ending: 'stopped' })
    await world.records.killSwitch.release({ by: 'ana', reason: 'test' })
    expect(await world.plan('one')).toMatchObject({ next: 'wave' })
  })

  it('is for one execution at a time; a dead one is followed', async () => {
    const world = await rotated()
    await world.plan('one')
    world.running.add('one')
    expect(await world.plan('two')).toMatchObject({ next: 'over', ending: 'already-running' })
    world.running.delete('one')
    const answer = await world.plan('two')
    expect(answer).toMatchObject({ next: 'wave' })
    expect((await world.records.run(answer.change)).value).toMatchObject({ attempt: 2, execution: 'two' })
  })

  it('ends as superseded where the label moved again, and sees to it that the new version is taken up', async () => {
    const world = await rotated()
    await world.plan('one', { sequence: 2 })
    world.rotate('v3')
    const answer = await world.plan('one', { sequence: 2 })
    expect(answer).toMatchObject({ next: 'over', ending: 'superseded' })
    expect(world.started).toEqual([expect.stringMatching(/^db-\w+-3-1$/)])
    expect(answer.change).toMatch(/-2$/)
  })

  it.each([
    [150, 0],
    [9, 750],
  ])(
    'hands over before its history grows too long, and the heir may go on at once: %d, %d',
    async (...so) => {
      const world = await rotated()
      await world.plan('one', { sequence: 2 })
      world.running.add('one')
      const answer = await world.plan('one', { sequence: 2 }, ...so)
      expect(answer).toMatchObject({ next: 'handover', input: { secretId: 'db', sequence: 2 } })
      expect(await world.plan('heir', answer.input!)).toMatchObject({ next: 'wave' })
    },
  )

  it('names a secret that is not there', async () => {
    const { plan } = makeWorld()
    const error = await plan('one', { secretId: 'other' }).catch(error => error)
    expect(error).toMatchObject({ name: 'UnknownSourceError' })
    expect(error.message).toMatch(/^secretId: got "other"/)
    // Of a secret that is there it is the label that is wrong.
    expect((await plan('one', { label: 'GREEN' }).catch(error => error)).message).toBe(
      'label: got "GREEN"; allowed is one that db has: AWSCURRENT',
    )
    // Once there was a plan, it has gone since, which is no bad input.
    await plan('two')
    expect(await plan('two', { secretId: 'other' }).catch(error => error)).toMatchObject({
      name: 'TypeError',
    })
  })

  it('that was stopped says in its report of what, by whom, why and until when', async () => {
    const world = await rotated()
    const until = world.clock.now() + 3_600_000
    await world.records.killSwitch.stop({ by: 'ana', reason: 'the database is being moved.', until })
    const { change, ending } = await world.plan('one')
    expect(ending).toBe('stopped')
    const request = {
      action: 'report',
      execution: 'one',
      input: { secretId: 'db' },
      change,
      ending: ending!,
    } as const
    expect(await world.planner.answer(request)).toMatchObject({
      secret: db,
      label: 'AWSCURRENT',
      versionId: 'v2',
      message: `ana stopped all recycles until ${new Date(until).toISOString()}: the database is being moved. Nothing is recycled as long as it is so; the next reconcile after that goes on.`,
    })
  })

  it('gives the same wave out only so often, as nothing would ever come of it', async () => {
    const world = await rotated()
    let answer = await world.plan('one')
    for (let times = 0; times < 10 && answer.next === 'wave'; times++) {
      await verify(world, 'one', answer, 'left-alone')
      answer = await world.plan('one')
    }
    expect(answer).toMatchObject({ next: 'over', ending: 'failed' })
  })
})

describe('a wave that is not well', () => {
  it('ends it all until a person starts it again', async () => {
    const world = await rotated()
    const wave = await world.plan('one', { sequence: 2 })
    expect(await verify(world, 'one', wave, 'failed')).toMatchObject({
      ok: false,
      failed: [{ name: 'shop/a', reason: 'because' }],
    })
    expect(await world.plan('one', { sequence: 2 })).toMatchObject({ next: 'over', ending: 'failed' })
    expect(await world.plan('two', { sequence: 2 })).toMatchObject({ next: 'over', ending: 'failed' })
    expect((await world.planner.answer({ action: 'reconcile' })) as ReconcileResult).toMatchObject({
      started: [],
    })
    const report = (await world.planner.answer({
      action: 'report',
      execution: 'one',
      input: { secretId: 'db' },
      change: wave.change,
      ending: 'failed',
    })) as RecycleReport
    expect(report.message).toMatch(/^canary: shop\/a: because.*rollback does not bring the old version back/)
    expect(await world.plan('by hand')).toMatchObject({ next: 'wave', wave: { name: 'canary' } })
  })

  it('is seen although the outcomes say otherwise', async () => {
    const world = await rotated()
    const wave = await world.plan('one')
    // Nothing was deployed at all.
    expect(await verify(world, 'one', wave)).toMatchObject({ ok: false })
    const other = await rotated()
    const again = await other.plan('one')
    other.deploy('a', { rolloutState: 'FAILED', rolloutStateReason: 'tasks failed to start' })
    expect(await verify(other, 'one', again)).toMatchObject({
      failed: [{ name: 'shop/a', reason: 'tasks failed to start' }],
    })
  })

  it('is not one in which all services were left alone, and that shows nothing either', async () => {
    const world = await rotated()
    const wave = await world.plan('one')
    expect(await verify(world, 'one', wave, 'left-alone')).toEqual({ ok: true, failed: [], recycled: 0 })
    expect(await world.plan('one')).toMatchObject({ wave: { name: 'canary' } })
  })
})

describe('the reconcile', () => {
  it('finds a label change that no event reported, and starts it once', async () => {
    const world = makeWorld()
    await world.planner.answer({ action: 'reconcile' })
    world.rotate('v2')
    await world.clock.advance(minute)
    const found = (await world.planner.answer({ action: 'reconcile' })) as ReconcileResult
    expect(found).toMatchObject({ sources: 1, stale: 2, leftAlone: 1 })
    expect(found.started).toEqual([expect.stringMatching(/^db-\w+-2-1-\w+$/)])
    await world.plan(found.started[0]!, { sequence: 2 })
    expect((await world.planner.answer({ action: 'reconcile' })) as ReconcileResult).toMatchObject({
      started: [],
    })
    expect(world.figures.at(-1)).toMatchObject({ staleServices: 2, leftAlone: 1, oldestStaleMs: minute })
  })

  it('passed over in silence what it could not see', async () => {
    const world = makeWorld()
    const there = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf'
    const here = (name: string) => `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}`
    const reads = { far: there, gone: here('old-AbCdEf'), green: `${here('db-AbCdEf')}::GREEN:` }
    for (const [name, valueFrom] of Object.entries(reads)) {
      world.definitions[`${name}:1`] = [{ name: 'app', image: 'app:1', secrets: [{ name: 'S', valueFrom }] }]
      for (const service of [name, `${name}-2`])
        world.made.set(service, fakeService('shop', service, `${name}:1`))
    }
    const found = (await world.planner.answer({ action: 'reconcile' })) as ReconcileResult
    expect(found).toMatchObject({ sources: 1, unseen: 3 })
    expect(found.problems).toEqual([
      `${there}, read by shop/far, shop/far-2: it is in eu-central-1, and only eu-west-1 is looked at: it is not known whether they hold the current version`,
      `${reads.green.slice(0, -8)}, read by shop/green, shop/green-2: no version of it has the label GREEN`,
      `${reads.gone}, read by shop/gone, shop/gone-2: there is no such secret`,
    ])
    expect(world.figures.at(-1)).toMatchObject({ unseen: 3 })
  })

  it('takes up what died, and what was never begun', async () => {
    const world = await rotated()
    await world.plan('one', { sequence: 2 })
    const found = (await world.planner.answer({ action: 'reconcile' })) as ReconcileResult
    expect(found.started).toEqual([expect.stringMatching(/-2-2-\w+$/)])
    world.running.clear()
    await world.clock.advance(minute)
    const again = (await world.planner.answer({ action: 'reconcile' })) as ReconcileResult
    expect(again.started).toHaveLength(1)
  })

  it('finishes where no service is stale, and where tags or descriptions change', async () => {
    const world = makeWorld()
    for (const name of ['a', 'b', 'c']) world.deploy(name)
    await world.clock.advance(minute)
    const found = (await world.planner.answer({ action: 'reconcile' })) as ReconcileResult
    expect(found).toMatchObject({ stale: 0, started: [] })
    expect(world.figures.at(-1)).toEqual({ staleServices: 0, leftAlone: 0, unseen: 0, oldestStaleMs: 0 })
  })
})

describe('who is stale now', () => {
  const ask = async (world: World, request = {}) =>
    (await world.planner.answer({ action: 'stale', ...request })) as StaleAnswer

  it('is answered for all that services read, and begins nothing', async () => {
    const world = makeWorld()
    expect(await ask(world)).toEqual({
      stale: 0,
      plans: [],
      problems: [],
      text: ['No service holds an old version of what was seen.'],
    })
    world.rotate('v2')
    await world.clock.advance(minute)
    const { stale, plans, text } = await ask(world)
    expect(stale).toBe(3)
    expect(plans.map(({ labelChange, counts }) => [labelChange.source, counts.planned])).toEqual([[db, 2]])
    expect(text.join('\n')).toMatch(/shop\/a/)
    const { started } = (await world.planner.answer({ action: 'reconcile' })) as ReconcileResult
    expect(started).toHaveLength(1)
  })

  it('is answered for one source by its name, fresh or not, or why it cannot be', async () => {
    const world = makeWorld()
    const { stale, plans, problems } = await ask(world, { secretId: 'db' })
    expect([stale, plans.length, problems]).toEqual([0, 1, []])
    const unknown = await ask(world, { secretId: 'dbx' })
    expect(unknown).toMatchObject({ stale: 0, plans: [] })
    expect(unknown.text).toEqual(['Nothing was seen.', expect.stringMatching(/^dbx: /)])
    const green = await ask(world, { secretId: 'db', label: 'GREEN' })
    expect(green.problems).toEqual(['db: no version of it has the label GREEN'])
  })

  it.each([
    [{ secretId: 7 }, 'secretId'],
    [{ secretId: '' }, 'secretId'],
    [{ label: 'AWSCURRENT' }, 'label'],
  ])('refuses %j', async (request, name) => {
    await expect(ask(makeWorld(), request)).rejects.toThrow(name)
  })
})

describe('the trigger', () => {
  const moved = (versionId: string, at: number) =>
    ({
      kind: 'changed',
      sourceKind: 'secret',
      secretId: db,
      label: 'AWSCURRENT',
      versionId,
      at,
      origin: 'label-updated',
      account: '123456789012',
    }) as const

  it('starts one execution for a change, however often and late its event comes', async () => {
    const world = makeWorld()
    await world.plan('before')
    world.rotate('v2')
    const event = moved('v2', world.clock.now())
    expect(await world.trigger.handle(event)).toMatchObject({ outcome: 'started' })
    expect(await world.trigger.handle(event)).toMatchObject({ outcome: 'exists' })
    await world.plan(world.started[0]!, { sequence: 2 })
    await world.clock.advance(86_400_000)
    expect(await world.trigger.handle(event)).toMatchObject({ outcome: 'exists' })
    expect(world.started).toHaveLength(1)
  })

  it('takes a label that went away and came back for a change of its own', async () => {
    const world = makeWorld()
    await world.plan('before')
    for (const version of ['v2', 'v1', 'v2']) {
      world.rotate(version)
      await world.trigger.handle(moved(version, world.clock.now()))
      await world.clock.advance(10 * minute)
    }
    expect(world.started.map(name => name.at(-3))).toEqual(['2', '3', '4'])
  })

  it('ignores what is no change, and keeps on record what a person should see', async () => {
    const { trigger, records, started } = makeWorld()
    expect(await trigger.handle({ kind: 'ignored', why: 'no reason' })).toEqual({
      outcome: 'ignored',
      why: 'no reason',
    })
    const failed = { kind: 'attention', what: 'RotationFailed', secretId: db, at: 0, account: '1' } as const
    await trigger.handle(failed)
    expect(await records.audits(db)).toMatchObject([{ act: 'attention', reason: 'RotationFailed' }])
    const gone = { ...moved('v1', 0), secretId: `${db}x` }
    expect(await trigger.handle(gone)).toMatchObject({ outcome: 'ignored' })
    expect(started).toEqual([])
  })
})

it('the planner refuses what it is not asked to do', () => {
  const { planner } = makeWorld()
  expect(() => planner.answer({ action: 'delete' } as never)).toThrow(/^action: got "delete"/)
  expect(() => planner.answer(undefined as never)).toThrow(TypeError)
})
