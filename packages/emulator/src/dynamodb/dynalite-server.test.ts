import { connect } from 'node:net'
import {
  BatchGetItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deepTexts, hostile, largeTexts, nearly } from '../../../../test/hostile.ts'
import { runs, tier } from '../../../../test/tier.ts'
import { fakeCredentials } from '../aws/credentials.ts'
import { type DynaliteServer, startDynalite } from './dynalite-server.ts'

const region = 'eu-west-1'
const TableName = 'circuits'
const createTable = async (client: DynamoDBClient) => {
  const AttributeDefinitions = [
    { AttributeName: 'circuit', AttributeType: 'S' as const },
    { AttributeName: 'part', AttributeType: 'S' as const },
  ]
  const KeySchema = [
    { AttributeName: 'circuit', KeyType: 'HASH' as const },
    { AttributeName: 'part', KeyType: 'RANGE' as const },
  ]
  await client.send(
    new CreateTableCommand({ TableName, AttributeDefinitions, KeySchema, BillingMode: 'PAY_PER_REQUEST' }),
  )
}

let table: DynaliteServer
let client: DynamoDBClient
beforeEach(async () => {
  table = await startDynalite(0, region, createTable)
  client = new DynamoDBClient({ endpoint: table.endpoint, region, credentials: fakeCredentials })
})
afterEach(async () => {
  client.destroy()
  await table.close()
})

const Key = { circuit: { S: 'payments' }, part: { S: 'state' } }

test('dynalite has the table, and its server counts reads and writes of items', async () => {
  expect(table.counts()).toEqual({ reads: 0, writes: 0 })
  const UpdateExpression = 'SET revision = :r'
  const ExpressionAttributeValues = { ':r': { N: '1' } }
  const update = { TableName, Key, UpdateExpression, ExpressionAttributeValues }
  await client.send(new UpdateItemCommand(update))
  await client.send(new GetItemCommand({ TableName, Key }))
  const { Item } = await client.send(new GetItemCommand({ TableName, Key }))
  expect(Item).toEqual({ ...Key, revision: { N: '1' } })
  expect(table.counts()).toEqual({ reads: 2, writes: 1 })
})

test('dynalite outlives a client that goes away in mid-request', async () => {
  const socket = connect(table.port, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf', () =>
    socket.resetAndDestroy(),
  )
  await new Promise(resolve => socket.on('close', resolve))
  expect((await fetch(table.endpoint)).status).toBe(200)
})

test('a port that is taken is named, and so is the option', async () => {
  await expect(startDynalite(table.port, region, createTable)).rejects.toThrow(
    `--dynamodb-port: 127.0.0.1:${table.port} is already in use`,
  )
})

test('a body that is no object ended the process that has the table, and whatever a body holds is answered', async () => {
  const send = async (operation: string, body: string) => {
    const response = await fetch(table.endpoint, {
      method: 'POST',
      headers: {
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'content-type': 'application/x-amz-json-1.0',
        authorization:
          'AWS4-HMAC-SHA256 Credential=local/20000101/us-east-1/local/aws4_request, SignedHeaders=host, Signature=0',
        'x-amz-date': '20000101T000000Z',
      },
      body,
    })
    return { status: response.status, type: JSON.parse(await response.text()).__type as string }
  }
  for (const body of ['null', '[]', '1', '"a"', '{', ...deepTexts])
    expect(await send('GetItem', body)).toEqual({
      status: 400,
      type: 'com.amazon.coral.service#SerializationException',
    })
  const attributes = {
    ExpressionAttributeNames: { '#a': 'n' },
    ExpressionAttributeValues: { ':a': { N: '1' }, ':b': { S: 'payments' } },
  }
  const good: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    GetItem: { TableName, Key, ConsistentRead: true },
    PutItem: { TableName, Item: Key, ConditionExpression: 'attribute_not_exists(circuit)' },
    UpdateItem: { TableName, Key, UpdateExpression: 'SET #a = :a', ReturnValues: 'ALL_NEW', ...attributes },
    DeleteItem: { TableName, Key },
    BatchGetItem: { RequestItems: { [TableName]: { Keys: [Key] } } },
    BatchWriteItem: { RequestItems: { [TableName]: [{ PutRequest: { Item: Key } }] } },
    Query: { TableName, KeyConditionExpression: 'circuit = :b', Limit: 1, ...attributes },
    Scan: { TableName, FilterExpression: '#a > :a', ...attributes },
    DescribeTable: { TableName },
    None: {},
  }
  for (const [operation, fields] of Object.entries(good)) {
    // Some of it is a fault of dynalite's, which is answered like any other.
    const check = async (text: string) => {
      const { status, type } = await send(operation, text)
      expect([200, 400, 500]).toContain(status)
      if (status > 200) expect(type).toMatch(/^com\.amazon(aws)?\.[\w.]+#\w+$/)
    }
    for (const text of largeTexts.slice(0, tier === 'long' ? undefined : 2)) await check(text)
    await fc.assert(
      fc.asyncProperty(fc.oneof(hostile, nearly(fields)), body => check(JSON.stringify(body) ?? '')),
      { numRuns: runs(40, 1_000) },
    )
  }
  expect((await client.send(new GetItemCommand({ TableName, Key }))).$metadata.httpStatusCode).toBe(200)
}, 120_000)

const ExpressionAttributeValues = { ':v': { N: '1' }, ':c': { S: 'payments' } }
const update = (ConditionExpression: string) => {
  const set = { TableName, Key, UpdateExpression: 'SET a = :v', ExpressionAttributeValues }
  return client.send(new UpdateItemCommand({ ...set, ConditionExpression }))
}

test.each([
  ['(', 'that is not closed took longer with each'],
  ['('.repeat(12), 'that are not closed took longer than anybody waits'],
  [`${'('.repeat(20)}a = :v${')'.repeat(20)}`, 'in twenty levels took seconds'],
  ['a = :v)', 'that was not opened'],
])('parentheses in a condition, %s, %s', async condition => {
  for (const one of [condition, `a = :v AND ${condition}`, `NOT ${condition}`])
    await expect(update(one)).rejects.toMatchObject({ name: 'ValidationException' })
})

test('a condition that nests as people write it is evaluated', async () => {
  const condition = '(a = :v OR (b = :v AND (c = :v OR (d = :v AND (circuit = :c OR a < :v)))))'
  await expect(update(condition)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' })
})

test('an expression is at most 4 KiB, as on the service', async () => {
  const get = (length: number) =>
    client.send(new GetItemCommand({ TableName, Key, ProjectionExpression: `b${'a'.repeat(length - 1)}` }))
  await get(4_096)
  await expect(get(4_097)).rejects.toMatchObject({ name: 'ValidationException' })
  const RequestItems = { [TableName]: { Keys: [Key], ProjectionExpression: 'a'.repeat(4_097) } }
  const batch = client.send(new BatchGetItemCommand({ RequestItems }))
  await expect(batch).rejects.toMatchObject({ name: 'ValidationException' })
})
