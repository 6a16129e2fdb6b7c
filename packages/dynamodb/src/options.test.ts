import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { connect } from './connection-entry.ts'
import { DynamoDbStore, type DynamoDbStoreOptions } from './index.ts'

const client = new DynamoDBClient({ region: 'eu-west-1' })
const make = (options: unknown) => () => new DynamoDbStore(options as DynamoDbStoreOptions)
describe('options are refused by a message that names the option, its value and what is allowed', () => {
  it.each<[unknown, string]>([
    [
      { tableName: 'circuits', table: 1 },
      'option: got "table"; allowed is tableName, client, clientConfig, requestTimeoutMs, clock, random',
    ],
    ...[0, -1, 1.5, 60_001, Number.NaN, '5'].map((ms): [unknown, string] => [
      { tableName: 'circuits', requestTimeoutMs: ms },
      `requestTimeoutMs: got ${typeof ms === 'string' ? `"${ms}"` : ms}; allowed is a whole number from 1 to 60000`,
    ]),
    [{ tableName: 'circuits', client: {} }, 'client: got an object; allowed is a DynamoDBClient'],
    [{ tableName: 'circuits', client: null }, 'client: got null; allowed is a DynamoDBClient'],
    [
      { tableName: 'circuits', clientConfig: 'eu-west-1' },
      'clientConfig: got "eu-west-1"; allowed is the configuration of a DynamoDBClient',
    ],
    [
      { tableName: 'circuits', client, clientConfig: {} },
      'clientConfig: got an object; allowed is nothing beside client',
    ],
  ])('%j', (options, message) => {
    expect(make(options)).toThrow(expect.objectContaining({ message: `DynamoDbStore: ${message}` }))
  })
})

it('a connection for other items refuses what is no table, where it is written', () => {
  for (const tableName of [undefined, null, '', 'ab', 'my circuits', 7])
    expect(() => connect({ tableName } as DynamoDbStoreOptions, 'Records')).toThrow(
      /^Records: tableName: got .+; allowed is the ARN or name \(3 to 255/,
    )
})

it('DynamoDbStore takes names and ARNs', () => {
  for (const tableName of [
    'circuits',
    'a.b-c_D9',
    'arn:aws:dynamodb:eu-west-1:123456789012:table/circuits',
  ]) {
    expect(new DynamoDbStore({ tableName }).tableName).toBe(tableName)
  }
})

it('the types of the options say what excludes what', () => {
  const tableName = 'circuits'
  new DynamoDbStore({ tableName: process.env.CIRCUIT_TABLE ?? tableName })
  new DynamoDbStore({ tableName, client })
  new DynamoDbStore({ tableName, clientConfig: { region: 'eu-west-1' }, requestTimeoutMs: 200 })
  // @ts-expect-error a client has its configuration already
  expect(() => new DynamoDbStore({ tableName, client, clientConfig: {} })).toThrow()
  // @ts-expect-error the table must be named
  new DynamoDbStore({ client })
})
