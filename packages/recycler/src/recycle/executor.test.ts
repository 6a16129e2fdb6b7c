import { isCircuitOpenError } from '@breakwater/circuit'
import { describe, expect, it } from 'vitest'
import { MemoryRecyclerStore } from '../records/memory.ts'
import { ServiceFault } from '../sdk.fixture.ts'
import { arnOf } from './ecs.fixture.ts'
import { makeWorld, type Step, source } from './executor.fixture.ts'
import { Executor } from './executor.ts'
import { seeded } from './seeded.fixture.ts'
import { sharedBucket } from './shared-bucket.ts'

type World = Awaited<ReturnType<typeof makeWorld>>

const startOf = (world: World, options?: Parameters<World['start']>[0], name?: string) =>
  world.pass(world.start(options).executor.start(world.request(name)))

/** Answers UpdateService in ECS's place so many times: by an error, before or after it is carried out. */
function failing(error: Error, times = Infinity, when: 'before' | 'after' = 'before'): Step {
  let left = times
  return async (what, take) => {
    if (what !== 'UpdateService' || left-- <= 0) return take()
    if (when === 'after') await take()
    throw error
  }
}
const throttling = new ServiceFault('ThrottlingException', 'Rate exceeded')

describe('Executor.start', () => {
  it('asks for a new deployment of the same service, and for nothing else', async () => {
    const world = await makeWorld()
    const answer = await startOf(world)
    const [update] = world.ecs.updates
    const { cluster, service } = world.request().target
    expect(update?.input).toEqual({ cluster, service, forceNewDeployment: true })
    expect(answer).toEqual({ state: 'started', deployment: 'ecs-svc/2', startedAt: update?.at, seconds: 3 })
    expect((await world.records.service(service)).value).toEqual({
      service,
      last: {
        execution: 'db-1f-1-1',
        at: update?.at,
        deployment: 'ecs-svc/2',
        labelChange: { source, label: 'AWSCURRENT', versionId: 'v2', sequence: 1 },
        outcome: 'started',
      },
    })
    expect(await world.records.audits(source)).toEqual([
      {
        at: update?.at,
        act: 'started',
        change: 'db-1f-1',
        execution: 'db-1f-1-1',
        label: 'AWSCURRENT',
        versionId: 'v2',
        sequence: 1,
        service,
        deployment: 'ecs-svc/2',
      },
    ])
    expect(world.clock.pending).toBe(0)
  })

  it('answers the same when asked again, and recycles once', async () => {
    const world = await makeWorld()
    const first = await startOf(world)
    expect(await startOf(world)).toEqual(first)
    world.ecs.complete('web')
    await world.pass(world.start().executor.check(world.checkOf(first)))
    expect(await startOf(world)).toEqual(first)
    expect(world.ecs.updates).toHaveLength(1)
    expect(await world.audits('started')).toHaveLength(1)
  })

  it('recycles once however many are at it at the same time', async () => {
    const world = await makeWorld()
    const { executor: one } = world.start()
    const { executor: two } = world.start()
    const asked = Array.from({ length: 10 }, (_, at) => world.see(at % 2 ? one : two))
    const answers = await Promise.all(asked)
    expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]?.state).toBe('started')
    expect(world.ecs.updates).toHaveLength(1)
    expect(await world.audits('started')).toHaveLength(1)
  })

  it('recycles once, however many executors run at the same time, in whatever order things happen', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const world = await makeWorld()
      const random = seeded(seed)
      const lag = () => Math.floor(random() * 90)
      const started = Array.from({ length: 3 }, () => {
        // Buckets of their own, so that nothing but the record of the service keeps them apart.
        const bucket = sharedBucket({ store: new MemoryRecyclerStore(), name: 'own', clock: world.clock })
        return world.see(world.start({ lag, bucket }).executor)
      })
      const answers = await Promise.all(started)
      expect(world.ecs.updates).toHaveLength(1)
      // But for when to look again, which depends on when it was asked.
      const same = answers.map(answer => JSON.stringify({ ...answer, seconds: 0 }))
      expect(new Set(same).size).toBe(1)
      expect(answers[0]?.state).toBe('started')
      expect(await world.audits('started')).toHaveLength(1)
    }
  })

  it('keeps to two UpdateServices a second with many services', async () => {
    const world = await makeWorld()
    const names = Array.from({ length: 12 }, (_, at) => `s${at}`)
    for (const name of names) world.ecs.add(name)
    const { executor: one } = world.start()
    const { executor: two } = world.start()
    await Promise.all(names.map((name, at) => world.see(at % 2 ? one : two, name)))
    const times = world.ecs.updates.map(({ at }) => at)
    expect(times).toHaveLength(12)
    for (const [at, time] of times.slice(2).entries()) expect(time - times[at]!).toBeGreaterThanOrEqual(1_000)
  })

  it('says when to come again where the rate is used up, and holds nothing', async () => {
    const world = await makeWorld()
    const { executor, bucket } = world.start({ rateWaitMs: 1_000 })
    for (let slot = 0; slot < 9; slot++) await bucket.reserve()
    const answer = await world.pass(executor.start(world.request()))
    expect(answer).toMatchObject({ state: 'busy', seconds: 8, why: expect.stringContaining('rate') })
    expect((await world.records.service(arnOf('web'))).value).toBeUndefined()
    expect(await world.see(executor)).toMatchObject({ state: 'started' })
  })

  const leaves: Record<string, [(world: World) => unknown, object]> = {
    'while all recycles are stopped': [
      ({ records }) => records.killSwitch.stop({ by: 'ana', reason: 'database moves' }),
      { reason: 'stopped', text: 'ana stopped all recycles: database moves' },
    ],
    'of a change that was halted': [
      ({ records, request }) => records.failRun(request().change, 'shop/api: no'),
      { reason: 'halted', text: 'db-1f-1 was halted: shop/api: no' },
    ],
    'of a change that was stopped': [
      ({ records, run }) => records.saveRun({ ...run, status: 'stopped', reason: 'by ana' }, 1),
      { reason: 'stopped' },
    ],
    'of a change that is over': [
      ({ records, run }) => records.saveRun({ ...run, status: 'finished' }, 1),
      { reason: 'superseded' },
    ],
    'of a change that another execution works on': [
      ({ records, run }) => records.saveRun({ ...run, execution: 'db-1f-1-2', attempt: 2 }, 1),
      { reason: 'superseded', text: 'db-1f-1-2 works on db-1f-1' },
    ],
    'when the label moved again': [
      ({ records, labelChange }) =>
        records.saveLabelChange({ ...labelChange, versionId: 'v3', sequence: 2 }, 1),
      { reason: 'superseded', text: 'the label moved again' },
    ],
    'that is fresh': [
      ({ ecs }) => {
        ecs.deploy('web')
        ecs.complete('web')
      },
      { reason: 'fresh' },
    ],
    'that was opted out meanwhile': [
      ({ ecs }) => {
        ecs.services.get(arnOf('web'))!.tags = [{ key: 'breakwater:recycle', value: 'false' }]
      },
      { reason: 'opted-out', text: 'its tag breakwater:recycle is false' },
    ],
    'whose tag went away': [
      ({ ecs }) => {
        ecs.services.get(arnOf('web'))!.tags = []
      },
      { reason: 'opted-out', text: 'its tag breakwater:recycle is gone' },
    ],
    'whose tag cannot be read': [
      ({ ecs }) => {
        ecs.services.get(arnOf('web'))!.tags.push({ key: 'breakwater:delay', value: 'soon' })
      },
      { reason: 'opted-out', text: expect.stringContaining('breakwater:delay is "soon"') },
    ],
    'that is gone': [({ ecs }) => ecs.services.clear(), { reason: 'gone' }],
    'that is being deleted': [
      ({ ecs }) => {
        ecs.services.get(arnOf('web'))!.status = 'DRAINING'
      },
      { reason: 'gone' },
    ],
    'that runs no tasks': [
      ({ ecs }) => Object.assign(ecs.services.get(arnOf('web'))!, { desiredCount: 0, runningCount: 0 }),
      { reason: 'no-tasks' },
    ],
  }
  for (const [what, [before, left]] of Object.entries(leaves)) {
    it(`leaves a service alone ${what}`, async () => {
      const world = await makeWorld()
      await before(world)
      expect(await startOf(world)).toMatchObject({ state: 'left-alone', ...left })
      expect(world.ecs.updates).toEqual([])
      expect(await world.audits('left-alone')).toMatchObject([{ service: arnOf('web'), ...left }])
      expect((await world.records.service(arnOf('web'))).value).toBeUndefined()
    })
  }

  it('takes all services but those that opted out, where that is the rule', async () => {
    const world = await makeWorld()
    const web = world.ecs.services.get(arnOf('web'))!
    web.tags = [{ key: 'breakwater:recycle', value: 'false' }]
    expect(await startOf(world, { optIn: false })).toMatchObject({ state: 'left-alone', reason: 'opted-out' })
    web.tags = []
    expect(await startOf(world, { optIn: false })).toMatchObject({ state: 'started' })
  })

  it('goes on once a stop is over', async () => {
    const world = await makeWorld()
    await world.records.killSwitch.stop({ by: 'ana', reason: 'lunch', until: world.clock.now() + 60_000 })
    expect(await startOf(world)).toMatchObject({ reason: 'stopped' })
    await world.clock.advance(60_000)
    expect(await startOf(world)).toMatchObject({ state: 'started' })
  })

  it('looks again after a wait for the rate: who was stopped meanwhile is left alone', async () => {
    const world = await makeWorld()
    const { executor, bucket } = world.start()
    for (let slot = 0; slot < 9; slot++) await bucket.reserve()
    const starting = executor.start(world.request())
    await world.pass(world.records.killSwitch.stop({ by: 'ana', reason: 'no' }))
    expect(await world.pass(starting)).toMatchObject({ state: 'left-alone', reason: 'stopped' })
    expect(world.ecs.updates).toEqual([])
  })

  it('waits for a deployment under way, and never supersedes it', async () => {
    const world = await makeWorld()
    world.ecs.deploy('web').createdAt -= 120
    const busy = { state: 'busy', deployment: 'ecs-svc/2' }
    // A sixth of the minute since the label moved, then of two.
    expect(await startOf(world)).toMatchObject({ ...busy, seconds: 10 })
    await world.clock.advance(60_000)
    expect(await startOf(world)).toMatchObject({ ...busy, seconds: 20 })
    world.ecs.complete('web')
    expect(await startOf(world)).toMatchObject({ state: 'started', deployment: 'ecs-svc/3' })
    expect(world.ecs.updates).toHaveLength(1)
  })

  it('took a service to be fresh whose deployment of after had replaced nothing yet', async () => {
    const world = await makeWorld()
    world.ecs.deploy('web')
    const answer = { state: 'busy', deployment: 'ecs-svc/2', why: 'deployment ecs-svc/2 is under way' }
    expect(await startOf(world)).toMatchObject(answer)
    world.ecs.complete('web')
    expect(await startOf(world)).toMatchObject({ state: 'left-alone', reason: 'fresh' })
    expect(world.ecs.updates).toEqual([])
  })

  it('took a service for fresh whose tasks had shown that it is stale, as its deployment does not', async () => {
    const world = await makeWorld()
    world.ecs.deploy('web')
    world.ecs.complete('web')
    const request = world.request()
    const onDeployment = (deployment: string) => ({ ...request, target: { ...request.target, deployment } })
    const { executor } = world.start()
    const past = await world.pass(executor.start(onDeployment('ecs-svc/1')))
    expect(past).toMatchObject({ state: 'left-alone', reason: 'fresh' })
    const answer = await world.pass(executor.start(onDeployment('ecs-svc/2')))
    expect(answer).toMatchObject({ state: 'started', deployment: 'ecs-svc/3' })
    expect(await world.pass(executor.start(onDeployment('ecs-svc/2')))).toMatchObject(answer)
    expect(world.ecs.updates).toHaveLength(1)
  })

  it('leaves alone what a deployment under way keeps, which does not end: waiting halted all others', async () => {
    const world = await makeWorld()
    world.ecs.deploy('web').createdAt -= 120
    await world.clock.advance(30 * 60_000)
    const text = expect.stringContaining('deployment ecs-svc/2, of another origin, is not over after 31 min')
    expect(await startOf(world)).toEqual({ state: 'left-alone', reason: 'stuck', text })
    expect((await world.records.run(world.run.change)).value?.status).toBe('running')
    expect(world.ecs.updates).toEqual([])
  })

  describe('where UpdateService is throttled', () => {
    it('tries again after a random wait, within the rate, each time through the circuit', async () => {
      const world = await makeWorld()
      const tried: number[] = []
      const step = failing(throttling, 2)
      const spy: Step = (what, take) => {
        if (what === 'UpdateService') tried.push(world.clock.now())
        return step(what, take)
      }
      expect(await startOf(world, { step: spy })).toMatchObject({ state: 'started' })
      expect(world.ecs.updates).toHaveLength(1)
      expect(tried).toHaveLength(3)
      expect(tried[1]! - tried[0]!).toBeGreaterThanOrEqual(1_000)
      expect(tried[2]! - tried[1]!).toBeGreaterThanOrEqual(1_500)
    })

    it('throws at last, and holds nothing', async () => {
      const world = await makeWorld()
      await expect(startOf(world, { step: failing(throttling) })).rejects.toMatchObject({
        name: 'ThrottlingException',
      })
      expect((await world.records.service(arnOf('web'))).value).toEqual({ service: arnOf('web') })
      expect(await startOf(world)).toMatchObject({ state: 'started' })
    })

    it('stops trying once it is stopped', async () => {
      const world = await makeWorld()
      const step: Step = async (what, take) => {
        if (what !== 'UpdateService') return take()
        await world.records.killSwitch.stop({ by: 'ana', reason: 'enough' })
        throw throttling
      }
      expect(await startOf(world, { step })).toMatchObject({ state: 'left-alone', reason: 'stopped' })
      expect((await world.records.service(arnOf('web'))).value).not.toHaveProperty('intent')
    })
  })

  const ambiguous: Record<string, Error> = {
    'a fault of ECS': new ServiceFault('ServerException', 'internal', 500),
    'a broken connection': Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }),
    'an error that says nothing': new Error('what'),
  }
  for (const [what, error] of Object.entries(ambiguous)) {
    for (const when of ['before', 'after'] as const) {
      it(`makes one UpdateService where ${what} came ${when} it was carried out`, async () => {
        const world = await makeWorld()
        const { executor } = world.start({ step: failing(error, 1, when) })
        await expect(world.pass(executor.start(world.request()))).rejects.toThrow()
        const { value } = await world.records.service(arnOf('web'))
        expect(value?.intent).toMatchObject({ primary: 'ecs-svc/1', execution: 'db-1f-1-1' })
        expect(await world.see(executor)).toMatchObject({ state: 'started', deployment: 'ecs-svc/2' })
        expect(world.ecs.updates).toHaveLength(1)
        expect(await world.audits('started')).toHaveLength(1)
      })
    }
  }

  it('makes one UpdateService where its answer does not come in time', async () => {
    for (const when of ['before', 'after'] as const) {
      const world = await makeWorld()
      let first = true
      const step: Step = async (what, take) => {
        if (what !== 'UpdateService' || !first) return take()
        first = false
        if (when === 'after') await take()
        world.forget()
        return new Promise(() => {})
      }
      const { executor } = world.start({ step })
      const starting = executor.start(world.request())
      starting.catch(() => {})
      for (let ms = 0; ms < 8_000; ms += 10) await world.clock.advance(10)
      await expect(starting).rejects.toMatchObject({ name: 'CallTimeoutError', timeoutMs: 5_000 })
      world.forget()
      expect(await world.see(world.start().executor)).toMatchObject({ deployment: 'ecs-svc/2' })
      expect(world.ecs.updates).toHaveLength(1)
    }
  })

  it('leaves a service alone that another may just have recycled, until that has settled', async () => {
    const world = await makeWorld()
    const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
    await expect(startOf(world, { step: failing(reset) })).rejects.toThrow()
    const answer = await startOf(world)
    expect(answer).toMatchObject({ state: 'busy', why: 'db-1f-1-1 may have sent an UpdateService' })
    expect((answer as { seconds: number }).seconds).toBeGreaterThan(15)
    expect(world.ecs.updates).toEqual([])
  })

  const refusals = ['AccessDeniedException', 'InvalidParameterException', 'UnsupportedFeatureException']
  for (const name of refusals) {
    it(`fails where UpdateService is refused: ${name}`, async () => {
      const world = await makeWorld()
      const step = failing(new ServiceFault(name, 'because'))
      const reason = `UpdateService was refused: ${name}: because`
      expect(await startOf(world, { step })).toEqual({ state: 'failed', reason })
      expect((await world.records.run(world.run.change)).value).toMatchObject({
        status: 'failed',
        reason: `shop/web: ${reason}`,
      })
      expect(await world.audits('failed')).toMatchObject([{ service: arnOf('web'), text: reason }])
      expect((await world.records.service(arnOf('web'))).value).toEqual({ service: arnOf('web') })
      expect(await startOf(world)).toMatchObject({ state: 'left-alone', reason: 'halted' })
    })
  }

  for (const name of ['ServiceNotFoundException', 'ServiceNotActiveException', 'ClusterNotFoundException']) {
    it(`takes ${name} for a service that is gone`, async () => {
      const world = await makeWorld()
      const step = failing(new ServiceFault(name, 'gone'))
      expect(await startOf(world, { step })).toMatchObject({ state: 'left-alone', reason: 'gone' })
      expect((await world.records.run(world.run.change)).value?.status).toBe('running')
    })
  }

  it('failed the change of a canary that was deleted during its deployment', async () => {
    const world = await makeWorld()
    const started = await startOf(world)
    world.ecs.services.clear()
    const answer = await world.pass(world.start().executor.check(world.checkOf(started)))
    expect(answer).toMatchObject({ state: 'left-alone', reason: 'gone' })
    expect((await world.records.run(world.run.change)).value?.status).toBe('running')
  })

  it('throws while the circuit is open, and asks ECS nothing', async () => {
    const world = await makeWorld()
    const { executor, circuit } = world.start()
    await circuit.forceOpen({ by: 'ana', reason: 'ECS is down' })
    const error = await world.pass(executor.start(world.request())).catch(error => error)
    expect(isCircuitOpenError(error)).toBe(true)
    expect((await world.records.service(arnOf('web'))).value).toEqual({ service: arnOf('web') })
    await circuit.release({ by: 'ana', reason: 'up again' })
    expect(await world.pass(executor.start(world.request()))).toMatchObject({ state: 'started' })
  })

  it('opens the circuit by faults of ECS, not by refusals', async () => {
    const refused = await makeWorld()
    const one = refused.start({ step: failing(new ServiceFault('AccessDeniedException', 'no')) })
    await refused.pass(one.executor.start(refused.request()))
    expect(one.circuit.status().calls).toMatchObject({ calls: 1, failures: 0 })
    const faulty = await makeWorld()
    const step = failing(new ServiceFault('ServerException', 'no', 500))
    const two = faulty.start({ step, circuit: { consecutiveFailures: 1 } })
    await expect(faulty.pass(two.executor.start(faulty.request()))).rejects.toThrow()
    expect(two.circuit.status().state).toBe('OPEN')
  })

  it('makes one UpdateService even where the circuit repeats calls', async () => {
    const world = await makeWorld()
    const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
    let sent = 0
    let again = 2
    const step: Step = async (what, take) => {
      if (what !== 'UpdateService') return take()
      sent++
      await take()
      throw reset
    }
    const retry = () => ({ idempotent: true, again: async () => again-- > 0 })
    await expect(startOf(world, { step, circuit: { retry } })).rejects.toThrow()
    expect([sent, again]).toEqual([1, -1])
    expect(await world.see(world.start().executor)).toMatchObject({ state: 'started' })
    expect(world.ecs.updates).toHaveLength(1)
  })

  it('takes another slot where it was too slow for its own, and counts no failure for it', async () => {
    const world = await makeWorld()
    let writes = 0
    const step: Step = (what, take) => {
      // The intent takes a second to write, once.
      if (what === 'write' && ++writes === 2) world.clock.freeze(1_000)
      return take()
    }
    const { executor, circuit } = world.start({ step })
    expect(await world.pass(executor.start(world.request()))).toMatchObject({ state: 'started' })
    expect(world.ecs.updates).toHaveLength(1)
    expect(circuit.status().calls).toMatchObject({ calls: 1, failures: 0 })
  })

  it('gives up where it is always too slow, and holds nothing', async () => {
    const world = await makeWorld()
    const step: Step = (what, take) => {
      if (what === 'write') world.clock.freeze(1_000)
      return take()
    }
    expect(await startOf(world, { step })).toMatchObject({
      state: 'busy',
      why: expect.stringContaining('slow'),
    })
    expect((await world.records.service(arnOf('web'))).value).toEqual({ service: arnOf('web') })
    expect(world.ecs.updates).toEqual([])
  })

  it('follows a deployment to its end even if recycles were stopped meanwhile', async () => {
    const world = await makeWorld()
    const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
    await expect(startOf(world, { step: failing(reset, 1, 'after') })).rejects.toThrow()
    await world.records.killSwitch.stop({ by: 'ana', reason: 'enough' })
    expect(await startOf(world)).toMatchObject({ state: 'started', deployment: 'ecs-svc/2' })
  })

  it('asks again where DescribeServices is throttled or in trouble', async () => {
    const world = await makeWorld()
    let left = 2
    const step: Step = (what, take) => {
      if (what === 'DescribeServices' && left-- > 0) throw throttling
      return take()
    }
    expect(await startOf(world, { step })).toMatchObject({ state: 'started' })
  })

  it('throws what DescribeServices is refused with, before anything is on record', async () => {
    const world = await makeWorld()
    const step: Step = (what, take) => {
      if (what === 'DescribeServices') throw new ServiceFault('AccessDeniedException', 'no')
      return take()
    }
    await expect(startOf(world, { step })).rejects.toMatchObject({ name: 'AccessDeniedException' })
    expect((await world.records.service(arnOf('web'))).value).toBeUndefined()
    const gone: Step = (what, take) => {
      if (what === 'DescribeServices') throw new ServiceFault('ClusterNotFoundException', 'no')
      return take()
    }
    expect(await startOf(world, { step: gone })).toMatchObject({ reason: 'gone' })
  })

  it('leaves what it cannot read untouched', async () => {
    const world = await makeWorld()
    const key = { partition: `recycler#service:${arnOf('web')}`, sort: 'service' }
    await world.store.write(key, { service: arnOf('web'), intent: 'soon' })
    await expect(startOf(world)).rejects.toMatchObject({ name: 'StoreError', kind: 'unknown-schema' })
    expect(world.ecs.updates).toEqual([])
    expect((await world.store.read([key]))[0]?.revision).toBe(1)
  })

  it('may be started by hand after a failure, and recycles what the failure left stale', async () => {
    const world = await makeWorld()
    const { executor } = world.start()
    const first = await world.pass(executor.start(world.request()))
    world.ecs.fail('web', true)
    const failed = { state: 'failed', reason: expect.stringContaining('rolled back') }
    expect(await world.pass(executor.check(world.checkOf(first)))).toEqual(failed)
    expect(await world.pass(executor.start(world.request()))).toEqual(failed)
    expect(world.ecs.updates).toHaveLength(1)
    const { value, revision } = await world.records.run(world.run.change)
    await world.records.saveRun({ ...value!, status: 'running', attempt: 2 }, revision)
    expect(await world.pass(executor.start(world.request()))).toMatchObject({ deployment: 'ecs-svc/3' })
    expect(world.ecs.updates).toHaveLength(2)
  })

  it('recycles again for the next label change of the label', async () => {
    const world = await makeWorld()
    const first = await startOf(world)
    world.ecs.complete('web')
    await world.pass(world.start().executor.check(world.checkOf(first)))
    await world.clock.advance(60_000)
    const labelChange = {
      ...world.labelChange,
      versionId: 'v3',
      sequence: 2,
      movedAt: world.clock.now() - 5_000,
    }
    await world.records.saveLabelChange(labelChange, 1)
    const run = { ...world.run, change: 'db-1f-2', labelChange, execution: 'db-1f-2-1' }
    await world.records.saveRun(run, 0)
    const request = { ...world.request(), change: 'db-1f-2', execution: 'db-1f-2-1', labelChange }
    expect(await world.pass(world.start().executor.start(request))).toMatchObject({ deployment: 'ecs-svc/3' })
    expect(await startOf(world)).toMatchObject({ state: 'left-alone', reason: 'superseded' })
  })

  it('refuses bad options by name', async () => {
    const world = await makeWorld()
    const bad = (options: object, text: string) => expect(() => world.start(options as never)).toThrow(text)
    bad({ settleMs: 0 }, 'settleMs: got 0; allowed is')
    bad({ optIn: 'yes' }, 'optIn: got "yes"; allowed is true or false')
    bad({ ecs: {} }, 'ecs: got an object')
    bad({ records: {} }, 'records: got an object')
    bad({ bucket: 2 }, 'bucket: got 2')
    bad({ timeout: 2 }, 'option: got "timeout"')
    expect(() => new Executor(undefined as never)).toThrow(TypeError)
  })
})

