import { CreateTableCommand, type CreateTableCommandInput } from '@aws-sdk/client-dynamodb'
import { afterEach, describe, expect, it } from 'vitest'
import { createCircuitTable } from './create-table.ts'
import { startDynalite } from './dynalite.fixture.ts'
import { recorder } from './recorder.fixture.ts'

let stop = async () => {}
afterEach(() => stop())
async function start(createTableMs = 0) {
  const dynalite = await startDynalite({ createTableMs })
  stop = dynalite.stop
  return dynalite.client
}

const table = {
  TableStatus: 'ACTIVE',
  KeySchema: [
    { AttributeName: 'circuit', KeyType: 'HASH' },
    { AttributeName: 'part', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'part', AttributeType: 'S' },
    { AttributeName: 'circuit', AttributeType: 'S' },
  ],
} satisfies Partial<CreateTableCommandInput> & { TableStatus: string }
const named = (name: string) => Object.assign(new Error(name), { name })

describe('over dynalite, which does not support TTL', () => {
  it('creates the table, waits for it, and finds it there the next time', async () => {
    const client = await start(30)
    expect(await createCircuitTable(client, 'circuits')).toEqual({ created: true, timeToLive: false })
    expect(await createCircuitTable(client, 'circuits')).toEqual({ created: false, timeToLive: false })
  })

  it('may be made by several callers at once', async () => {
    const client = await start()
    const made = await Promise.all(Array.from({ length: 20 }, () => createCircuitTable(client, 'circuits')))
    expect(made.filter(({ created }) => created)).toHaveLength(1)
  })

  it('refuses a table with other keys', async () => {
    const client = await start()
    await client.send(
      new CreateTableCommand({
        TableName: 'circuits',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'circuit', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'circuit', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'N' },
        ],
      }),
    )
    await expect(createCircuitTable(client, 'circuits')).rejects.toMatchObject({
      kind: 'misconfigured',
      message:
        'Table "circuits" has the keys circuit (S, HASH), sk (N, RANGE); a circuit table has circuit (S, HASH), part (S, RANGE)',
    })
  })

  it('gives up on a table that never becomes active', async () => {
    const client = await start(60_000)
    await expect(createCircuitTable(client, 'circuits', { timeoutMs: 40 })).rejects.toMatchObject({
      kind: 'timeout',
      message: 'Table "circuits" is still CREATING after 40 ms',
    })
  })
})

describe('the TTL', () => {
  const answers = (ttl: object[], update?: () => unknown) =>
    recorder(undefined, ({ operation }) => {
      if (operation === 'DescribeTable') return { Table: table }
      if (operation === 'DescribeTimeToLive') return { TimeToLiveDescription: ttl.shift() }
      if (operation === 'UpdateTimeToLive') return update?.()
      throw named('ResourceInUseException')
    })
  const on = { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' }
  const off = { TimeToLiveStatus: 'DISABLED' }

  it('is switched on', async () => {
    const { client, sent } = answers([off])
    expect(await createCircuitTable(client, 'circuits')).toEqual({ created: false, timeToLive: true })
    expect(sent.at(-1)).toMatchObject({
      operation: 'UpdateTimeToLive',
      input: { TimeToLiveSpecification: { Enabled: true, AttributeName: 'expiresAt' } },
    })
  })
  it('is left alone where it is on', async () => {
    const { client, sent } = answers([on])
    expect((await createCircuitTable(client, 'circuits')).timeToLive).toBe(true)
    expect(sent.map(({ operation }) => operation)).not.toContain('UpdateTimeToLive')
  })
  it('may be switched on by another process at the same moment', async () => {
    const refuse = () => {
      throw named('ValidationException')
    }
    expect((await createCircuitTable(answers([off, on], refuse).client, 'circuits')).timeToLive).toBe(true)
    await expect(createCircuitTable(answers([off, off], refuse).client, 'circuits')).rejects.toThrow(
      'Validation',
    )
  })
  it('on another attribute is refused', async () => {
    const { client } = answers([{ TimeToLiveStatus: 'ENABLING', AttributeName: 'ttl' }])
    await expect(createCircuitTable(client, 'circuits')).rejects.toMatchObject({
      kind: 'misconfigured',
      message: 'Table "circuits" has TTL on "ttl"; a circuit table has it on "expiresAt"',
    })
  })
})

it('createCircuitTable waits for a table that is not known everywhere yet, and passes other failures on', async () => {
  let times = 0
  const { client } = recorder(undefined, ({ operation }) => {
    if (operation === 'DescribeTable' && ++times === 1) throw named('ResourceNotFoundException')
    if (operation === 'DescribeTimeToLive') throw named('UnknownOperationException')
    return { Table: table }
  })
  expect(await createCircuitTable(client, 'circuits')).toEqual({ created: true, timeToLive: false })
  const denied = recorder(undefined, () => {
    throw named('AccessDeniedException')
  })
  await expect(createCircuitTable(denied.client, 'circuits')).rejects.toThrow('AccessDeniedException')
  await expect(createCircuitTable(denied.client, '')).rejects.toThrow('createCircuitTable: tableName: got ""')
})
