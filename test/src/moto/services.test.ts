import * as ecs from '@aws-sdk/client-ecs'
import * as sm from '@aws-sdk/client-secrets-manager'
import * as ssm from '@aws-sdk/client-ssm'
import { VirtualClock } from '@breakwater/circuit/testing'
import { afterAll, expect, it } from 'vitest'
import { startJsonService } from '../../../packages/emulator/src/aws/json-service.ts'
import { createEcs, ecsTarget } from '../../../packages/emulator/src/ecs/ecs.ts'
import { createParameters, parametersTarget } from '../../../packages/emulator/src/secrets/parameters.ts'
import { createSecrets, secretsTarget } from '../../../packages/emulator/src/secrets/secrets.ts'
import { tier } from '../../tier.ts'
import { startMotoServer } from './moto.fixture.ts'
import { shapeOf } from './shape.fixture.ts'

const moto = tier === 'long' ? await startMotoServer() : undefined
if (tier === 'long' && !moto)
  console.info('Answers are not compared with moto_server: it is not on the PATH, or does not start')
afterAll(() => moto?.close())

interface Sender {
  // biome-ignore lint/suspicious/noExplicitAny: the commands of three clients have no type in common
  send(command: any): Promise<object>
  destroy(): void
}

/** Sends all commands in turn, and says of each what shape its answer has, or what error it is. */
async function answers(client: Sender, commands: readonly object[]) {
  const answered: { action: string; shape: Record<string, string>; error?: string }[] = []
  for (const command of commands) {
    const action = command.constructor.name.replace(/Command$/, '')
    try {
      answered.push({ action, shape: shapeOf(await client.send(command)) })
    } catch (error) {
      answered.push({ action, shape: {}, error: (error as Error).name })
    }
  }
  client.destroy()
  return answered
}
const settings = (endpoint: string) => ({
  endpoint,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  maxAttempts: 1,
})
const containerDefinitions = [{ name: 'app', image: 'app:1', memory: 128 }]
const cluster = 'shop'
const tags = [{ key: 'a', value: 'b' }]

const services = {
  ecs: {
    target: ecsTarget,
    operations: () => createEcs({ clock: new VirtualClock() }).operations,
    client: (url: string): Sender => new ecs.ECSClient(settings(url)),
    commands: [
      new ecs.CreateClusterCommand({ clusterName: cluster, tags }),
      new ecs.RegisterTaskDefinitionCommand({ family: 'orders', containerDefinitions, tags }),
      new ecs.DescribeTaskDefinitionCommand({ taskDefinition: 'orders', include: ['TAGS'] }),
      new ecs.DescribeTaskDefinitionCommand({ taskDefinition: 'none' }),
      new ecs.CreateServiceCommand({
        cluster,
        serviceName: 'web',
        taskDefinition: 'orders',
        desiredCount: 0,
        launchType: 'EC2',
        tags,
      }),
      new ecs.CreateServiceCommand({
        cluster,
        serviceName: 'blue',
        taskDefinition: 'orders',
        desiredCount: 0,
        deploymentController: { type: 'CODE_DEPLOY' },
      }),
      new ecs.DescribeServicesCommand({ cluster, services: ['web', 'none'], include: ['TAGS'] }),
      new ecs.ListServicesCommand({ cluster }),
      new ecs.ListServicesCommand({ cluster: 'none' }),
      new ecs.UpdateServiceCommand({ cluster, service: 'web', forceNewDeployment: true }),
      new ecs.UpdateServiceCommand({ cluster, service: 'none', forceNewDeployment: true }),
      new ecs.ListClustersCommand({}),
      new ecs.DescribeClustersCommand({ clusters: [cluster], include: ['TAGS'] }),
      new ecs.DescribeClustersCommand({ clusters: ['none'] }),
      new ecs.ListTasksCommand({ cluster }),
      new ecs.DeleteServiceCommand({ cluster, service: 'web' }),
      new ecs.DeleteServiceCommand({ cluster, service: 'none' }),
      new ecs.DeregisterTaskDefinitionCommand({ taskDefinition: 'orders:1' }),
    ],
  },
  'Secrets Manager': {
    target: secretsTarget,
    operations: () => createSecrets().operations,
    client: (url: string): Sender => new sm.SecretsManagerClient(settings(url)),
    commands: [
      new sm.CreateSecretCommand({ Name: 'db', SecretString: 'one', Tags: [{ Key: 'a', Value: 'b' }] }),
      new sm.CreateSecretCommand({ Name: 'db', SecretString: 'one' }),
      new sm.PutSecretValueCommand({ SecretId: 'db', SecretString: 'two' }),
      new sm.PutSecretValueCommand({ SecretId: 'none', SecretString: 'two' }),
      new sm.DescribeSecretCommand({ SecretId: 'db' }),
      new sm.DescribeSecretCommand({ SecretId: 'none' }),
      new sm.GetSecretValueCommand({ SecretId: 'db' }),
      new sm.GetSecretValueCommand({ SecretId: 'db', VersionStage: 'BLUE' }),
      new sm.UpdateSecretCommand({ SecretId: 'db', SecretString: 'three' }),
      new sm.TagResourceCommand({ SecretId: 'db', Tags: [{ Key: 'c', Value: 'd' }] }),
      new sm.DeleteSecretCommand({ SecretId: 'db', RecoveryWindowInDays: 3 }),
      new sm.DeleteSecretCommand({ SecretId: 'db' }),
      new sm.GetSecretValueCommand({ SecretId: 'db' }),
    ],
  },
  'Parameter Store': {
    target: parametersTarget,
    operations: () => createParameters().operations,
    client: (url: string): Sender => new ssm.SSMClient(settings(url)),
    commands: [
      new ssm.PutParameterCommand({ Name: '/shop/key', Value: 'v', Type: 'SecureString', Description: 'd' }),
      new ssm.PutParameterCommand({ Name: '/shop/key', Value: 'v', Type: 'SecureString' }),
      new ssm.PutParameterCommand({ Name: '/shop/key', Value: 'w', Type: 'SecureString', Overwrite: true }),
      new ssm.GetParameterCommand({ Name: '/shop/key' }),
      new ssm.GetParameterCommand({ Name: 'none' }),
      new ssm.GetParameterCommand({ Name: '/shop/key:9' }),
      new ssm.GetParametersCommand({ Names: ['/shop/key', 'none'] }),
      new ssm.DescribeParametersCommand({
        ParameterFilters: [{ Key: 'Name', Option: 'BeginsWith', Values: ['/shop'] }],
      }),
      new ssm.DescribeParametersCommand({ ParameterFilters: [{ Key: 'None', Values: ['a'] }] }),
      new ssm.DeleteParameterCommand({ Name: '/shop/key' }),
      new ssm.DeleteParameterCommand({ Name: '/shop/key' }),
    ],
  },
}

