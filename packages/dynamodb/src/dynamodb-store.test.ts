import { GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { Audit, CircuitRecord, Control, Report } from '@breakwater/circuit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCircuitTable } from './create-table.ts'
import { startDynalite } from './dynalite.fixture.ts'
import { DynamoDbStore } from './dynamodb-store.ts'
import { keyAt } from './record.fixture.ts'
import { recorder } from './recorder.fixture.ts'
import { type Item, schemaValue } from './schema.ts'

let dynalite: Awaited<ReturnType<typeof startDynalite>>
let tableName: string
let store: DynamoDbStore
beforeAll(async () => {
  dynalite = await startDynalite()
})
afterAll(() => dynalite.stop())
beforeEach(async () => {
  tableName = dynalite.nextTable()
  await createCircuitTable(dynalite.client, tableName)
  store = new DynamoDbStore({ tableName, client: dynalite.client, requestTimeoutMs: 30_000 })
})

const now = 1_800_000_000_000
const seconds = now / 1000
const day = 86_400
const open: CircuitRecord = {
  state: 'OPEN',
  generation: 1,
  since: now,
  openings: 1,
  environment: 'env-1',
  retryAt: now + 5_000,
  reason: 'failure-rate',
}
const closed: CircuitRecord = {
  state: 'CLOSED',
  generation: 2,
  since: now,
  openings: 0,
  environment: 'env-2',
  recovering: false,
  suspectSince: 0,
  suspectUntil: 0,
  calmUntil: 0,
}
const report: Report = { calls: 5, failures: 2, slow: 1, environments: 1, failing: 1 }
const audit: Audit = { act: 'FORCED_OPEN', by: 'ana', reason: 'provider migrates', at: now }
const control: Control = { mode: 'FORCED_OPEN', by: 'ana', reason: 'provider migrates', at: now }

const put = (part: string, fields: Item) =>
  dynalite.client.send(new PutItemCommand({ TableName: tableName, Item: { ...keyAt('a', part), ...fields } }))
async function get(part: string): Promise<Item | undefined> {
  const request = { TableName: tableName, Key: keyAt('a', part), ConsistentRead: true }
  return (await dynalite.client.send(new GetItemCommand(request))).Item
}
async function all(): Promise<Item[]> {
  return (
    (await dynalite.client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }))).Items ?? []
  )
}

describe('what is in the table', () => {
  it('carries a schema version and an end, and nothing of another state', async () => {
    const { revision } = await store.write('a', closed, 0, now)
    await store.write('a', open, revision, now)
    await store.add('a', '7-1', report, now, 10_000)
    await store.control('a', control, audit)
    const items = Object.fromEntries((await all()).map(item => [`${item.part?.S}`.split('#')[0]!, item]))
    expect(Object.keys(items.state!).sort()).toEqual(
      'circuit environment expiresAt generation openings part reason retryAt revision schema since state writeId'.split(
        ' ',
      ),
    )
    expect(Object.keys(items.window!).sort()).toEqual(
      'calls circuit environments expiresAt failing failures part schema slow'.split(' '),
    )
    for (const item of Object.values(items)) expect(item.schema).toEqual(schemaValue)
    expect(items.state!.expiresAt).toEqual({ N: String(seconds + 30 * day) })
    expect(items.window!.expiresAt).toEqual({ N: String(seconds + 10 + 3_600) })
    expect(items.audit!.expiresAt).toEqual({ N: String(seconds + 365 * day) })
  })

  it('keeps an override that has no end until it is released', async () => {
    await store.control('a', { ...control, until: now + 1_000 }, audit)
    expect((await get('control'))?.expiresAt).toEqual({ N: String(seconds + 1 + 30 * day) })
    await store.control('a', control, audit)
    expect(await get('control')).not.toHaveProperty('expiresAt')
    expect(await get('control')).not.toHaveProperty('until')
    await store.control('a', undefined, { act: 'RELEASED', by: 'bo', reason: 'done', at: now })
    expect(await get('control')).toMatchObject({
      mode: { S: 'RELEASED' },
      by: { S: 'bo' },
      expiresAt: { N: String(seconds + 30 * day) },
    })
  })

  it('never includes other fields of a record', async () => {
    await store.write('a', { ...open, order: 'card 4111111111' } as CircuitRecord, 0, now)
    await store.add('a', '1', { ...report, order: 4111111111 } as Report, now, 1)
    await store.control(
      'a',
      { ...control, order: '4111111111' } as Control,
      { ...audit, order: '4111111111' } as Audit,
    )
    expect(JSON.stringify(await all())).not.toContain('4111111111')
  })
})

