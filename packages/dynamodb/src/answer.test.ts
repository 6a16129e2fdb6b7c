import { type Audit, isStoreError, type StoreError } from '@breakwater/circuit'
import { describe, expect, it } from 'vitest'
import { createCircuitTable } from './create-table.ts'
import { DynamoDbStore } from './dynamodb-store.ts'
import { accept, startEndpoint } from './endpoint.fixture.ts'
import { keyAt, openRecord } from './record.fixture.ts'
import { recorder } from './recorder.fixture.ts'
import { schemaValue } from './schema.ts'

const tableName = 'circuits'
const report = { calls: 5, failures: 2, slow: 1, environments: 1, failing: 1 }
const counts = Object.fromEntries(Object.keys(report).map(name => [name, { N: '1' }]))
const schema = schemaValue
const window = { ...keyAt('a', 'window#1'), schema, ...counts }
const state = { ...keyAt('a', 'state'), schema }
const audit: Audit = { act: 'RELEASED', by: 'ana', reason: 'over', at: 1 }
const refused = () => Object.assign(new Error(), { name: 'ConditionalCheckFailedException' })

const requests = {
  read: (store: DynamoDbStore) => store.read({ circuit: 'a', slices: ['1'] }),
  add: (store: DynamoDbStore) => store.add('a', '1', report, 1, 1),
  write: (store: DynamoDbStore) => store.write('a', openRecord, 4, 1),
  control: (store: DynamoDbStore) => store.control('a', undefined, audit),
  audits: (store: DynamoDbStore) => store.audits('a'),
}

async function failureOf(promise: Promise<unknown>): Promise<StoreError> {
  const error = await promise.then(
    answer => `answered ${JSON.stringify(answer)}`,
    (thrown: unknown) => thrown,
  )
  if (!isStoreError(error)) throw new Error(`expected a StoreError, got ${error}`)
  return error
}

const responses = (...items: unknown[]) => ({ Responses: { [tableName]: items } })
const unprocessed = (Keys: unknown) => ({ ...responses(), UnprocessedKeys: { [tableName]: { Keys } } })
/** What every request refuses. */
const nothing = [undefined, null, 0, '', 'OK', true]

