import { expect, test } from 'vitest'
import type { Environment, Outcome } from './environment.ts'
import { Scheduler, type SchedulerOptions } from './scheduler.ts'

/** An environment whose invocations end when the test says so. */
class FakeEnvironment implements Environment {
  readonly id: string
  alive = true
  readonly events: string[] = []
  #end: ((outcome: Outcome) => void) | undefined

  constructor(number: number) {
    this.id = `env-${number}`
  }

  invoke(event: string): Promise<Outcome> {
    if (this.#end) throw new Error(`${this.id} is busy`)
    this.events.push(event)
    return new Promise(resolve => {
      this.#end = resolve
    })
  }

  end(outcome: Outcome = { kind: 'answered', value: this.id }): void {
    const end = this.#end
    this.#end = undefined
    end?.(outcome)
  }

  async stop(): Promise<void> {
    this.alive = false
    this.end({ kind: 'crashed', error: { errorType: 'stopped', errorMessage: '', trace: [] } })
  }
}

function setUp(options: Partial<SchedulerOptions> = {}) {
  const environments: FakeEnvironment[] = []
  const start = async (number: number) => {
    const environment = new FakeEnvironment(number)
    environments.push(environment)
    return environment
  }
  const scheduler = new Scheduler({ start, maxEnvironments: 3, ...options })
  const env = (number: number) => environments[number - 1] as FakeEnvironment
  return { scheduler, environments, env }
}

/** Lets everything happen that needs no more than promises. */
const settle = () => new Promise(resolve => setImmediate(resolve))

test('the scheduler starts an environment for each call that finds none free, up to the maximum', async () => {
  const { scheduler, environments } = setUp()
  for (const event of ['a', 'b', 'c', 'd', 'e']) scheduler.invoke(event)
  await settle()
  expect(environments.map(({ events }) => events)).toEqual([['a'], ['b'], ['c']])
  expect(scheduler.started).toBe(3)
})

test('the scheduler gives waiting invocations to the first free environment, in order', async () => {
  const { scheduler, env } = setUp()
  for (const event of ['a', 'b', 'c', 'd', 'e']) scheduler.invoke(event)
  await settle()
  env(2).end()
  await settle()
  env(1).end()
  await settle()
  expect([env(1).events, env(2).events, env(3).events]).toEqual([['a', 'e'], ['b', 'd'], ['c']])
})

test('the scheduler uses the most recently used one first', async () => {
  const { scheduler, env } = setUp()
  scheduler.invoke('a')
  scheduler.invoke('b')
  await settle()
  env(1).end()
  await settle()
  env(2).end()
  await settle()
  scheduler.invoke('c')
  await settle()
  expect(env(2).events).toEqual(['b', 'c'])
  expect(scheduler.started).toBe(2)
})

test('the scheduler warms up ahead of any call', async () => {
  const { scheduler } = setUp()
  await scheduler.warm(2)
  expect([...scheduler.environments].map(({ id }) => id)).toEqual(['env-1', 'env-2'])
})

test('the scheduler replaces an environment that was killed', async () => {
  const { scheduler, env } = setUp({ maxEnvironments: 1 })
  const first = scheduler.invoke('a')
  const second = scheduler.invoke('b')
  await settle()
  env(1).alive = false
  env(1).end({ kind: 'timed-out', afterMs: 3_000 })
  expect(await first).toEqual({ kind: 'timed-out', afterMs: 3_000 })
  await settle()
  env(2).end()
  expect(await second).toEqual({ kind: 'answered', value: 'env-2' })
  expect([...scheduler.environments]).toEqual([env(2)])
})

test('a call beyond those that may wait is throttled', async () => {
  const { scheduler } = setUp({ maxEnvironments: 1, maxWaiting: 1 })
  scheduler.invoke('a')
  await settle()
  scheduler.invoke('b')
  expect(await scheduler.invoke('c')).toEqual({ kind: 'throttled' })
})

test('a call that waited too long has expired, and is not run any more', async () => {
  const { scheduler, env } = setUp({ maxEnvironments: 1, maxWaitMs: 1 })
  scheduler.invoke('a')
  await settle()
  expect(await scheduler.invoke('b')).toEqual({ kind: 'expired' })
  env(1).end()
  await settle()
  expect(env(1).events).toEqual(['a'])
})

test('a function that cannot start answers every call', async () => {
  const start = () => Promise.reject(new Error('broken'))
  const { scheduler } = setUp({ start, maxEnvironments: 2 })
  const outcomes = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(event => scheduler.invoke(event)))
  expect(outcomes).toEqual(
    Array.from({ length: 5 }, () => ({
      kind: 'crashed',
      error: { errorType: 'InitError', errorMessage: 'broken', trace: [] },
    })),
  )
})

test('closing ends every environment and answers those who wait, and later ones', async () => {
  const { scheduler, env } = setUp({ maxEnvironments: 1 })
  const calls = [scheduler.invoke('a'), scheduler.invoke('b')]
  await settle()
  await scheduler.close()
  expect((await Promise.all([...calls, scheduler.invoke('c')])).map(({ kind }) => kind)).toEqual([
    'crashed',
    'throttled',
    'throttled',
  ])
  expect(env(1).alive).toBe(false)
  expect(scheduler.started).toBe(1)
})

test('an environment that comes to life after closing is ended at once', async () => {
  const late = new FakeEnvironment(1)
  let arrive: (environment: Environment) => void = () => {}
  const start = () => new Promise<Environment>(resolve => (arrive = resolve))
  const { scheduler } = setUp({ start })
  const call = scheduler.invoke('a')
  await scheduler.close()
  arrive(late)
  expect(await call).toEqual({ kind: 'throttled' })
  await settle()
  expect(late.alive).toBe(false)
})
