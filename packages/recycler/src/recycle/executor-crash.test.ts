import { describe, expect, it } from 'vitest'
import { type Crash, crashing, makeWorld } from './executor.fixture.ts'

type World = Awaited<ReturnType<typeof makeWorld>>

/** Starts in a process that ends at a step, then in others until it is done. Answers whether it came to that step. */
async function startWith(world: World, crash: Crash): Promise<boolean> {
  const { step, died } = crashing(crash)
  const { executor } = world.start({ step })
  const first = await world.pass(Promise.race([executor.start(world.request()), died]))
  world.forget()
  return first === 'died'
}

/** What must be so at the end. */
async function expectOnce(world: World) {
  const { executor } = world.start()
  const answer = await world.see(executor)
  expect(world.ecs.updates).toHaveLength(1)
  const [primary] = world.ecs.services.values().next().value!.deployments
  expect(answer).toMatchObject({ state: 'started', deployment: primary!.id })
  expect(await world.audits('started')).toHaveLength(1)
  const { value } = await world.records.service(world.request().target.service)
  expect(value).not.toHaveProperty('intent')
  expect(value?.last).toMatchObject({ deployment: primary!.id, outcome: 'started' })
  return answer
}

describe('A process that ends in the middle', () => {
  it('knows all its steps', async () => {
    const world = await makeWorld()
    const { step, steps } = crashing(undefined)
    const answer = await world.pass(world.start({ step }).executor.start(world.request()))
    expect(answer.state).toBe('started')
    // Situation, service; slot; intent; UpdateService; record; audit.
    expect(steps).toEqual([
      'read',
      'DescribeServices',
      'read',
      'write',
      'write',
      'UpdateService',
      'write',
      'write',
    ])
  })

  for (const when of ['before', 'after'] as const) {
    it(`makes one UpdateService, whatever step of starting it ends ${when}`, async () => {
      let step = 0
      for (let crashed = true; crashed; ) {
        const world = await makeWorld()
        crashed = await startWith(world, { step: ++step, when })
        await expectOnce(world)
      }
      expect(step).toBe(9)
    })

    it(`makes one UpdateService where it ends twice, ${when} a step`, async () => {
      for (let first = 1; first <= 8; first++) {
        for (let second = 1; second <= 8; second++) {
          const world = await makeWorld()
          await startWith(world, { step: first, when })
          await world.clock.advance(30_000)
          await startWith(world, { step: second, when })
          await expectOnce(world)
        }
      }
    })

    for (const outcome of ['completed', 'failed'] as const) {
      it(`puts on record that a deployment ${outcome}, whatever step of looking it ends ${when}`, async () => {
        let step = 0
        for (let crashed = true; crashed; ) {
          const world = await makeWorld()
          const request = world.checkOf(await expectOnce(world))
          if (outcome === 'completed') world.ecs.complete('web')
          else world.ecs.fail('web', true)
          const process = crashing({ step: ++step, when })
          const checking = world.start({ step: process.step }).executor.check(request)
          crashed = (await world.pass(Promise.race([checking, process.died]))) === 'died'
          world.forget()
          const answer = await world.pass(world.start().executor.check(request))
          expect(answer.state).toBe(outcome)
          const { value } = await world.records.service(request.target.service)
          expect(value?.last?.outcome).toBe(outcome)
          expect((await world.records.run(request.change)).value?.status).toBe(
            outcome === 'failed' ? 'failed' : 'running',
          )
          expect((await world.audits(outcome)).length).toBeGreaterThan(0)
          expect(world.ecs.updates).toHaveLength(1)
        }
        expect(step).toBeGreaterThan(5)
      })
    }
  }

  it('marks the run before anything else where a deployment failed', async () => {
    const world = await makeWorld()
    const request = world.checkOf(await expectOnce(world))
    world.ecs.fail('web')
    const process = crashing({ step: 4, when: 'after' })
    await world.pass(
      Promise.race([world.start({ step: process.step }).executor.check(request), process.died]),
    )
    expect(process.steps).toEqual(['read', 'DescribeServices', 'read', 'write'])
    world.forget()
    expect((await world.records.run(request.change)).value).toMatchObject({
      status: 'failed',
      reason: 'shop/web: tasks failed to start',
    })
    world.ecs.add('api')
    expect(await world.see(world.start().executor, 'api')).toMatchObject({
      state: 'left-alone',
      reason: 'halted',
    })
    expect(world.ecs.updates).toHaveLength(1)
  })
})
