import { MemoryRecyclerStore } from '@breakwater/recycler/functions'
import type { Context } from 'aws-lambda'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { startAws } from '../../../packages/recycler/src/aws-server.fixture.ts'

const store = new MemoryRecyclerStore()
vi.mock('@breakwater/recycler/dynamodb', () => ({
  DynamoDbRecyclerStore: function Store() {
    return store
  },
}))

const service = 'arn:aws:ecs:eu-west-1:123456789012:service/shop/web'
const target = { cluster: 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop', service, name: 'shop/web' }
const aws = startAws({
  DescribeServices: () => ({ services: [], failures: [{ arn: service, reason: 'MISSING' }] }),
})

// biome-ignore lint/suspicious/noExplicitAny: requests of the workflow, and bad ones
let handler: (request: any, context: Context) => Promise<unknown>
beforeAll(async () => {
  for (const [name, value] of Object.entries((await aws).variables)) vi.stubEnv(name, value)
  handler = (await import('./handler.ts')).handler
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await (await aws).close()
})

const context = { functionName: 'executor' } as Context

it('the executor starts nothing for a change that is not on record', async () => {
  const labelChange = { source: 'arn', label: 'AWSCURRENT', versionId: 'v1', sequence: 1, movedAt: 0 }
  const request = { execution: 'one', change: 'db-1', labelChange, target }
  expect(await handler({ ...request, action: 'start' }, context)).toMatchObject({ state: 'left-alone' })
  expect((await aws).requests.map(([name]) => name)).not.toContain('UpdateService')
})

it('the executor refuses what it is not asked to do', async () => {
  await expect(handler({ action: 'delete' }, context)).rejects.toThrow(/^action: got "delete"/)
})
