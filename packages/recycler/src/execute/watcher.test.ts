import { describe, expect, it } from 'vitest'
import { MemoryRecyclerStore } from '../store/memory.ts'
import { Records } from '../store/records.ts'
import type { RecyclerStore } from '../store/types.ts'
import { arnOf, cluster, targetOf } from './ecs.fixture.ts'
import { isTokenGone, Watcher } from './watcher.ts'
import { makeWorld, servedMove } from './world.fixture.ts'

const deployment = 'ecs-svc/123'
const service = arnOf('web')

function eventOf(eventName: string, more: { deployment?: string; reason?: string } = {}) {
  return {
    version: '0',
    id: 'ddca6449-b258-46c0-8653-e0e3aEXAMPLE',
    'detail-type': 'ECS Deployment State Change',
    source: 'aws.ecs',
    account: '123456789012',
    time: '2027-01-15T08:00:00Z',
    region: 'eu-west-1',
    resources: [service],
    detail: {
      eventType: 'INFO',
      eventName,
      clusterArn: cluster,
      deploymentId: more.deployment ?? deployment,
      updatedAt: '2027-01-15T08:00:00Z',
      reason: more.reason ?? 'ECS deployment over.',
    },
  }
}
const completed = eventOf('SERVICE_DEPLOYMENT_COMPLETED')
const at = Date.parse('2027-01-15T08:00:00Z')
const gone = (name: string) => Object.assign(new Error(name), { name })

/** Stores whose calls go in a certain order. */
function takeTurns(order: string[]) {
  let wake = Promise.withResolvers<void>()
  return (who: string, store: RecyclerStore): RecyclerStore => {
    const inTurn = async <T>(call: () => Promise<T>): Promise<T> => {
      while (order[0] !== who) await wake.promise
      const answer = await call()
      order.shift()
      wake.resolve()
      wake = Promise.withResolvers()
      return answer
    }
    return {
      read: keys => inTurn(() => store.read(keys)),
      write: (...write) => inTurn(() => store.write(...write)),
      list: (...list) => inTurn(() => store.list(...list)),
    }
  }
}

async function make(answer?: (token: string, output: object) => unknown) {
  const store = new MemoryRecyclerStore()
  const records = new Records(store)
  const answered: [string, object][] = []
  const watcher = new Watcher({
    records,
    answer: (token, output) => {
      answered.push([token, output])
      return answer?.(token, output)
    },
  })
  const last = { run: 'r', at: 1, deployment, move: servedMove, outcome: 'started' } as const
  await records.saveService({ service, last }, 0)
  return { records, watcher, answered, store }
}

describe('Watcher', () => {
  it('answers every token that waits, and keeps the outcome', async () => {
    const { records, watcher, answered } = await make()
    await records.saveToken(deployment, 'one')
    await records.saveToken(deployment, 'two')
    await records.saveToken('ecs-svc/9', 'other')
    expect(await watcher.hear(completed)).toBe(2)
    const outcome = { state: 'completed', at, reason: 'ECS deployment over.' }
    expect(answered.sort()).toEqual([
      ['one', { deployment, ...outcome }],
      ['two', { deployment, ...outcome }],
    ])
    expect(await records.outcome(deployment)).toEqual(outcome)
  })

  it('tells of failures, and why', async () => {
    const { records, watcher } = await make()
    expect(await watcher.hear(eventOf('SERVICE_DEPLOYMENT_FAILED', { reason: 'circuit breaker' }))).toBe(0)
    expect(await records.outcome(deployment)).toEqual({ state: 'failed', at, reason: 'circuit breaker' })
  })

  it('lets go by what is not over, is not ours, or is no such event', async () => {
    const { records, watcher, answered } = await make()
    await records.saveToken(deployment, 'one')
    expect(await watcher.hear(eventOf('SERVICE_DEPLOYMENT_IN_PROGRESS'))).toBe(0)
    expect(await watcher.hear(eventOf('SERVICE_DEPLOYMENT_COMPLETED', { deployment: 'ecs-svc/7' }))).toBe(0)
    for (const event of [undefined, null, 7, 'x', [], {}, { ...completed, source: 'mine' }]) {
      expect(await watcher.hear(event)).toBe(0)
    }
    expect(answered).toEqual([])
    expect(await records.outcome(deployment)).toBeUndefined()
    expect(await records.outcome('ecs-svc/7')).toBeUndefined()
  })

  it('answers who waits for a deployment of somebody else', async () => {
    const { records, watcher, answered } = await make()
    await records.saveToken('ecs-svc/7', 'one')
    await watcher.hear(eventOf('SERVICE_DEPLOYMENT_COMPLETED', { deployment: 'ecs-svc/7' }))
    expect(answered).toHaveLength(1)
  })

  it('keeps the outcome of an UpdateService whose answer is still awaited', async () => {
    const { records, watcher } = await make()
    const { revision } = await records.service(service)
    const intent = { run: 'r', at: 1, until: 2, primary: 'p', move: servedMove }
    await records.saveService({ service, intent }, revision)
    await watcher.hear(completed)
    expect(await records.outcome(deployment)).toBeDefined()
  })

  it('does not mind tokens that nobody waits for, nor the same event twice', async () => {
    const names = ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']
    const { records, watcher, answered } = await make(token => {
      if (names.includes(token)) throw gone(token)
    })
    for (const token of [...names, 'good']) await records.saveToken(deployment, token)
    expect(await watcher.hear(completed)).toBe(1)
    expect(await watcher.hear(JSON.stringify(completed))).toBe(1)
    expect(answered).toHaveLength(8)
  })

  it('gives all tokens their turn before it throws', async () => {
    const { records, watcher, answered } = await make(async token => {
      if (token !== 'good') throw gone('ThrottlingException')
    })
    for (const token of ['bad', 'good', 'worse']) await records.saveToken(deployment, token)
    await expect(watcher.hear(completed)).rejects.toThrow('ThrottlingException')
    expect(answered).toHaveLength(3)
  })

  it('loses no token, in whatever order the two come', async () => {
    // The watcher takes four steps and the executor two.
    for (let first = 0; first < 6; first++) {
      for (let second = first + 1; second < 6; second++) {
        const { store, answered: direct } = await make()
        const order = Array.from({ length: 6 }, (_, at) =>
          at === first || at === second ? 'executor' : 'watcher',
        )
        const turn = takeTurns(order)
        const watcher = new Watcher({
          records: new Records(turn('watcher', store)),
          answer: (token, output) => direct.push([token, output]),
        })
        const { executor } = (await makeWorld()).start({ records: new Records(turn('executor', store)) })
        const request = { action: 'await', target: targetOf('web'), deployment, token: 'one' } as const
        const [, atOnce] = await Promise.all([watcher.hear(completed), executor.await(request)])
        expect(order).toEqual([])
        expect(direct.length > 0 || atOnce).toBe(true)
      }
    }
  })

  it('refuses bad options by name', () => {
    const records = new Records(new MemoryRecyclerStore())
    expect(() => new Watcher({ records } as never)).toThrow('answer: got undefined; allowed is a function')
    expect(() => new Watcher({ answer: () => {} } as never)).toThrow('records')
    expect(() => new Watcher(undefined as never)).toThrow(TypeError)
  })
})

describe('isTokenGone', () => {
  it('knows the errors of Step Functions that say so', () => {
    expect(isTokenGone(gone('TaskTimedOut'))).toBe(true)
    expect([new Error('x'), undefined, null, 'TaskTimedOut'].map(isTokenGone)).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})
