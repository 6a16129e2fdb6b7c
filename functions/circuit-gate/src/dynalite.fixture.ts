import { once } from 'node:events'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { type CircuitRecord, initialRecord } from '@breakwater/circuit'
import { createCircuitTable, DynamoDbStore } from '@breakwater/dynamodb'

const dynalite: (options: object) => Server = createRequire(import.meta.url)('dynalite')

/** An embedded DynamoDB with a circuit table, and the environment variables by which a function finds it. */
export async function startTable() {
  const server = dynalite({ createTableMs: 0 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' }
  const client = new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials })
  await createCircuitTable(client, 'circuits')
  let stopped: Promise<void> | undefined
  const store = new DynamoDbStore({ tableName: 'circuits', client })
  return {
    store,
    /** Opens a circuit whose `retryAt` has passed. */
    async open(circuit: string) {
      const { recovering, suspectSince, suspectUntil, calmUntil, ...base } = initialRecord
      const open = { ...base, state: 'OPEN', generation: 1, openings: 1, retryAt: 1 } as const
      const record: CircuitRecord = { ...open, reason: 'failure-rate' }
      await store.write(circuit, record, 0, Date.now())
    },
    stateOf: async (circuit: string) => (await store.read({ circuit, consistent: true })).record?.state,
    variables: {
      CIRCUIT_TABLE: 'circuits',
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
    },
    /** Stops the table; may be called twice. */
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }

  async function stop() {
    client.destroy()
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
}