describe('an answer that lacks what was asked for was taken for nothing stored, or for zeros', () => {
  const table: { readonly [name in keyof typeof requests]: readonly unknown[] } = {
    read: [
      ...nothing,
      {},
      { Responses: undefined },
      { Responses: null },
      { Responses: 'none' },
      { Responses: [] },
      { Responses: {} },
      { Responses: { [tableName]: null } },
      { Responses: { [tableName]: {} } },
      { Responses: { [tableName]: 7 } },
      responses(null),
      responses({}),
      responses('item'),
      responses({ circuit: 'a', part: 'state' }),
      responses({ ...keyAt('another', 'state'), schema }),
      responses({ ...keyAt('a', 'window#2'), schema, ...counts }),
      unprocessed(undefined),
      unprocessed([null]),
      unprocessed([{}]),
      unprocessed([keyAt('another', 'state')]),
      { ...responses(), UnprocessedKeys: { [tableName]: null } },
      { Responses: {}, UnprocessedKeys: { [tableName]: { Keys: [keyAt('a', 'state')] } } },
    ],
    add: [
      ...nothing,
      {},
      { Attributes: undefined },
      { Attributes: null },
      { Attributes: {} },
      { Attributes: [] },
      { Attributes: 'five' },
      { Attributes: counts },
      { Attributes: { ...window, ...keyAt('a', 'window#2') } },
    ],
    write: nothing,
    control: nothing,
    audits: [
      ...nothing,
      {},
      { Items: undefined },
      { Items: {} },
      { Items: 3, Count: 3 },
      { Items: [null] },
      { Items: [{}] },
      { Items: [state] },
      { Items: [keyAt('another', 'audit#1')] },
    ],
  }

  for (const [name, answers] of Object.entries(table)) {
    it.each(answers.map(answer => [JSON.stringify(answer), answer]))(`${name}: %s`, async (_, answer) => {
      const { client, sent } = recorder(undefined, () => answer)
      const request = requests[name as keyof typeof requests]
      const error = await failureOf(request(new DynamoDbStore({ tableName, client })))
      expect(error.kind).toBe('unavailable')
      expect(error.message).toMatch(/^\w+ on table "circuits" failed: its answer lacks .+/)
      expect(sent).toHaveLength(1)
    })
  }

  it('of an override that was made, its revision', async () => {
    for (const answer of [{}, { Attributes: {} }, { Attributes: { ...window, ...keyAt('a', 'state') } }]) {
      const { client, sent } = recorder(undefined, () => answer)
      const error = await failureOf(requests.control(new DynamoDbStore({ tableName, client })))
      expect([error.kind, sent.length]).toEqual(['unavailable', 2])
      expect(error.message).toContain('its answer lacks Attributes')
    }
  })

  it('a refused write, without the item that is there, is followed by a read, whose answer must be one', async () => {
    for (const Item of [undefined, {}, { ...state, ...keyAt('another', 'state') }]) {
      const answers: unknown[] = [...nothing, { Item: {} }, { Item: 'item' }, { Item: keyAt('b', 'state') }]
      for (const answer of answers) {
        const { client, sent } = recorder(undefined, ({ operation }) => {
          if (operation === 'UpdateItem') throw Object.assign(refused(), { Item })
          return answer
        })
        const error = await failureOf(requests.write(new DynamoDbStore({ tableName, client })))
        expect(error.kind).toBe('unavailable')
        expect(sent.map(({ operation }) => operation)).toEqual(['UpdateItem', 'GetItem'])
      }
    }
  })

  it('where the item is gone meanwhile, nothing is stored', async () => {
    const { client } = recorder(undefined, ({ operation }) => {
      if (operation === 'UpdateItem') throw refused()
      return {}
    })
    await expect(requests.write(new DynamoDbStore({ tableName, client }))).resolves.toEqual({
      written: false,
      record: undefined,
      revision: 0,
    })
  })

  it('an item that is there, with attributes of another type, is of an unknown schema', async () => {
    for (const change of [{ calls: { S: '5' } }, { calls: { N: 'many' } }, { calls: undefined }]) {
      const item = { ...window, ...change }
      const added = recorder(undefined, () => ({ Attributes: item }))
      const read = recorder(undefined, () => responses(item))
      for (const [request, { client }] of [
        [requests.add, added],
        [requests.read, read],
      ] as const) {
        const { kind, message } = await failureOf(request(new DynamoDbStore({ tableName, client })))
        expect(kind).toBe('unknown-schema')
        expect(message).toContain('Item "window#1" of "circuit#a" is left untouched: "calls"')
      }
    }
  })

  it.each(['{}', '[]', 'null', '"text"', '7', ''])(
    'an endpoint that answers %s to everything',
    async text => {
      const endpoint = await startEndpoint((_, response) => {
        response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
        response.end(text)
      })
      const store = new DynamoDbStore({ tableName, clientConfig: endpoint.clientConfig })
      const kinds = await Promise.all(
        [requests.read, requests.add, requests.audits].map(
          async request => (await failureOf(request(store))).kind,
        ),
      )
      await endpoint.stop()
      store.close()
      expect(kinds).toEqual(['unavailable', 'unavailable', 'unavailable'])
    },
  )
})

describe('createCircuitTable waited, or went on, where an answer lacked', () => {
  const table = {
    TableStatus: 'ACTIVE',
    KeySchema: [
      { AttributeName: 'circuit', KeyType: 'HASH' },
      { AttributeName: 'part', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: ['circuit', 'part'].map(AttributeName => ({ AttributeName, AttributeType: 'S' })),
  }
  it.each<[string, unknown, unknown]>([
    ['no description', undefined, {}],
    ['an empty description', {}, {}],
    ['a table without keys', { Table: { TableStatus: 'ACTIVE' } }, {}],
    ['no description of TTL', { Table: table }, undefined],
    ['an empty description of TTL', { Table: table }, {}],
  ])('%s', async (_, described, timeToLive) => {
    const { client } = recorder(undefined, ({ operation }) =>
      operation === 'DescribeTable' ? described : operation === 'DescribeTimeToLive' ? timeToLive : {},
    )
    const error = await failureOf(createCircuitTable(client, tableName))
    expect(error.kind).toBe('unavailable')
    expect(error.message).toMatch(/its answer lacks (Table|TimeToLiveDescription)/)
  })
})

it('nothing stored, and counts added, are answers', async () => {
  const endpoint = await startEndpoint((request, response, attempt) => {
    const isRead = String(request.headers['x-amz-target']).endsWith('BatchGetItem')
    accept(isRead ? responses() : { Attributes: window })(request, response, attempt)
  })
  const store = new DynamoDbStore({ tableName, clientConfig: endpoint.clientConfig })
  await expect(requests.read(store)).resolves.toMatchObject({ record: undefined, revision: 0 })
  await expect(requests.add(store)).resolves.toMatchObject({ calls: 1, failing: 1 })
  await endpoint.stop()
  store.close()
})
