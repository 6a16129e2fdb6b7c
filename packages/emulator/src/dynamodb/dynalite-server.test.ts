import { connect } from 'node:net'
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type DynaliteServer, fakeCredentials, startDynalite } from './dynalite-server.ts'

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
