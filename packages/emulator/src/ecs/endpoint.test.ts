import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  InvalidParameterException,
  ListDaemonsCommand,
  paginateListServices,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import { VirtualClock } from '@breakwater/circuit/testing'
import { afterEach, expect, it } from 'vitest'
import { type JsonService, startJsonService } from '../aws/json-service.ts'
import { createEcs, ecsTarget } from './ecs.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function start() {
  const clock = new VirtualClock()
  const ecs = createEcs({ clock })
  const service: JsonService = await startJsonService({
    target: ecsTarget,
    version: '1.1',
    operations: ecs.operations,
    portOption: '--ecs-port',
  })
  const client = new ECSClient({
    endpoint: service.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  })
  closers.push(
    () => client.destroy(),
    () => service.close(),
  )
  await client.send(new CreateClusterCommand({ clusterName: 'shop' }))
  const containerDefinitions = [{ name: 'app', image: 'app:1' }]
  await client.send(new RegisterTaskDefinitionCommand({ family: 'orders', containerDefinitions }))
  return { clock, client }
}

it('the ECS endpoint deploys a service for an unchanged client', async () => {
  const { clock, client } = await start()
  const cluster = 'shop'
  const created = new CreateServiceCommand({
    cluster,
    serviceName: 'web',
    taskDefinition: 'orders',
    desiredCount: 2,
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    tags: [{ key: 'breakwater:recycle', value: 'true' }],
  })
  await client.send(created)
  await clock.advance(5_000)
  const updated = new UpdateServiceCommand({ cluster, service: 'web', forceNewDeployment: true })
  const { service } = await client.send(updated)
  const at = clock.now()
  expect(service?.deployments?.[0]).toMatchObject({ status: 'PRIMARY', createdAt: new Date(at) })
  await clock.advance(5_000)
  const describe = new DescribeServicesCommand({ cluster, services: ['web', 'none'], include: ['TAGS'] })
  const { services, failures } = await client.send(describe)
  expect(failures).toMatchObject([{ reason: 'MISSING' }])
  expect(services).toMatchObject([
    {
      runningCount: 2,
      deployments: [{ id: service?.deployments?.[0]?.id, rolloutState: 'COMPLETED' }],
      tags: [{ key: 'breakwater:recycle', value: 'true' }],
      deploymentConfiguration: {
        strategy: 'ROLLING',
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
    },
  ])
})

it('the ECS endpoint pages, and knows no daemons', async () => {
  const { client } = await start()
  for (let count = 0; count < 12; count++) {
    const one = { cluster: 'shop', serviceName: `s${count}`, taskDefinition: 'orders' }
    await client.send(new CreateServiceCommand(one))
  }
  const sizes: (number | undefined)[] = []
  for await (const page of paginateListServices({ client }, { cluster: 'shop' })) {
    sizes.push(page.serviceArns?.length)
  }
  expect(sizes).toEqual([10, 2])
  const { daemonSummariesList } = await client.send(new ListDaemonsCommand({}))
  expect(daemonSummariesList).toEqual([])
})

it('the ECS endpoint answers with errors that the client knows', async () => {
  const { client } = await start()
  const controller = { type: 'CODE_DEPLOY' } as const
  const cluster = 'shop'
  await client.send(
    new CreateServiceCommand({
      cluster,
      serviceName: 'web',
      taskDefinition: 'orders',
      deploymentController: controller,
    }),
  )
  const forced = client.send(new UpdateServiceCommand({ cluster, service: 'web', forceNewDeployment: true }))
  await expect(forced).rejects.toBeInstanceOf(InvalidParameterException)
  const none = client.send(new UpdateServiceCommand({ cluster, service: 'none' }))
  await expect(none).rejects.toMatchObject({ name: 'ServiceNotFoundException' })
  const describe = () => client.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'orders' }))
  for (let count = 0; count < 50; count++) await describe()
  await expect(describe()).rejects.toMatchObject({
    name: 'ThrottlingException',
    message: 'Rate exceeded',
    $retryable: undefined,
    $metadata: { httpStatusCode: 400 },
  })
})
