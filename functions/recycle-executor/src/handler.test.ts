import { MemoryRecyclerStore } from '@breakwater/recycler'
import type { Context } from 'aws-lambda'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { startAws } from '../../../packages/recycler/src/aws-server.fixture.ts'
import { ServiceFault } from '../../../packages/recycler/src/sdk.fixture.ts'

const store = new MemoryRecyclerStore()
vi.mock('@breakwater/recycler/dynamodb', () => ({
  DynamoDbRecyclerStore: function Store() {
    return store
  },
}))

const service = 'arn:aws:ecs:eu-west-1:123456789012:service/shop/web'
const target = { cluster: 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop', service, name: 'shop/web' }
let answered: () => unknown = () => ({})
const aws = startAws({
  DescribeServices: () => ({ services: [], failures: [{ arn: service, reason: 'MISSING' }] }),
  SendTaskSuccess: () => answered(),
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
const answers = async () => (await aws).requests.filter(([name]) => name === 'SendTaskSuccess')

it('starts nothing for a change that is not on record', async () => {
  const move = { source: 'arn', label: 'AWSCURRENT', versionId: 'v1', sequence: 1, movedAt: 0 }
  const request = { action: 'start', execution: 'one', change: 'db-1', move, target }
  expect(await handler(request, context)).toMatchObject({ state: 'left' })
  expect((await aws).requests.map(([name]) => name)).not.toContain('UpdateService')
})

it('answers a token at once where the deployment is over already', async () => {
  const request = { action: 'await', target, deployment: 'ecs-svc/1', token: 'token-1' }
  await handler(request, context)
  expect(await answers()).toEqual([])
  const outcome = { partition: 'recycler:deployment:ecs-svc/2', sort: 'outcome' }
  await store.write(outcome, { state: 'completed', at: 1 })
  await handler({ ...request, deployment: 'ecs-svc/2', token: 'token-2' }, context)
  expect(await answers()).toEqual([['SendTaskSuccess', { taskToken: 'token-2', output: '{}' }]])
})

it('does not mind that nobody waits for the token any more, and minds all else', async () => {
  const request = { action: 'await', target, deployment: 'ecs-svc/2', token: 'token-3' }
  answered = () => {
    throw new ServiceFault('TaskTimedOut', 'too late')
  }
  await handler(request, context)
  answered = () => {
    throw new ServiceFault('AccessDeniedException', 'no')
  }
  await expect(handler(request, context)).rejects.toThrow('no')
})

it('refuses what it is not asked to do', async () => {
  await expect(handler({ action: 'delete' }, context)).rejects.toThrow(/^action: got "delete"/)
})