/** Fields that only one of the two has; `…[]` and whatever is in it counts with the field. */
const onlyTheirs: readonly string[] = [
  // Given where they were asked for.
  '.networkConfiguration',
  '.networkMode',
  '.platformFamily',
  // There are none.
  '.service.taskSets',
  '.services[].taskSets',
]
const onlyOurs: readonly string[] = [
  '.statistics',
  '.capacityProviders',
  '.defaultCapacityProviderStrategy',
  '.systemControls',
  '.registeredAt',
  '.deregisteredAt',
  '.tags',
  '.deploymentConfiguration',
  '.createdAt',
  '.placementConstraints',
  '.placementStrategy',
  '.enableECSManagedTags',
  '.enableExecuteCommand',
  '.service.taskSets[]',
  '.Parameters[].ARN',
  '.Policies',
]
const isIn = (known: readonly string[]) => (path: string) => known.some(name => path.includes(name))

it.skipIf(!moto).each(Object.entries(services))('%s answers as moto_server does', async (_, service) => {
  const { target, operations, client, commands } = service
  const local = await startJsonService({ target, version: '1.1', operations: operations(), portOption: '' })
  const ours = await answers(client(local.url), commands)
  await local.close()
  const theirs = await answers(client(moto!.url), commands)
  const errors = (answered: typeof ours) =>
    answered.map(({ action, error }) => `${action}: ${error ?? 'answered'}`)
  expect(errors(ours)).toEqual(errors(theirs))
  for (const [index, { action, shape }] of ours.entries()) {
    const their = theirs[index]!.shape
    const shared = Object.keys(shape).filter(path => path in their)
    const types = (of: Record<string, string>) => shared.map(path => `${action} ${path}: ${of[path]}`)
    expect(types(shape)).toEqual(types(their))
    const missing = Object.keys(their).filter(path => !(path in shape) && !isIn(onlyTheirs)(path))
    const more = Object.keys(shape).filter(path => !(path in their) && !isIn(onlyOurs)(path))
    expect({ action, missing, more }).toEqual({ action, missing: [], more: [] })
  }
})

it.each(Object.entries(services))(
  '%s answers all of these, where there is no moto_server',
  async (_, service) => {
    const { target, operations, client, commands } = service
    const local = await startJsonService({ target, version: '1.1', operations: operations(), portOption: '' })
    const answered = await answers(client(local.url), commands)
    await local.close()
    expect(
      answered.filter(({ error }) => /Unknown|Internal|TypeError|Serialization/.test(error ?? '')),
    ).toEqual([])
    expect(answered.some(({ error }) => error !== undefined)).toBe(true)
  },
)
