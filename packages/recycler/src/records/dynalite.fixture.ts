import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createCircuitTable } from '@breakwater/dynamodb'

const dynalite: (options: object) => Server = createRequire(import.meta.url)('dynalite')

/** An embedded DynamoDB on a free port, and a real client for it. */
export async function startDynalite() {
  const server = dynalite({ createTableMs: 0 })
  // An idle connection that is closed while a request is on its way fails that, as happens on a busy machine.
  server.keepAliveTimeout = 0
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 })
  let tables = 0
  return {
    client,
    async newTable() {
      const tableName = `circuits-${++tables}`
      await createCircuitTable(client, tableName)
      return tableName
    },
    async stop() {
      client.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
