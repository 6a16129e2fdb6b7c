import {
  type BatchGetItemCommandInput,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { VirtualClock } from '@breakwater/circuit/testing'
import { tablePermissions } from '@breakwater/dynamodb'
import { schemaValue } from '@breakwater/dynamodb/schema'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeRecyclerStore } from './contract.fixture.ts'
import { startDynalite } from './dynalite.fixture.ts'
import { DynamoDbRecyclerStore } from './dynamodb.ts'

let dynalite: Awaited<ReturnType<typeof startDynalite>>
beforeAll(async () => {
  dynalite = await startDynalite()
})
afterAll(() => dynalite.stop())

const key = { partition: 'recycler#test', sort: 'one' }
const Key = { circuit: { S: key.partition }, part: { S: key.sort } }

/** A request as it was sent. */
interface UpdateResult {
  readonly operation: string
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into inputs of every operation
  readonly input: any
}

/** A store on a table of its own, and what it sends; a test may answer in the table's place. */
async function storeOf(
  answer: (sent: UpdateResult, pass: () => Promise<unknown>) => unknown = (_, pass) => pass(),
  options: { random?: () => number; clock?: VirtualClock } = {},
) {
  const sent: UpdateResult[] = []
  const tableName = await dynalite.newTable()
  const client = {
    send(command: { constructor: { name: string }; input: object }, more: object) {
      const one = { operation: command.constructor.name.replace('Command', ''), input: command.input }
      sent.push(one)
      return Promise.resolve(answer(one, () => dynalite.client.send(command as never, more)))
    },
  } as unknown as Pick<DynamoDBClient, 'send'>
  const store = new DynamoDbRecyclerStore({ tableName, client, requestTimeoutMs: 30_000, ...options })
  const put = (set: string, values: Record<string, object>) =>
    dynalite.client.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key,
        UpdateExpression: `SET ${set}`,
        ExpressionAttributeNames: Object.fromEntries(
          [...set.matchAll(/#(\w+)/g)].map(([text, name]) => [text, name!]),
        ),
        ExpressionAttributeValues: values as never,
      }),
    )
  const item = async () =>
    (await dynalite.client.send(new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }))).Item
  return { store, sent, put, item, tableName }
}

describeRecyclerStore('DynamoDbRecyclerStore over dynalite', async () => (await storeOf()).store)

