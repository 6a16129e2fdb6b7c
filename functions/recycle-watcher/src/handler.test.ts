import { MemoryRecyclerStore, Records } from '@breakwater/recycler'
import type { Context } from 'aws-lambda'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { startAws } from '../../../packages/recycler/src/aws-server.fixture.ts'
import { ServiceFault } from '../../../packages/recycler/src/sdk.fixture.ts'

const store = new MemoryRecyclerStore()
vi.mock('@breakwater/recycler/dynamodb', () => ({
  DynamoDbRecyclerStore: function Store() {
    return store
  },
}))

let answered: () => unknown = () => ({})
const aws = startAws({ SendTaskSuccess: () => answered() })

let handler: (event: unknown, context: Context) => Promise<unknown>
beforeAll(async () => {
  for (const [name, value] of Object.entries((await aws).variables)) vi.stubEnv(name, value)
  handler = (await import('./handler.ts')).handler
})
beforeEach(() => {
  answered = () => ({})
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await (await aws).close()
})

const context = { functionName: 'watcher' } as Context
const over = (deploymentId: string) => ({
  version: '0',
  id: 'e1',
  'detail-type': 'ECS Deployment State Change',
  source: 'aws.ecs',
  account: '123456789012',
  time: '2026-03-01T12:00:00Z',
  region: 'eu-west-1',
  resources: ['arn:aws:ecs:eu-west-1:123456789012:service/shop/web'],
  detail: {
    eventType: 'INFO',
    eventName: 'SERVICE_DEPLOYMENT_COMPLETED',
    deploymentId,
    updatedAt: '2026-03-01T12:00:00Z',
    reason: 'ECS deployment completed.',
  },
})
const tokens = async () => (await aws).requests.map(([, { taskToken }]) => taskToken)

it('wakes who waits for a deployment, by an event as it is or out of a queue', async () => {
  const records = new Records(store)
  await records.saveToken('ecs-svc/1', 'token-1')
  await records.saveToken('ecs-svc/2', 'token-2')
  await handler(over('ecs-svc/1'), context)
  expect(await tokens()).toEqual(['token-1'])
  const body = JSON.stringify(over('ecs-svc/2'))
  const batch = {
    Records: [
      { messageId: 'm0', body: 'nonsense' },
      { messageId: 'm1', body },
    ],
  }
  expect(await handler(batch, context)).toEqual({ batchItemFailures: [] })
  expect(await tokens()).toEqual(['token-1', 'token-2'])
})

it('lets an event come again that could not be passed on', async () => {
  answered = () => {
    throw new ServiceFault('AccessDeniedException', 'no')
  }
  const batch = { Records: [{ messageId: 'm0', body: JSON.stringify(over('ecs-svc/1')) }] }
  expect(await handler(batch, context)).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] })
})
