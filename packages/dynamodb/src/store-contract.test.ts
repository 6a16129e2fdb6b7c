import { storeContract } from '@breakwater/circuit/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { createCircuitTable } from './create-table.ts'
import { startDynalite } from './dynalite.fixture.ts'
import { DynamoDbStore } from './dynamodb-store.ts'

let dynalite: Awaited<ReturnType<typeof startDynalite>>
beforeAll(async () => {
  dynalite = await startDynalite()
})
afterAll(() => dynalite.stop())

describe('DynamoDbStore over dynalite', () => {
  for (const { name, run } of storeContract) {
    it(name, async () => {
      const tableName = dynalite.nextTable()
      await createCircuitTable(dynalite.client, tableName)
      // 200 racers queue up on two cores: this tests who wins, not how fast.
      const store = new DynamoDbStore({
        tableName,
        clientConfig: dynalite.clientConfig,
        requestTimeoutMs: 30_000,
      })
      await run(store)
      store.close()
    })
  }
})