describe('Executor.check', () => {
  const started = async () => {
    const world = await makeWorld()
    const { executor } = world.start()
    const request = world.checkOf(await world.pass(executor.start(world.request())))
    const check = () => world.pass(executor.check(request))
    return { world, executor, request, check }
  }

  it('sees a deployment through', async () => {
    const { world, check } = await started()
    expect(await check()).toEqual({ state: 'in-progress', seconds: 3 })
    await world.clock.advance(60_000)
    expect(await check()).toEqual({ state: 'in-progress', seconds: 10 })
    expect(await world.audits('completed')).toEqual([])
    world.ecs.complete('web')
    expect(await check()).toEqual({ state: 'completed' })
    expect(await check()).toEqual({ state: 'completed' })
    expect(await world.audits('completed')).toMatchObject([
      { service: arnOf('web'), deployment: 'ecs-svc/2' },
    ])
    expect((await world.records.service(arnOf('web'))).value?.last?.outcome).toBe('completed')
  })

  it('reports a failure once, and remembers it when ECS does not', async () => {
    const { world, check } = await started()
    world.ecs.fail('web')
    const failed = { state: 'failed', reason: 'tasks failed to start' }
    expect(await check()).toEqual(failed)
    world.ecs.deploy('web')
    world.ecs.complete('web')
    expect(await check()).toEqual(failed)
    expect(await world.audits('failed')).toHaveLength(1)
  })

  it('fails what takes too long', async () => {
    const { world, check } = await started()
    await world.clock.advance(30 * 60_000)
    expect(await check()).toMatchObject({ state: 'failed', reason: expect.stringContaining('30 minutes') })
  })

  it('leaves the record of a later recycle alone', async () => {
    const { world, request, check } = await started()
    const { value, revision } = await world.records.service(arnOf('web'))
    const last = { ...value!.last!, deployment: 'ecs-svc/9' }
    await world.records.saveService({ ...value!, last }, revision)
    world.ecs.complete('web')
    expect(await check()).toEqual({ state: 'completed' })
    expect((await world.records.service(request.target.service)).value?.last).toEqual(last)
  })
})
