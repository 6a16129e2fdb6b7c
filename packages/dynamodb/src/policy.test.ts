import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCircuitTable } from './create-table.ts'
import { startDynalite } from './dynalite.fixture.ts'
import { DynamoDbStore } from './dynamodb-store.ts'
import { openRecord } from './record.fixture.ts'
import { recorder, type SentRequest } from './recorder.fixture.ts'
import { type Item, partitions, type TableRole, tablePermissions } from './schema.ts'

let dynalite: Awaited<ReturnType<typeof startDynalite>>
beforeAll(async () => {
  dynalite = await startDynalite()
})
afterAll(() => dynalite.stop())

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const policies = [...readme.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => JSON.parse(text!))

/** What was sent: each action with the kind of partition it was for. */
function actionsOf(sent: readonly SentRequest[]): Set<string> {
  return new Set(
    sent.flatMap(({ operation, input }) => {
      const keys: Item[] = input.RequestItems?.[input.TableName ?? tableName]?.Keys ?? [input.Key]
      const names = keys.map(key => key?.circuit?.S ?? input.ExpressionAttributeValues[':circuit'].S)
      return names.map(name => `dynamodb:${operation} ${name.split('#')[0]}`)
    }),
  )
}

const allowed = (role: TableRole) =>
  new Set(
    tablePermissions[role].flatMap(({ actions, partitions: kinds }) =>
      actions.flatMap(action => kinds.map(kind => `${action} ${kind}`)),
    ),
  )

let tableName: string

it('a guarding function and an operator need what tablePermissions says, and nothing else', async () => {
  tableName = dynalite.nextTable()
  await createCircuitTable(dynalite.client, tableName)
  const { client, sent } = recorder(dynalite.client)
  const store = new DynamoDbStore({ tableName, client })
  await store.write('a', openRecord, 0, 1)
  await store.write('a', openRecord, 0, 1)
  await store.write('a', openRecord, 1, 1)
  await store.read({ circuit: 'a', slices: ['1'], consistent: true })
  await store.add('a', '1', { calls: 1, failures: 0, slow: 0, environments: 1, failing: 0 }, 1, 1)
  // Where the error of a failed condition brings no item, it is read.
  await new DynamoDbStore({
    tableName,
    client: recorder(dynalite.client, (request, pass) => {
      sent.push(request)
      return pass().catch(error => {
        throw Object.assign(error, { Item: undefined })
      })
    }).client,
  }).write('a', openRecord, 1, 1)
  expect(actionsOf(sent)).toEqual(allowed('guard'))

  sent.length = 0
  const act = { by: 'b', reason: 'r', at: 1 }
  await store.control('a', { mode: 'FORCED_OPEN', ...act }, { act: 'FORCED_OPEN', ...act })
  await store.control('a', undefined, { act: 'RELEASED', ...act })
  await store.audits('a')
  await store.read({ circuit: 'a' })
  expect(actionsOf(sent)).toEqual(allowed('operate'))
})

it.each([
  ['guard', 0, ['payments', 'tenant-*']],
  ['operate', 1, ['*']],
] as const)('the documented policy of those who %s is the one exported', (role, index, names) => {
  expect(policies).toHaveLength(2)
  const made = policies[index].Statement.map(({ Action, Condition }: Statement) => [
    [Action].flat(),
    Condition,
  ])
  const exported = tablePermissions[role].map(({ actions, partitions: kinds }) => [
    actions,
    {
      'ForAllValues:StringLike': {
        'dynamodb:LeadingKeys': kinds.flatMap(kind => names.map(name => partitions[kind] + name)),
      },
    },
  ])
  expect(made).toEqual(exported)
})

interface Statement {
  readonly Action: string | string[]
  readonly Condition: object
}
