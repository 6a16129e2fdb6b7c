import { GetItemCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { initialRecord, isStoreError } from '@breakwater/circuit'
import { storeContract } from '@breakwater/circuit/testing'
import { DynamoDbStore } from '@breakwater/dynamodb'
import { keyOf } from '@breakwater/dynamodb/schema'
import { describe, expect, it } from 'vitest'
import { Engine } from '../engine/engine.ts'
import { Environment } from '../engine/environment.ts'
import { Random } from '../engine/random.ts'
import { keyText, simulatedClient } from './client.ts'
import { SimulatedTable, type TableConditions } from './table.ts'

function setUp(conditions: Partial<TableConditions> = {}) {
  const engine = new Engine()
  const table = new SimulatedTable(engine, new Random(1))
  table.conditions = conditions
  const environment = new Environment(engine, 1, 0)
  environment.enter()
  const client = simulatedClient(table, environment)
  const store = new DynamoDbStore({
    tableName: 'circuits',
    client,
    clock: environment,
    requestTimeoutMs: 60_000,
  })
  return { engine, table, environment, client, store }
}

/** Advances virtual time until the work has settled. */
async function during<T>(engine: Engine, work: Promise<T>): Promise<T> {
  let settled = false
  const done = () => {
    settled = true
  }
  work.then(done, done)
  while (!settled) await engine.run(engine.now + 100)
  return work
}

describe('the real store over the simulated table keeps the contract of every store', () => {
  for (const { name, run } of storeContract) {
    it(name, async () => {
      const { engine, store } = setUp()
      await store.warm()
      await during(engine, run(store))
    })
  }
})

describe('a fault of the table reaches the store as the right error', () => {
  it.each([
    [{ throttleRate: 1 }, 'throttled'],
    [{ errorRate: 1 }, 'unavailable'],
    [{ down: true }, 'unavailable'],
    [{ hang: true }, 'timeout'],
    [{ unreachable: () => true }, 'timeout'],
    [{ deny: true }, 'misconfigured'],
    [{ unprocessedRate: 1 }, 'throttled'],
    [{ reads: { hang: true }, throttleRate: 1 }, 'timeout'],
  ] as const)('%o is %s', async (conditions, kind) => {
    const { engine, store } = setUp(conditions)
    await store.warm()
    const error = await during(engine, store.read({ circuit: 'a' })).catch((thrown: unknown) => thrown)
    expect(isStoreError(error) && error.kind).toBe(kind)
  })

  it('a fault of one kind of request leaves the others alone', async () => {
    const report = { calls: 1, failures: 0, slow: 0, environments: 0, failing: 0 }
    const kindsOf = async (conditions: Partial<TableConditions>) => {
      const { engine, store } = setUp(conditions)
      await store.warm()
      const works = [
        () => store.read({ circuit: 'a' }),
        () => store.write('a', initialRecord, 0, engine.now),
        () => store.add('a', 'slice', report, engine.now, 1_000),
      ]
      const kinds: string[] = []
      for (const work of works) {
        const kind = (error: unknown) => (isStoreError(error) ? error.kind : 'another')
        kinds.push(
          await during(
            engine,
            work().then(() => 'done', kind),
          ),
        )
      }
      return kinds
    }
    expect(await kindsOf({ reads: { errorRate: 1 } })).toEqual(['unavailable', 'done', 'done'])
    expect(await kindsOf({ writes: { deny: true } })).toEqual(['done', 'misconfigured', 'done'])
    expect(await kindsOf({ additions: { throttleRate: 1 } })).toEqual(['done', 'done', 'throttled'])
    expect(await kindsOf({ writes: { hang: true, latencyMs: 600 }, additions: { hang: true } })).toEqual([
      'done',
      'timeout',
      'timeout',
    ])
  })

  it('a backup brings items back, and takes later ones away', async () => {
    const { engine, store, table } = setUp()
    await store.warm()
    await during(engine, store.write('a', initialRecord, 0, engine.now))
    const backup = table.backup()
    await during(engine, store.write('b', initialRecord, 0, engine.now))
    table.replace(keyText(keyOf('circuit', 'a', 'state')), undefined)
    const stored = async (circuit: string) =>
      (await during(engine, store.read({ circuit, consistent: true }))).record?.state
    expect([await stored('a'), await stored('b')]).toEqual([undefined, 'CLOSED'])
    table.restore(backup)
    expect([await stored('a'), await stored('b')]).toEqual(['CLOSED', undefined])
  })

  it('a key takes a thousand writes in a second, and then refuses', async () => {
    const { engine, store, table } = setUp()
    await store.warm()
    const report = { calls: 1, failures: 0, slow: 0, environments: 0, failing: 0 }
    const results = Promise.allSettled(
      Array.from({ length: 1_200 }, () => store.add('a', 'slice', report, engine.now, 1_000)),
    )
    const refused = (await during(engine, results)).filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(200)
    expect(table.totals).toMatchObject({
      writes: 1_200,
      throttled: 200,
      writeUnits: 1_000,
      peakWriteUnits: 1_000,
    })
    // The next second is a new one.
    await engine.run(engine.now + 1_000)
    await during(engine, store.add('a', 'slice', report, engine.now, 1_000))
  })
})

it('an eventually consistent read may miss what was written just now, a consistent one never', async () => {
  const { engine, store } = setUp({ lagMs: 5_000 })
  await store.warm()
  const { revision: written } = await during(engine, store.write('a', initialRecord, 0, engine.now))
  let missed = 0
  for (let read = 0; read < 60; read++) {
    const { revision } = await during(engine, store.read({ circuit: 'a' }))
    if (revision === 0) missed++
    expect((await during(engine, store.read({ circuit: 'a', consistent: true }))).revision).toBe(written)
  }
  expect(missed).toBeGreaterThan(0)
  expect(missed).toBeLessThan(60)
})

it('half of the latency passes before the table has acted, half after', async () => {
  const { engine, store, table } = setUp({ latencyMs: 100 })
  await store.warm()
  const writing = store.write('a', initialRecord, 0, engine.now)
  await engine.run(engine.now + 1)
  expect(table.size).toBe(0)
  await during(engine, writing)
  expect(table.size).toBe(1)
})

it('a command that is not simulated is an error that names it', async () => {
  const { client } = setUp()
  await expect(client.send(new ListTablesCommand({}) as never)).rejects.toThrow(
    'ListTablesCommand is not simulated',
  )
})

it('a request that its caller gives up is over at once, with the reason of the signal', async () => {
  const { client, engine } = setUp({ hang: true })
  const controller = new AbortController()
  const command = new GetItemCommand({ TableName: 't', Key: keyOf('circuit', 'a', 'state') })
  const request = client.send(command, { abortSignal: controller.signal }) as Promise<unknown>
  const outcome = expect(request).rejects.toThrow('enough')
  await engine.run(engine.now + 10)
  controller.abort(new Error('enough'))
  await outcome
})

it('reads cost half a unit an item, consistent ones a whole, also of what is not there', async () => {
  const { engine, store, table } = setUp()
  await store.warm()
  await during(engine, store.read({ circuit: 'a' }))
  expect(table.totals.readUnits).toBe(1)
  await during(engine, store.read({ circuit: 'a', consistent: true }))
  expect(table.totals.readUnits).toBe(3)
})
