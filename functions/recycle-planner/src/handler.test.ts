import { MemoryRecyclerStore } from '@breakwater/recycler/functions'
import type { Context } from 'aws-lambda'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { startAws } from '../../../packages/recycler/src/aws-server.fixture.ts'

vi.mock('@breakwater/recycler/dynamodb', () => ({ DynamoDbRecyclerStore: MemoryRecyclerStore }))

const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf'
const aws = startAws({
  DescribeSecret: () => ({
    ARN: arn,
    Name: 'db',
    LastChangedDate: 1_772_000_000,
    VersionIdsToStages: { v1: ['AWSCURRENT'] },
  }),
  ListClusters: () => ({ clusterArns: [] }),
  DescribeClusters: () => ({ clusters: [] }),
})

let handler: (event: unknown, context: Context) => Promise<unknown>
beforeAll(async () => {
  for (const [name, value] of Object.entries((await aws).variables)) vi.stubEnv(name, value)
  handler = (await import('./handler.ts')).handler
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await (await aws).close()
})

const context = { functionName: 'planner' } as Context

it('the planner plans by the clients and the records that it was deployed with', async () => {
  const request = { action: 'plan', execution: 'one', input: { secretId: 'db' }, recycled: 0 }
  expect(await handler(request, context)).toMatchObject({
    next: 'over',
    ending: 'finished',
    labelChange: { source: arn, label: 'AWSCURRENT', versionId: 'v1', sequence: 1 },
  })
  expect(await handler({ action: 'reconcile' }, context)).toEqual({
    sources: 0,
    stale: 0,
    leftAlone: 0,
    unseen: 0,
    started: [],
    problems: [],
  })
})

it.each([undefined, null, 5, {}, { action: 'delete' }])('the planner refuses %j', async event => {
  await expect(handler(event, context)).rejects.toThrow(/action: got/)
})