describe('an item of an unknown schema is left untouched and becomes a StoreError', () => {
  const future = { schema: { N: '1' }, revision: { N: '5' }, calls: { N: '9' }, mode: { S: 'FORCED_OPEN' } }
  const unknown = { kind: 'unknown-schema' }

  it.each([
    ['another version', future],
    ['none', { ...future, schema: undefined }],
    ['a version that is no number', { ...future, schema: { S: '1' } }],
  ])('%s', async (_, fields) => {
    const { schema, ...rest } = fields
    const item = (schema ? { ...rest, schema } : rest) as Item
    for (const part of ['state', 'control', 'window#1']) await put(part, item)
    const before = await all()
    await expect(store.read({ circuit: 'a' })).rejects.toMatchObject(unknown)
    for (const revision of [0, 4, 5, 6]) {
      await expect(store.write('a', open, revision, now)).rejects.toMatchObject(unknown)
    }
    await expect(store.add('a', '1', report, now, 1)).rejects.toMatchObject({
      ...unknown,
      message: 'Item "window#1" of "circuit#a" is left untouched: schema version is not 2',
    })
    await expect(store.control('a', control, audit)).rejects.toMatchObject(unknown)
    expect((await all()).filter(({ part }) => !part?.S?.startsWith('audit'))).toEqual(before)
  })

  it('also a counter that is no number', async () => {
    await put('window#1', { schema: schemaValue, calls: { S: 'many' } })
    await expect(store.add('a', '1', report, now, 1)).rejects.toMatchObject(unknown)
    await expect(store.read({ circuit: 'a', slices: ['1'] })).rejects.toMatchObject(unknown)
    expect(await get('window#1')).toMatchObject({ calls: { S: 'many' } })
  })

  it('but an act on record is left out of the list, and reported', async () => {
    await store.control('a', control, audit)
    await put('audit#000000000000001#x', { schema: { N: '1' } })
    const unreadable: string[] = []
    // It stopped the whole list.
    expect(await store.audits('a', 20, error => unreadable.push(`${error.kind}: ${error.message}`))).toEqual([
      audit,
    ])
    expect(unreadable).toEqual([
      'unknown-schema: Item "audit#000000000000001#x" of "control#a" is left untouched: schema version is not 2',
    ])
  })
})

it('an act whose answer was lost is on record once, and its repetition no failure', async () => {
  let times = 0
  const { client } = recorder(dynalite.client, async ({ operation }, pass) => {
    const answer = await pass()
    if (operation === 'UpdateItem' && ++times === 1) return pass()
    return answer
  })
  const shaky = new DynamoDbStore({ tableName, client })
  await shaky.control('a', control, audit)
  expect(await store.audits('a')).toEqual([audit])
  expect((await store.read({ circuit: 'a', consistent: true })).control).toEqual(control)
})

describe('a write whose answer was lost', () => {
  const lost = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', name: 'TimeoutError' })

  it('was made, and its repetition finds itself there: written, and only once', async () => {
    let times = 0
    const { client, sent } = recorder(dynalite.client, async ({ operation }, pass) => {
      const answer = await pass()
      if (operation === 'UpdateItem' && ++times === 1) throw lost
      return answer
    })
    const shaky = new DynamoDbStore({ tableName, client })
    const { written, revision } = await shaky.write('a', open, 0, now)
    expect(written).toBe(true)
    expect(sent.map(({ operation }) => operation)).toEqual(['UpdateItem', 'UpdateItem', 'GetItem'])
    // A replica may still have the item of before the write that won.
    expect(sent.at(-1)!.input.ConsistentRead).toBe(true)
    await expect(store.read({ circuit: 'a', consistent: true })).resolves.toMatchObject({
      record: open,
      revision,
    })
  })

  it('is not taken for a win when the same record was written by another call', async () => {
    const { revision } = await store.write('a', open, 0, now)
    await expect(store.write('a', open, 0, now)).resolves.toEqual({ written: false, record: open, revision })
  })

  it('that timed out here may stand there, and a later read shows it', async () => {
    const { client } = recorder(dynalite.client, async ({ operation }, pass) => {
      const answer = await pass()
      return operation === 'UpdateItem' ? new Promise(() => {}) : answer
    })
    const slow = new DynamoDbStore({ tableName, client, requestTimeoutMs: 200 })
    await expect(slow.write('a', open, 0, now)).rejects.toMatchObject({ kind: 'timeout' })
    const stored = await slow.read({ circuit: 'a', consistent: true })
    expect(stored.record).toEqual(open)
  })

  it('and that reached the table late changes nothing that was written since', async () => {
    let release = () => {}
    const held = new Promise<void>(resolve => {
      release = resolve
    })
    const late: Promise<unknown>[] = []
    const { client } = recorder(dynalite.client, (_, pass) => {
      late.push(held.then(pass).catch(error => error))
      return new Promise(() => {})
    })
    const slow = new DynamoDbStore({ tableName, client, requestTimeoutMs: 30 })
    await expect(slow.write('a', open, 0, now)).rejects.toMatchObject({ kind: 'timeout' })
    await store.write('a', closed, 0, now)
    release()
    await Promise.all(late)
    expect((await store.read({ circuit: 'a', consistent: true })).record).toEqual(closed)
  })
})

