import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCircuitTable } from './create-table.ts'
import { startDynalite } from './dynalite.fixture.ts'
import { DynamoDbStore } from './dynamodb-store.ts'
import { openRecord } from './record.fixture.ts'
import { recorder } from './recorder.fixture.ts'
import { tableActions } from './schema.ts'

let dynalite: Awaited<ReturnType<typeof startDynalite>>
beforeAll(async () => {
  dynalite = await startDynalite()
})
afterAll(() => dynalite.stop())

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const policies = [...readme.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => JSON.parse(text!))

it('the documented policies allow what the store does, and nothing else', async () => {
  const tableName = dynalite.nextTable()
  await createCircuitTable(dynalite.client, tableName)
  const { client, sent } = recorder(dynalite.client)
  const store = new DynamoDbStore({ tableName, client })
  await store.write('a', openRecord, 0, 1)
  await store.write('a', openRecord, 0, 1)
  await store.write('a', openRecord, 1, 1)
  await store.read({ circuit: 'a', slices: ['1'], consistent: true })
  await store.add('a', '1', { calls: 1, failures: 0, slow: 0, environments: 1, failing: 0 }, 1, 1)
  await store.control(
    'a',
    { mode: 'FORCED_OPEN', by: 'b', reason: 'r', at: 1 },
    { act: 'FORCED_OPEN', by: 'b', reason: 'r', at: 1 },
  )
  await store.control('a', undefined, { act: 'RELEASED', by: 'b', reason: 'r', at: 2 })
  await store.audits('a')
  const made = [...new Set(sent.map(({ operation }) => `dynamodb:${operation}`))].sort()
  expect(made).toEqual([...tableActions])
  expect(policies).toHaveLength(2)
  for (const { Statement } of policies) expect(Statement[0].Action).toEqual(made)
  expect(policies[1].Statement[0].Condition).toEqual({
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['payments', 'tenant-*'] },
  })
})