describe('DynamoDbRecyclerStore', () => {
  it('refuses bad options by name', () => {
    expect(() => new DynamoDbRecyclerStore({ tableName: 'x' })).toThrow('tableName: got "x"; allowed is')
    expect(() => new DynamoDbRecyclerStore({ tableName: 'abc', retries: 1 } as never)).toThrow('option: got')
    expect(() => new DynamoDbRecyclerStore(undefined as never)).toThrow('tableName')
  })

  it('writes the layout of the circuit table', async () => {
    const { store, item } = await storeOf()
    await store.write(key, { a: [1] }, { expiresAt: 1_800_000_000_001 })
    const { writeId, ...rest } = (await item())!
    expect(writeId?.S).toMatch(/^[\da-f-]{36}$/)
    expect(rest).toEqual({
      ...Key,
      schema: schemaValue,
      revision: { N: '1' },
      value: { S: '{"a":[1]}' },
      expiresAt: { N: '1800000001' },
    })
    await store.write(key, 2)
    expect(await item()).not.toHaveProperty('expiresAt')
  })

  it('needs the actions of a circuit store, and reads consistently', async () => {
    const { store, sent } = await storeOf()
    await store.write(key, 1, { revision: 0 })
    await store.write(key, 1, { revision: 0 })
    await store.read([key])
    await store.list(key.partition)
    const used = new Set(sent.map(({ operation }) => `dynamodb:${operation}`))
    expect([...used].sort()).toEqual([...tablePermissions.recycle[0].actions].sort())
    for (const { operation, input } of sent) {
      if (operation === 'Query' || operation === 'GetItem') expect(input.ConsistentRead).toBe(true)
      if (operation !== 'BatchGetItem') continue
      const [request] = Object.values((input as BatchGetItemCommandInput).RequestItems!)
      expect(request?.ConsistentRead).toBe(true)
    }
  })

  it('tells a write whose answer was lost for what it is', async () => {
    let lost = 0
    const { store, sent } = await storeOf(async ({ operation }, pass) => {
      const answered = await pass()
      if (operation !== 'UpdateItem' || lost++ > 0) return answered
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
    })
    expect(await store.write(key, 'mine', { revision: 0 })).toBe(1)
    expect(sent.filter(({ operation }) => operation === 'UpdateItem')).toHaveLength(2)
    expect(await store.read([key])).toEqual([{ ...key, revision: 1, value: 'mine' }])
  })

  it('fails as a StoreError where it cannot know', async () => {
    const { store } = await storeOf(() => {
      throw Object.assign(new Error('no'), { name: 'InternalServerError', $fault: 'server' })
    })
    const failed = { name: 'StoreError', kind: 'unavailable' }
    await expect(store.write(key, 1)).rejects.toMatchObject(failed)
    await expect(store.read([key])).rejects.toMatchObject(failed)
    await expect(store.list(key.partition)).rejects.toMatchObject(failed)
  })

  const foreign: Record<string, [string, Record<string, object>]> = {
    'a later schema': [
      '#schema = :s, #revision = :r, #value = :v',
      { ':s': { N: '3' }, ':r': { N: '1' }, ':v': { S: '{}' } },
    ],
    'no schema': ['#revision = :r, #value = :v', { ':r': { N: '1' }, ':v': { S: '{}' } }],
    'no revision': ['#schema = :s, #value = :v', { ':s': schemaValue, ':v': { S: '{}' } }],
    'a value that is no JSON': [
      '#schema = :s, #revision = :r, #value = :v',
      { ':s': schemaValue, ':r': { N: '1' }, ':v': { S: '{"secret' } },
    ],
    'a value of another type': [
      '#schema = :s, #revision = :r, #value = :v',
      { ':s': schemaValue, ':r': { N: '1' }, ':v': { N: '1' } },
    ],
  }
  for (const [what, [set, values]] of Object.entries(foreign)) {
    it(`leaves an item with ${what} untouched`, async () => {
      const { store, put, item } = await storeOf()
      await put(set, values)
      const before = await item()
      const unknown = { name: 'StoreError', kind: 'unknown-schema' }
      const error = await store.read([key]).catch(error => error)
      expect(error).toMatchObject(unknown)
      expect(error.message).toContain('Entry "one" of "recycler#test" is left untouched')
      expect(error.message).not.toContain('secret')
      const said: unknown[] = []
      expect(await store.list(key.partition, { unreadable: error => said.push(error) })).toEqual([])
      expect(said).toEqual([error])
      await expect(store.write(key, 'mine', { revision: 0 })).rejects.toMatchObject(unknown)
      if (!what.includes('schema')) return expect(await item()).toEqual(before)
      await expect(store.write(key, 'mine', { revision: 1 })).rejects.toMatchObject(unknown)
      await expect(store.write(key, 'mine')).rejects.toMatchObject(unknown)
      expect(await item()).toEqual(before)
    })
  }

  it('asks again for what was left unprocessed, and at last gives up', async () => {
    const clock = new VirtualClock()
    let left = 3
    const answer = async ({ operation, input }: UpdateResult, pass: () => Promise<unknown>) => {
      if (operation !== 'BatchGetItem' || left-- <= 0) return pass()
      return { Responses: {}, UnprocessedKeys: input.RequestItems }
    }
    const { store, sent } = await storeOf(answer, { clock, random: () => 1 })
    await store.write(key, 'there')
    const reading = store.read([key])
    while (clock.pending === 0) await new Promise(setImmediate)
    const passing = setInterval(() => void clock.advance(50), 0)
    expect((await reading)[0]?.value).toBe('there')
    expect(sent.filter(({ operation }) => operation === 'BatchGetItem')).toHaveLength(4)
    left = Infinity
    await expect(store.read([key])).rejects.toMatchObject({ name: 'StoreError', kind: 'throttled' })
    clearInterval(passing)
    expect(clock.pending).toBe(0)
  })

  it('asks at once where only the size of the answer was too large', async () => {
    const keys = Array.from({ length: 3 }, (_, at) => ({ ...key, sort: `${at}` }))
    const answer = ({ operation, input }: UpdateResult, pass: () => Promise<unknown>) => {
      if (operation !== 'BatchGetItem') return pass()
      const [[table, { Keys }]] = Object.entries(input.RequestItems) as [[string, { Keys: (typeof Key)[] }]]
      const [first, ...rest] = Keys
      const item = { ...first, schema: schemaValue, revision: { N: '1' }, value: { S: '1' } }
      return { Responses: { [table]: [item] }, UnprocessedKeys: { [table]: { Keys: rest } } }
    }
    const { store, sent } = await storeOf(answer, { clock: new VirtualClock() })
    expect((await store.read(keys)).map(entry => entry?.sort)).toEqual(['0', '1', '2'])
    expect(sent).toHaveLength(3)
  })
})