it('the store uses the item that the error of a failed condition brings, where it brings one', async () => {
  const { revision } = await store.write('a', open, 0, now)
  const there = await get('state')
  const { client, sent } = recorder(undefined, () => {
    throw Object.assign(new Error(), { name: 'ConditionalCheckFailedException', Item: there })
  })
  const modern = new DynamoDbStore({ tableName, client })
  await expect(modern.write('a', closed, 0, now)).resolves.toEqual({ written: false, record: open, revision })
  expect(sent.map(({ operation, input }) => [operation, input.ReturnValuesOnConditionCheckFailure])).toEqual([
    ['UpdateItem', 'ALL_OLD'],
  ])
})

it('the store writes down an act before it is in force, and neither if that fails', async () => {
  const { client, sent } = recorder(undefined, () => {
    throw Object.assign(new Error(), { name: 'InternalServerError' })
  })
  const failing = new DynamoDbStore({ tableName, client })
  await expect(failing.control('a', control, audit)).rejects.toMatchObject({ kind: 'unavailable' })
  expect(sent.map(({ input }) => input.Key.part.S.split('#')[0])).toEqual(['audit'])
})

it('the store keeps two acts of the same millisecond, and lists none for a limit of 0', async () => {
  await store.control('a', control, audit)
  await store.control('a', control, audit)
  expect(await store.audits('a')).toEqual([audit, audit])
  expect(await store.audits('a', 0)).toEqual([])
})

it('a stale record never replaces one that as many writes have led to since a backup was restored', async () => {
  const stale = await store.write('a', open, 0, now)
  const backup = (await get('state')) as Item
  const lost = await store.write('a', { ...closed, generation: 4 }, stale.revision, now)
  await dynalite.client.send(new PutItemCommand({ TableName: tableName, Item: backup }))
  // What is lost is not there to be written over, and the other history goes on from the backup.
  const refused = await store.write('a', { ...open, generation: 5 }, lost.revision, now)
  expect(refused).toEqual({ written: false, record: open, revision: stale.revision })
  const there = await store.write('a', { ...open, generation: 9 }, stale.revision, now)
  await expect(store.write('a', { ...closed, generation: 5 }, lost.revision, now)).resolves.toEqual({
    written: false,
    record: { ...open, generation: 9 },
    revision: there.revision,
  })
})

describe('of 200 racers', () => {
  const racers = Array.from({ length: 200 }, (_, index) => index)

  it('one takes the last permit to probe, and each later one needs the revision after it', async () => {
    let { revision } = await store.write('a', open, 0, now)
    const take = (racer: number): CircuitRecord => ({
      state: 'HALF_OPEN',
      generation: 2,
      since: now,
      openings: 1,
      environment: `env-${racer}`,
      leases: [{ id: `env-${racer}`, expiresAt: now + 1_000 }],
      successes: 0,
      reason: 'failure-rate',
    })
    for (let permit = 0; permit < 2; permit++) {
      const race = await Promise.all(racers.map(n => store.write('a', take(n), revision, now)))
      expect(race.filter(({ written }) => written)).toHaveLength(1)
      revision = race[0]!.revision
    }
    expect((await store.read({ circuit: 'a', consistent: true })).revision).toBe(revision)
  })

  it('every override is on record, and one of them stands', async () => {
    await Promise.all(
      racers.map(n => store.control('a', { ...control, by: `op-${n}` }, { ...audit, by: `op-${n}` })),
    )
    const audits = await store.audits('a', 500)
    expect(new Set(audits.map(({ by }) => by)).size).toBe(200)
    expect((await store.read({ circuit: 'a', consistent: true })).control?.by).toMatch(/^op-\d+$/)
  })
})
