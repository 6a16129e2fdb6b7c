import { connect } from 'node:net'
import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fakeCredentials } from './dynalite-server.ts'
import { region, startTable, type Table } from './table.ts'

let table: Table
let client: DynamoDBClient
beforeEach(async () => {
  table = await startTable()
  client = new DynamoDBClient({ endpoint: table.endpoint, region, credentials: fakeCredentials })
})
afterEach(async () => {
  client.destroy()
  await table.close()
})

const Key = { circuit: { S: 'payments' }, part: { S: 'state' } }

test('has the table, and counts reads and writes of items', async () => {
  expect(table.counts()).toEqual({ reads: 0, writes: 0 })
  const UpdateExpression = 'SET revision = :r'
  const ExpressionAttributeValues = { ':r': { N: '1' } }
  const update = { TableName: table.name, Key, UpdateExpression, ExpressionAttributeValues }
  await client.send(new UpdateItemCommand(update))
  await client.send(new GetItemCommand({ TableName: table.name, Key }))
  const { Item } = await client.send(new GetItemCommand({ TableName: table.name, Key }))
  expect(Item).toEqual({ ...Key, revision: { N: '1' } })
  expect(table.counts()).toEqual({ reads: 2, writes: 1 })
})

test('outlives a client that goes away in mid-request', async () => {
  const socket = connect(table.port, '127.0.0.1')
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf', () =>
    socket.resetAndDestroy(),
  )
  await new Promise(resolve => socket.on('close', resolve))
  expect((await fetch(table.endpoint)).status).toBe(200)
})

test('a port that is taken is named, and so is the option', async () => {
  await expect(startTable({ port: table.port })).rejects.toThrow(
    `--dynamodb-port: 127.0.0.1:${table.port} is already in use`,
  )
})
