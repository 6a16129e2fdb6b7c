import { describe, expect, it } from 'vitest'
import { DynamoDbStore } from './dynamodb-store.ts'
import { keyAt } from './record.fixture.ts'
import { recorder, type SentRequest } from './recorder.fixture.ts'
import { schemaValue } from './schema.ts'

const tableName = 'circuits'
const none = { record: undefined, revision: 0, control: undefined, controlRevision: 0, slices: [] }
const keysOf = ({ input }: SentRequest): string[] =>
  input.RequestItems[tableName].Keys.map(
    (key: ReturnType<typeof keyAt>) => `${key.circuit.S.split('#')[1]}/${key.part.S}`,
  )

function reader(answer: (keys: string[]) => object = () => ({ Responses: { [tableName]: [] } })) {
  const { sent, client } = recorder(undefined, request => answer(keysOf(request)))
  return { sent, store: new DynamoDbStore({ tableName, client }) }
}

it('reads of one tick travel in one request', async () => {
  const { sent, store } = reader()
  const late = Promise.resolve()
    .then(() => {})
    .then(() => store.read({ circuit: 'c' }))
  const answers = await Promise.all([store.read({ circuit: 'a' }), store.read({ circuit: 'b' }), late])
  expect(answers).toEqual([none, none, none])
  expect(sent.map(keysOf)).toEqual([['a/state', 'a/control', 'b/state', 'b/control', 'c/state', 'c/control']])
  await store.read({ circuit: 'a' })
  expect(sent).toHaveLength(2)
})

it('the batch reader names no key twice, which BatchGetItem refuses', async () => {
  const { sent, store } = reader()
  await Promise.all([
    store.read({ circuit: 'a', slices: ['1', '2', '1'] }),
    store.read({ circuit: 'a', slices: ['2', '3'] }),
  ])
  expect(sent.map(keysOf)).toEqual([['a/state', 'a/control', 'a/window#1', 'a/window#2', 'a/window#3']])
})

it('the batch reader asks for strongly consistent items apart', async () => {
  const { sent, store } = reader()
  await Promise.all([store.read({ circuit: 'a' }), store.read({ circuit: 'a', consistent: true })])
  expect(
    sent.map(({ input }) => [
      input.RequestItems[tableName].ConsistentRead,
      input.RequestItems[tableName].Keys.length,
    ]),
  ).toEqual([
    [true, 2],
    [false, 2],
  ])
})

it('the batch reader asks for at most 100 items in a request, and puts answers back together', async () => {
  const { sent, store } = reader(keys => ({
    Responses: {
      [tableName]: keys
        .filter(key => key.includes('#'))
        .map(key => {
          const [circuit, part] = key.split('/') as [string, string]
          const counts = {
            failures: { N: '0' },
            slow: { N: '0' },
            environments: { N: '1' },
            failing: { N: '1' },
          }
          return {
            ...keyAt(circuit, part),
            schema: schemaValue,
            calls: { N: part.split('#')[1]! },
            ...counts,
          }
        })
        .reverse(),
    },
  }))
  const slices = Array.from({ length: 150 }, (_, index) => String(index))
  const circuits = Array.from({ length: 60 }, (_, index) => `c${index}`)
  const [wide, ...others] = await Promise.all([
    store.read({ circuit: 'wide', slices }),
    ...circuits.map(circuit => store.read({ circuit })),
  ])
  expect(sent.map(request => keysOf(request).length)).toEqual([100, 100, 72])
  expect(wide.slices.map(({ calls }) => calls)).toEqual(slices.map(Number))
  expect(others).toEqual(circuits.map(() => none))
})

describe('an error reaches only the reads it concerns', () => {
  it('what was left unprocessed was throttled; nothing is asked a second time', async () => {
    const { sent, store } = reader(() => ({
      Responses: { [tableName]: [] },
      UnprocessedKeys: { [tableName]: { Keys: [keyAt('b', 'control')] } },
    }))
    const [a, b] = await Promise.allSettled([store.read({ circuit: 'a' }), store.read({ circuit: 'b' })])
    expect(a).toMatchObject({ status: 'fulfilled' })
    expect(b).toMatchObject({
      reason: {
        kind: 'throttled',
        message: 'BatchGetItem on table "circuits" was throttled: UnprocessedKeys',
      },
    })
    expect(sent).toHaveLength(1)
  })

  it('an item of an unknown schema', async () => {
    const item = { ...keyAt('a', 'state'), schema: { N: '1' } }
    const { store } = reader(() => ({ Responses: { [tableName]: [item] } }))
    const [a, b] = await Promise.allSettled([store.read({ circuit: 'a' }), store.read({ circuit: 'b' })])
    expect(a).toMatchObject({ reason: { kind: 'unknown-schema' } })
    expect(b).toMatchObject({ status: 'fulfilled' })
  })

  it('a request that fails fails all its reads, and the next one starts anew', async () => {
    let times = 0
    const { sent, store } = reader(() => {
      if (++times === 1) throw Object.assign(new Error(), { name: 'ThrottlingException' })
      return { Responses: { [tableName]: [] } }
    })
    const settled = await Promise.allSettled(['a', 'b'].map(circuit => store.read({ circuit })))
    expect(settled).toMatchObject([{ reason: { kind: 'throttled' } }, { reason: { kind: 'throttled' } }])
    await expect(store.read({ circuit: 'a' })).resolves.toEqual(none)
    expect(sent).toHaveLength(2)
  })
})

it('the batch reader finds its items where the table is named by its ARN', async () => {
  const arn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/circuits'
  const control = { mode: { S: 'FORCED_OPEN' }, by: { S: 'ana' }, reason: { S: 'x' }, at: { N: '1' } }
  const item = { ...keyAt('a', 'control'), schema: schemaValue, ...control }
  const { client } = recorder(undefined, () => ({ Responses: { circuits: [item] } }))
  const store = new DynamoDbStore({ tableName: arn, client })
  expect((await store.read({ circuit: 'a' })).control?.mode).toBe('FORCED_OPEN')
})
