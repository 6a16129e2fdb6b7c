import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { credentials, region } from './endpoint.fixture.ts'

const dynalite: (options: object) => Server = createRequire(import.meta.url)('dynalite')

/** An embedded DynamoDB on a free port, and a real client for it. */
export async function startDynalite(options = { createTableMs: 0 }) {
  const server = dynalite(options)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const clientConfig = { endpoint, region, credentials }
  const client = new DynamoDBClient(clientConfig)
  let tables = 0
  return {
    client,
    clientConfig,
    nextTable: () => `circuits-${++tables}`,
    stop: async () => {
      client.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
