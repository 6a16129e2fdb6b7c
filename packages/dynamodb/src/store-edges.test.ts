import type { Audit, Control } from '@breakwater/circuit'
import { expect, it, vi } from 'vitest'
import { DynamoDbStore } from './dynamodb-store.ts'
import { keyAt, openRecord } from './record.fixture.ts'
import { recorder, type SentRequest } from './recorder.fixture.ts'
import { type Item, schemaValue } from './schema.ts'

const tableName = 'circuits'
const counts = ['calls', 'failures', 'slow', 'environments', 'failing']
const report = { calls: 1, failures: 1, slow: 0, environments: 1, failing: 1 }
const audit: Audit = { act: 'RELEASED', by: 'ana', reason: 'over', at: 1_800_000_000_000 }
const control: Control = { mode: 'FORCED_OPEN', by: 'ana', reason: 'provider migrates', at: audit.at }

function storeWith(answer: (request: SentRequest, times: number) => unknown) {
  let times = 0
  const { client, sent } = recorder(undefined, async request => answer(request, ++times))
  return { store: new DynamoDbStore({ tableName, client }), sent }
}
/** What DynamoDB answers to an update of an item that was not there. */
const updated = ({ input }: SentRequest) => {
  const fields = Object.entries(input.ExpressionAttributeValues as Item)
  return {
    Attributes: {
      ...input.Key,
      ...Object.fromEntries(fields.map(([name, value]) => [name.slice(1), value])),
    },
  }
}
const other = { ...keyAt('another', 'state'), schema: schemaValue, revision: { N: '1' } }

it.each<[string, (store: DynamoDbStore) => Promise<unknown>, (request: SentRequest) => unknown]>([
  [
    'UpdateItem on table "circuits" failed: its answer lacks Attributes, or has it in another form',
    store => store.add('a', '1', report, 1, 1),
    () => ({ Attributes: { ...other, ...Object.fromEntries(counts.map(name => [name, { N: '1' }])) } }),
  ],
  [
    'UpdateItem on table "circuits" failed: its answer lacks Attributes, or has it in another form',
    store => store.control('a', control, audit),
    () => ({ Attributes: other }),
  ],
  [
    'GetItem on table "circuits" failed: its answer lacks Item, or has it in another form',
    store => store.write('a', openRecord, 4, 1),
    ({ operation }) => {
      if (operation === 'GetItem') return { Item: other }
      throw Object.assign(new Error(), { name: 'ConditionalCheckFailedException' })
    },
  ],
  ...[
    { circuit: { S: 'a' } },
    { circuit: { S: 'a' }, part: {} },
    { circuit: { S: 'a' }, part: { S: 'state' } },
  ].map(
    item =>
      [
        'Query on table "circuits" failed: its answer lacks Items, or has it in another form',
        (store: DynamoDbStore) => store.audits('a'),
        () => ({ Items: [item] }),
      ] as [string, (store: DynamoDbStore) => Promise<unknown>, () => unknown],
  ),
])('an answer of another request is refused by name: %s', async (message, request, answer) => {
  await expect(request(storeWith(answer).store)).rejects.toMatchObject({ kind: 'unavailable', message })
})

it('acts are read consistently, the last 20 unless more are asked for', async () => {
  const { store, sent } = storeWith(() => ({ Items: [] }))
  await store.audits('a')
  await store.audits('a', 1)
  expect(sent.map(({ input }) => [input.Limit, input.ConsistentRead, input.ScanIndexForward])).toEqual([
    [20, true, false],
    [1, true, false],
  ])
})

it('a release has no end, though its act names one', async () => {
  const { store, sent } = storeWith(updated)
  await store.control('a', undefined, { ...audit, until: audit.at + 60_000 })
  const { input } = sent[1]!
  expect(input.ExpressionAttributeValues).not.toHaveProperty(':until')
  expect(input.UpdateExpression).toMatch(/ REMOVE #until$/)
})

it('each override has a later revision than the last one, however chance falls', async () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0)
  const { store, sent } = storeWith(updated)
  expect(await store.control('a', control, audit)).toBe(1)
  expect(sent[1]!.input.ExpressionAttributeValues[':revision']).toEqual({ N: '1' })
  random.mockRestore()
})

it('an override whose connection broke is made once more', async () => {
  const { store, sent } = storeWith((request, times) => {
    if (times % 2) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
    return updated(request)
  })
  await store.control('a', control, audit)
  const keys = sent.map(({ input }) => input.Key.part.S.split('#')[0])
  expect(keys).toEqual(['audit', 'audit', 'control', 'control'])
})
