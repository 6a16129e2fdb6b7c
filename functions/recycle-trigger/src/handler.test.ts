import { MemoryRecyclerStore } from '@breakwater/recycler/functions'
import type { Context, SQSEvent } from 'aws-lambda'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { startAws } from '../../../packages/recycler/src/aws-server.fixture.ts'
import { ServiceFault } from '../../../packages/recycler/src/sdk.fixture.ts'

vi.mock('@breakwater/recycler/dynamodb', () => ({ DynamoDbRecyclerStore: MemoryRecyclerStore }))

const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf'
const movedAt = Date.parse('2026-03-01T12:00:00Z')
let canStart = true
const aws = startAws({
  DescribeSecret: () => ({
    ARN: arn,
    Name: 'db',
    LastChangedDate: movedAt / 1_000,
    VersionIdsToStages: { v2: ['AWSCURRENT'], v1: ['AWSPREVIOUS'] },
  }),
  StartExecution: () => {
    if (!canStart) throw new ServiceFault('AccessDeniedException', 'no')
    return { executionArn: 'arn', startDate: 0 }
  },
})

let handler: (batch: SQSEvent, context: Context) => Promise<unknown>
beforeAll(async () => {
  for (const [name, value] of Object.entries((await aws).variables)) vi.stubEnv(name, value)
  handler = (await import('./handler.ts')).handler
})
beforeEach(() => {
  canStart = true
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await (await aws).close()
})

const event = (name: string, detail: object, more: object = {}) => ({
  version: '0',
  id: 'e1',
  'detail-type': name,
  source: 'aws.secretsmanager',
  account: '123456789012',
  time: '2026-03-01T12:00:00Z',
  region: 'eu-west-1',
  resources: [arn],
  detail,
  ...more,
})
const moved = event('Secret Label Updated', { name: 'db', labelUpdated: 'AWSCURRENT', versionId: 'v2' })
const batchOf = (...bodies: unknown[]) =>
  ({
    Records: bodies.map((body, index) => ({
      messageId: `m${index}`,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })),
  }) as SQSEvent
const handle = (...bodies: unknown[]) => handler(batchOf(...bodies), { functionName: 'trigger' } as Context)
const startsOf = async () => (await aws).requests.filter(([name]) => name === 'StartExecution')

it('the trigger lets an event that could not be acted on come again', async () => {
  canStart = false
  expect(await handle(moved)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] })
})

it('the trigger starts one execution for a change, and leaves what is no event to the dead-letter queue', async () => {
  const before = (await startsOf()).length
  const foreign = { ...moved, account: '999999999999' }
  const answer = await handle(moved, '{"not an event', moved, foreign, 'null', `"${'x'.repeat(262_144)}"`)
  expect(answer).toEqual({
    batchItemFailures: [{ itemIdentifier: 'm1' }, { itemIdentifier: 'm4' }, { itemIdentifier: 'm5' }],
  })
  const started = (await startsOf()).slice(before).map(([, input]) => input)
  // Twice by the same name, which starts nothing the second time.
  expect(new Set(started.map(({ name }) => name)).size).toBe(1)
  expect(JSON.parse(started[0].input)).toEqual({ secretId: arn, label: 'AWSCURRENT', sequence: 1 })
  expect(started[0].name).toMatch(/^db-[0-9a-f]+-1-1$/)
})

it('the trigger never asks for a value', async () => {
  const asked = (await aws).requests.map(([name]) => name)
  expect(new Set(asked)).toEqual(new Set(['DescribeSecret', 'StartExecution']))
})
